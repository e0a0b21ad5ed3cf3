#include "connectors/redis/target.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "net/url.h"

namespace dbops::redis {
namespace {

constexpr uint16_t kPort = 6379;
constexpr uint16_t kSentinelPort = 26379;
constexpr size_t kDatabaseDigits = 9;

constexpr auto kTlsSettings =
    std::to_array<std::string_view>({"sslmode", "sslrootcert", "sslcert", "sslkey"});

tl::unexpected<Error> bad_url(std::string message) {
  return fail(Code::invalid_config, std::move(message),
              "write redis://user:password@host:6379/0, rediss://... over TLS, or "
              "unix:/path/of/socket?db=0, with special characters percent-encoded (@ is %40)");
}

Result<void> read_sslmode(std::string_view value, TlsOptions& tls) {
  if (value == "verify-full")
    tls.verify = TlsVerify::verify_full;
  else if (value == "verify-ca")
    tls.verify = TlsVerify::verify_ca;
  else if (value == "require")
    tls.verify = TlsVerify::require;
  else
    return fail(Code::invalid_config,
                "the setting \"sslmode\" must be verify-full, verify-ca or require",
                "rediss: always encrypts; verify-full also checks who answers");
  return {};
}

Result<void> read_setting(const std::string& name, const std::string& value, Target& target) {
  if (name == "db" && !target.socket.empty()) {
    target.database = value;
    return {};
  }
  if (!target.primary.empty() && name == "sentinel_user") {
    target.sentinel_user = value;
    return {};
  }
  if (!target.primary.empty() && name == "sentinel_password") {
    target.sentinel_password = Secret(value);
    return {};
  }
  if (name == "client_name") {
    const bool takes =
        !value.empty() && value.size() <= kClientNameBytesMax &&
        std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 127; });
    if (!takes)
      return fail(Code::invalid_config, "the setting \"client_name\" is no name for a client",
                  "up to 64 characters of ASCII without blanks");
    target.client_name = value;
    return {};
  }
  if (name == "read_from") {
    if (value != "primary" && value != "replica")
      return fail(Code::invalid_config, "the setting \"read_from\" must be primary or replica",
                  "replica: a query may be answered by one, which may be a moment behind");
    target.read_replicas = value == "replica";
    return {};
  }
  if (std::find(kTlsSettings.begin(), kTlsSettings.end(), name) == kTlsSettings.end())
    return fail(Code::invalid_config, "Redis has no connection setting " + shown_setting(name),
                "it takes read_from and client_name; sslmode, sslrootcert, sslcert and sslkey with "
                "rediss:; "
                "sentinel_user and "
                "sentinel_password with redis+sentinel:, and db with unix:");
  if (!target.tls)
    return fail(Code::invalid_config, "the setting \"" + name + "\" needs TLS",
                "write the URL with rediss:");
  if (name == "sslmode") return read_sslmode(value, *target.tls);
  if (name == "sslrootcert")
    target.tls->root_file = value == "system" ? "" : value;
  else
    (name == "sslcert" ? target.tls->cert_file : target.tls->key_file) = value;
  return {};
}

Result<void> read_place(Url& url, Target& target) {
  if (url.scheme == "unix") {
    if (!url.path.starts_with('/') || (!url.hosts.empty() && !url.hosts[0].name.empty()))
      return bad_url("the URL of a socket has no absolute path");
    target.socket = std::move(url.path);
    return {};
  }
  const bool sentinel = url.scheme.ends_with("+sentinel");
  if (url.hosts.empty()) url.hosts.emplace_back();
  if (url.hosts.size() > kHostsMax)
    return bad_url("the URL has more than " + std::to_string(kHostsMax) + " hosts");
  for (const Url::Host& host : url.hosts) {
    Address address{.port = host.port.value_or(sentinel ? kSentinelPort : kPort)};
    if (!host.name.empty()) address.host = host.name;
    target.hosts.push_back(std::move(address));
  }
  std::string_view path = url.path;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (sentinel) {
    target.primary = path.substr(0, path.find('/'));
    if (target.primary.empty()) return bad_url("the URL does not name the primary: .../NAME");
    path.remove_prefix(std::min(path.size(), target.primary.size() + 1));
  }
  if (!path.empty()) target.database = path;
  if (url.scheme.starts_with("rediss")) target.tls = TlsOptions{.host = target.hosts[0].host};
  return {};
}

}  // namespace

std::string Address::text() const { return escape_control(host) + ':' + std::to_string(port); }

std::string Target::place() const {
  if (!socket.empty()) return escape_control(socket);
  std::string text;
  for (const Address& each : hosts) text += (text.empty() ? "" : ",") + each.text();
  return text;
}

Result<Target> read_target(const ConnectionOptions& options) {
  DBOPS_ASSIGN(Url url, Url::parse(options.url.reveal()));
  Target target;
  DBOPS_TRY(read_place(url, target));
  target.user = std::move(url.user);
  target.password = std::move(url.password);
  for (const auto& [name, value] : url.query) DBOPS_TRY(read_setting(name, value, target));
  for (const auto& [name, value] : options.settings) DBOPS_TRY(read_setting(name, value, target));
  if (target.tls && target.tls->cert_file.empty() != target.tls->key_file.empty())
    return fail(Code::invalid_config, "sslcert and sslkey are set both or not at all");
  if (!target.sentinel_user.empty() && target.sentinel_password.empty())
    return fail(Code::invalid_config, "sentinel_user needs sentinel_password");
  if (target.database.empty() || target.database.size() > kDatabaseDigits ||
      !std::all_of(target.database.begin(), target.database.end(),
                   [](char c) { return c >= '0' && c <= '9'; }))
    return bad_url("the database in the URL is not a number");
  return target;
}

}  // namespace dbops::redis
