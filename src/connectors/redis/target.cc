#include "connectors/redis/target.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "net/url.h"

namespace dbops::redis {
namespace {

constexpr size_t kDatabaseDigits = 9;
constexpr size_t kNameShown = 64;  // bytes of a setting's name in a message

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
  if (std::find(kTlsSettings.begin(), kTlsSettings.end(), name) == kTlsSettings.end())
    return fail(
        Code::invalid_config,
        "Redis has no connection setting \"" + escape_control(shorten(name, kNameShown)) + '"',
        "it takes sslmode, sslrootcert, sslcert and sslkey with rediss:, and db with unix:");
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
  if (url.hosts.size() > 1) return bad_url("the URL has more than one host");
  if (!url.hosts.empty()) {
    if (!url.hosts[0].name.empty()) target.host = url.hosts[0].name;
    target.port = url.hosts[0].port.value_or(target.port);
  }
  if (url.path.size() > 1) target.database = url.path.substr(1);
  if (url.scheme == "rediss") target.tls = TlsOptions{.host = target.host};
  return {};
}

// Servers before 6.0 know neither HELLO nor users.
bool lacks_hello(std::string_view error) {
  return error.starts_with("ERR unknown command") || error.starts_with("NOPROTO");
}

// Signs in; answers the version of the protocol.
Result<int> greet(const Context& context, Link& link, const Target& target) {
  const std::string_view user = target.user.empty() ? "default" : std::string_view(target.user);
  std::vector<std::string_view> hello = {"HELLO", "3"};
  if (!target.password.empty()) hello.insert(hello.end(), {"AUTH", user, target.password.reveal()});
  DBOPS_ASSIGN(const RespReply reply, link.call(context, hello));
  const RespNode& answer = reply.nodes[0];
  if (answer.type != RespType::error) return 3;
  if (!lacks_hello(reply.text(answer))) return fail(server_error(reply.text(answer)));
  if (target.password.empty()) {
    // Asked, since a server that wants a password says so only now.
    DBOPS_TRY(link.ask(context, std::array<std::string_view, 1>{"PING"}));
    return 2;
  }
  std::vector<std::string_view> auth = {"AUTH"};
  if (!target.user.empty()) auth.push_back(user);
  auth.push_back(target.password.reveal());
  DBOPS_TRY(link.ask(context, auth));
  return 2;
}

Result<std::unique_ptr<Transport>> open_transport(const Context& context, const Target& target) {
  if (!target.socket.empty()) return connect_unix(context, target.socket);
  auto plain = connect_tcp(context, target.host, target.port);
  if (!plain || !target.tls) return plain;
  return start_tls(context, *std::move(plain), *target.tls);
}

Result<OpenLink> open(const Context& context, const Target& target) {
  DBOPS_ASSIGN(auto transport, open_transport(context, target));
  OpenLink open{.link = nullptr,
                .transport = target.socket.empty() ? std::string(transport->protocol()) : "socket"};
  open.link = std::make_unique<Link>(std::move(transport));
  DBOPS_ASSIGN(open.protocol, greet(context, *open.link, target));
  if (target.database != "0")
    DBOPS_TRY(open.link->ask(context, std::array<std::string_view, 2>{"SELECT", target.database}));
  return open;
}

}  // namespace

std::string Target::place() const {
  if (!socket.empty()) return escape_control(socket);
  return escape_control(host) + ':' + std::to_string(port);
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
  if (target.database.empty() || target.database.size() > kDatabaseDigits ||
      !std::all_of(target.database.begin(), target.database.end(),
                   [](char c) { return c >= '0' && c <= '9'; }))
    return bad_url("the database in the URL is not a number");
  return target;
}

Result<OpenLink> open_link(const Context& context, const ConnectionOptions& options,
                           const Target& target) {
  Context limited = context;
  limited.deadline = context.deadline.earlier(Deadline::after(options.connect_timeout));
  auto opened = open(limited, target);
  if (opened) return opened;
  Error error = std::move(opened).error();
  error.message = "connecting to " + target.place() + ": " + redact(error.message, target.password);
  if (error.code == Code::timeout)
    error.hint = "check host and port, and whether the server wants TLS (rediss:) or has none";
  else if (error.hint.empty())
    error.hint = "check the connection's URL, and whether the server runs";
  return fail(std::move(error));
}

}  // namespace dbops::redis
