#include "connectors/elasticsearch/target.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/text.h"
#include "net/pin.h"
#include "net/url.h"

namespace dbops::elasticsearch {
namespace {

constexpr uint16_t kPort = 9200;
constexpr uint16_t kCloudPort = 443;

tl::unexpected<Error> bad_url(std::string message) {
  return fail(Code::invalid_config, std::move(message),
              "write elasticsearch://user:password@host:9200, or elasticsearch+https://... over "
              "TLS, with special characters percent-encoded (@ is %40)");
}

// What is read before it is put together.
struct Given {
  Secret api_key = {};
  Secret bearer_token = {};
  std::string cloud_id = {};
};

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
                "elasticsearch+https: always encrypts; verify-full also checks who answers");
  return {};
}

Result<void> read_tls_setting(const std::string& name, const std::string& value, Target& target) {
  if (!target.secure)
    return fail(Code::invalid_config, "the setting \"" + name + "\" needs TLS",
                "write the URL with elasticsearch+https:");
  if (name == "sslmode") return read_sslmode(value, target.tls);
  if (name == "ssl_fingerprint") {
    DBOPS_ASSIGN(target.tls.fingerprint, read_fingerprint(value));
    return {};
  }
  if (name == "sslrootcert")
    target.tls.root_file = value == "system" ? "" : value;
  else
    (name == "sslcert" ? target.tls.cert_file : target.tls.key_file) = value;
  return {};
}

Result<void> read_setting(const std::string& name, const std::string& value, Target& target,
                          Given& given) {
  if (name == "api_key")
    given.api_key = Secret(value);
  else if (name == "bearer_token")
    given.bearer_token = Secret(value);
  else if (name == "cloud_id")
    given.cloud_id = value;
  else if (name == "sslmode" || name == "sslrootcert" || name == "sslcert" || name == "sslkey" ||
           name == "ssl_fingerprint")
    return read_tls_setting(name, value, target);
  else
    return fail(Code::invalid_config,
                "Elasticsearch has no connection setting " + shown_setting(name),
                "it takes api_key, bearer_token and cloud_id, and with elasticsearch+https: "
                "sslmode, sslrootcert, sslcert, sslkey and ssl_fingerprint");
  return {};
}

// "name:BASE64", of which the text is "host[:port]$id[:port]$...".
Result<void> read_cloud_id(const std::string& cloud_id, Target& target) {
  const auto bad = [] {
    return fail(Code::invalid_config, "the setting \"cloud_id\" is none that Elastic gives out",
                "copy it whole: name:letters");
  };
  const auto text = decode_base64(std::string_view(cloud_id).substr(cloud_id.find(':') + 1));
  if (!text || !target.secure) return bad();
  std::string host = text->substr(0, text->find('$'));
  if (host.size() == text->size()) return bad();
  std::string id = text->substr(host.size() + 1);
  id.resize(std::min(id.size(), id.find('$')));
  std::string port = std::to_string(kCloudPort);
  for (std::string* part : {&host, &id}) {
    const size_t colon = part->find(':');
    if (colon == std::string::npos) continue;
    port = part->substr(colon + 1);
    part->resize(colon);
  }
  const std::string name = id + '.' + host;
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  const bool digits = !port.empty() && port.find_first_not_of("0123456789") == std::string::npos;
  if (id.empty() || host.empty() || !plain || !digits) return bad();
  target.places = {name + ':' + port};
  return {};
}

Result<void> read_places(const Url& url, Target& target) {
  if (url.hosts.size() > kNodesMax)
    return bad_url("the URL has more than " + std::to_string(kNodesMax) + " hosts");
  for (const Url::Host& host : url.hosts) {
    if (host.name.empty() && url.hosts.size() > 1) return bad_url("a host in the URL is empty");
    const bool address6 = host.name.find(':') != std::string::npos;
    const std::string name = host.name.empty() ? "127.0.0.1" : host.name;
    for (const char c : name)
      if (static_cast<unsigned char>(c) <= ' ' || c == '/' || c == '?' || c == '#' || c == '@')
        return bad_url("a host in the URL is no name");
    target.places.push_back((address6 ? '[' + name + ']' : name) + ':' +
                            std::to_string(host.port.value_or(kPort)));
  }
  if (target.places.empty()) target.places.push_back("127.0.0.1:" + std::to_string(kPort));
  return {};
}

Result<void> read_authorization(const Url& url, const Given& given, Target& target) {
  const int ways = !given.api_key.empty() + !given.bearer_token.empty() +
                   !(url.user.empty() && url.password.empty());
  if (ways > 1)
    return fail(Code::invalid_config, "there is more than one way to sign in",
                "give a user with a password, api_key, or bearer_token");
  std::string header;
  if (!given.api_key.empty()) {
    // As it is handed out: encoded; or as its two parts.
    std::string key(given.api_key.reveal());
    if (key.find(':') != std::string::npos) key = base64(key);
    header = "ApiKey " + key;
  } else if (!given.bearer_token.empty()) {
    header = "Bearer " + std::string(given.bearer_token.reveal());
  } else if (ways == 1) {
    target.user = url.user;
    header = "Basic " + base64(url.user + ':' + std::string(url.password.reveal()));
  }
  const bool printable =
      std::all_of(header.begin(), header.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable)
    return fail(Code::invalid_config, "the key or token has characters that no header can have");
  target.authorization = Secret(std::move(header));
  return {};
}

}  // namespace

Result<Target> read_target(const ConnectionOptions& options) {
  DBOPS_ASSIGN(Url url, Url::parse(options.url.reveal()));
  Target target;
  Given given;
  target.secure = url.scheme == "elasticsearch+https";
  for (const auto& [name, value] : url.query) DBOPS_TRY(read_setting(name, value, target, given));
  for (const auto& [name, value] : options.settings)
    DBOPS_TRY(read_setting(name, value, target, given));
  if (given.cloud_id.empty())
    DBOPS_TRY(read_places(url, target));
  else
    DBOPS_TRY(read_cloud_id(given.cloud_id, target));
  for (const std::string& place : target.places)
    target.nodes.push_back((target.secure ? "https://" : "http://") + place);
  target.prefix = std::move(url.path);
  while (target.prefix.ends_with('/')) target.prefix.pop_back();
  for (const char c : target.prefix)
    if (c <= ' ' || c > '~' || c == '?' || c == '#')
      return bad_url("the path in the URL has characters that a path can't have");
  if (!target.tls.fingerprint.empty() && !target.tls.root_file.empty())
    return fail(Code::invalid_config, "sslrootcert and ssl_fingerprint exclude each other",
                "give the authority's file, or a certificate's fingerprint");
  if (target.tls.cert_file.empty() != target.tls.key_file.empty())
    return fail(Code::invalid_config, "sslcert and sslkey are set both or not at all");
  DBOPS_TRY(read_authorization(url, given, target));
  return target;
}

}  // namespace dbops::elasticsearch
