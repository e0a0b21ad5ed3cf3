#include "connectors/mongodb/target.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"

namespace dbops::mongodb {
namespace {

// Options of the driver that are handed on, in small letters.
constexpr auto kDriverOptions = std::to_array<std::string_view>(
    {"appname", "authmechanism", "authmechanismproperties", "authsource", "directconnection",
     "journal", "loadbalanced", "localthresholdms", "maxstalenessseconds", "readconcernlevel",
     "readpreference", "readpreferencetags", "replicaset", "w", "wtimeoutms"});
// ... of which these are booleans.
constexpr auto kSwitches =
    std::to_array<std::string_view>({"directconnection", "journal", "loadbalanced"});
// Those that URLs often have, and that say nothing here: dbops never retries, has its own pool, and
// reads messages as they are.
constexpr auto kPassedOver =
    std::to_array<std::string_view>({"compressors", "maxpoolsize", "minpoolsize", "retryreads",
                                     "retrywrites", "zlibcompressionlevel"});

template <size_t kSize>
bool has(const std::array<std::string_view, kSize>& table, std::string_view name) {
  return std::find(table.begin(), table.end(), name) != table.end();
}

tl::unexpected<Error> bad_url(std::string message) {
  return fail(Code::invalid_config, std::move(message),
              "write mongodb://user:password@host:27017/database?authSource=admin, with special "
              "characters percent-encoded (@ is %40)");
}

// A boolean of dbops.toml comes as on or off.
Result<bool> read_boolean(const std::string& name, std::string_view value) {
  if (value == "true" || value == "on") return true;
  if (value == "false" || value == "off") return false;
  return fail(Code::invalid_config, "the setting \"" + name + "\" must be true or false");
}

// One of two words.
Result<void> choose(const std::string& name, std::string_view value, std::string_view no,
                    std::string_view yes, bool& chosen) {
  if (value != no && value != yes)
    return fail(Code::invalid_config, "the setting \"" + name + "\" must be " + std::string(no) +
                                          " or " + std::string(yes));
  chosen = value == yes;
  return {};
}

Result<ScanGuard> read_guard(std::string_view value) {
  if (value == "off") return ScanGuard::off;
  if (value == "warn") return ScanGuard::warn;
  if (value == "refuse") return ScanGuard::refuse;
  return fail(Code::invalid_config, "the setting \"scan_guard\" must be off, warn or refuse");
}

// As RFC 6335 has it, but for its length.
bool is_service_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto good = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= kSrvServiceBytesMax && name.front() != '-' &&
         name.back() != '-' && name.find("--") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), good) &&
         std::any_of(name.begin(), name.end(), letter);
}

Result<void> read_srv(const std::string& small, std::string_view value, Target& target) {
  if (!target.srv)
    return fail(Code::invalid_config, "srvServiceName and srvMaxHosts are for mongodb+srv: alone");
  if (small == "srvservicename") {
    if (!is_service_name(value))
      return fail(Code::invalid_config, "srvServiceName is no name that a service can have",
                  "letters, digits and single hyphens within, without the underscore");
    target.srv_service = value;
    return {};
  }
  const auto [end, error] =
      std::from_chars(value.data(), value.data() + value.size(), target.srv_hosts_max);
  if (error != std::errc() || end != value.data() + value.size() ||
      target.srv_hosts_max > kSrvHostsMax)
    return fail(Code::invalid_config,
                "srvMaxHosts must be a number, 0 (all) to " + std::to_string(kSrvHostsMax));
  return {};
}

struct TlsSettings {
  std::optional<bool> on;
  bool used = false;  // Any that needs TLS.
  TlsOptions options;
};

Result<void> read_tls(const std::string& name, const std::string& small, const std::string& value,
                      TlsSettings& tls) {
  if (small == "tls" || small == "ssl") {
    DBOPS_ASSIGN(tls.on, read_boolean(name, value));
    return {};
  }
  tls.used = true;
  if (small == "tlscafile") {
    tls.options.root_file = value;
  } else if (small == "tlscertificatekeyfile") {
    tls.options.cert_file = tls.options.key_file = value;
  } else {
    DBOPS_ASSIGN(const bool on, read_boolean(name, value));
    const auto wanted =
        small == "tlsallowinvalidhostnames" ? TlsVerify::verify_ca : TlsVerify::require;
    if (on) tls.options.verify = std::min(tls.options.verify, wanted);
  }
  return {};
}

Result<void> read_setting(const std::string& name, const std::string& value, Target& target,
                          TlsSettings& tls) {
  constexpr auto kTls = std::to_array<std::string_view>(
      {"ssl", "tls", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "tlscafile",
       "tlscertificatekeyfile", "tlsinsecure"});
  const std::string small = lower(name);
  if (small == "rows") return choose(name, value, "document", "flat", target.shape.flat);
  if (small == "json") return choose(name, value, "relaxed", "canonical", target.shape.canonical);
  if (small == "scan_guard") {
    DBOPS_ASSIGN(target.guard, read_guard(value));
    return {};
  }
  if (small == "causal") {
    DBOPS_ASSIGN(target.causal, read_boolean(name, value));
    return {};
  }
  if (small == "srvservicename" || small == "srvmaxhosts") return read_srv(small, value, target);
  if (has(kTls, small)) return read_tls(name, small, value, tls);
  if (has(kPassedOver, small)) return {};
  if (!has(kDriverOptions, small))
    return fail(Code::invalid_config,
                "MongoDB has no connection setting " + shown_setting(name) + " that dbops takes",
                "docs/connectors/mongodb.md lists them; time limits and the pool are dbops' own");
  if (!has(kSwitches, small)) {
    target.options.emplace_back(name, value);
    return {};
  }
  DBOPS_ASSIGN(const bool on, read_boolean(name, value));
  target.options.emplace_back(name, on ? "true" : "false");
  return {};
}

Result<void> read_place(Url& url, Target& target) {
  target.srv = url.scheme == "mongodb+srv";
  target.hosts = std::move(url.hosts);
  if (target.hosts.empty() || target.hosts[0].name.empty()) return bad_url("the URL names no host");
  if (target.srv && (target.hosts.size() > 1 || target.hosts[0].port))
    return bad_url("mongodb+srv: takes one name, and no port: both stand in DNS");
  target.database_given = url.path.size() > 1;
  if (target.database_given) target.database = url.path.substr(1);
  if (target.database.size() > kDatabaseBytesMax ||
      target.database.find_first_of(std::string_view("/\\. \"$\0", 7)) != std::string::npos)
    return bad_url("the database in the URL has a name that none can have");
  target.user = std::move(url.user);
  target.password = std::move(url.password);
  return {};
}

std::string encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_')
      encoded += c;
    else
      encoded.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return encoded;
}

}  // namespace

Result<void> check_srv_hosts(const Target& target) {
  if (target.srv_hosts_max == 0) return {};
  for (const auto& [name, value] : target.options)
    if (lower(name) == "replicaset" || (lower(name) == "loadbalanced" && value == "true"))
      return fail(Code::invalid_config,
                  "srvMaxHosts is for routers (mongos), and not to be had with "
                  "replicaSet or loadBalanced",
                  "leave srvMaxHosts out: of a replica set all members are needed");
  return {};
}

bool Target::by_certificate() const {
  return std::any_of(options.begin(), options.end(), [](const auto& option) {
    return lower(option.first) == "authmechanism" && lower(option.second) == "mongodb-x509";
  });
}

std::string Target::read_concern() const {
  for (const auto& [name, value] : options)
    if (lower(name) == "readconcernlevel") return value;
  return {};
}

std::string Target::place() const {
  std::string text;
  for (const Url::Host& host : hosts) {
    text += (text.empty() ? "" : ",") + escape_control(host.name);
    if (!srv) text += ':' + std::to_string(host.port.value_or(kPort));
  }
  return text;
}

std::string Target::driver_url() const {
  std::string url = "mongodb://";
  for (size_t i = 0; i < hosts.size(); ++i) {
    const Url::Host& host = hosts[i];
    const bool address = host.name.find(':') != std::string::npos;
    url += (i == 0 ? "" : ",") + (address ? "[" + host.name + "]" : encode(host.name));
    if (!host.name.starts_with('/')) url += ':' + std::to_string(host.port.value_or(kPort));
  }
  // Nothing is retried, and no more is sent than is asked for. TLS is the wire's.
  url += "/" + (database_given ? encode(database) : std::string()) +
         "?tls=false&retryReads=false&retryWrites=false&heartbeatFrequencyMS=2000000000"
         "&socketCheckIntervalMS=2000000000&serverSelectionTryOnce=true";
  for (const auto& [name, value] : options) {
    url += '&' + encode(name) + '=';
    for (const char c : value) url += c == ',' || c == ':' ? std::string(1, c) : encode({&c, 1});
  }
  return url;
}

Result<Target> read_target(const ConnectionOptions& options) {
  DBOPS_ASSIGN(Url url, Url::parse(options.url.reveal()));
  Target target;
  TlsSettings tls;
  DBOPS_TRY(read_place(url, target));
  for (const auto& [name, value] : url.query) DBOPS_TRY(read_setting(name, value, target, tls));
  for (const auto& [name, value] : options.settings)
    DBOPS_TRY(read_setting(name, value, target, tls));
  for (const auto& [name, value] : target.options)
    if (target.srv && lower(name) == "directconnection" && value == "true")
      return bad_url("mongodb+srv: is for several hosts, and directConnection=true for one");
  DBOPS_TRY(check_srv_hosts(target));
  if (target.by_certificate() && tls.options.cert_file.empty())
    return fail(Code::invalid_config, "MONGODB-X509 signs in by a certificate, and none is given",
                "name its file, certificate and key, by tlsCertificateKeyFile");
  // Settings of TLS turn it on, as they do in MongoDB's own clients.
  if (tls.on.value_or(target.srv || tls.used))
    target.tls = std::move(tls.options);
  else if (tls.used)
    return fail(Code::invalid_config, "settings of TLS are given, and tls=false",
                "leave one of the two out");
  return target;
}

}  // namespace dbops::mongodb
