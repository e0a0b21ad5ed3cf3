#include "front/http/oauth/provider.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "front/http/guard.h"
#include "mcp/jsonrpc.h"
#include "net/url.h"

namespace dbops::http {
namespace {

namespace json = boost::json;

constexpr int kStatusOk = 200;
constexpr int kStatusNotFound = 404;
constexpr size_t kIdleClientsMax = 4;

tl::unexpected<Error> unusable(const std::string& url, std::string_view why) {
  return fail(Code::protocol,
              "the authorization server's answer from " + redact_url(url) + ' ' + std::string(why));
}

Result<json::value> parse_object(const std::string& url, const std::string& body) {
  auto document = parse_json(body);
  if (!document || !document->is_object()) return unusable(url, "is no JSON object");
  return document;
}

// application/x-www-form-urlencoded; also of what stands in Basic (RFC 6749, section 2.3.1).
std::string form_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain)
      encoded += c;
    else
      encoded.append("%").append(hex(std::string_view(&c, 1)));
  }
  return encoded;
}

// Where the metadata of an issuer may stand: OpenID Connect Discovery 1.0, section 4, and RFC 8414,
// section 3.1, which puts its path last.
std::vector<std::string> metadata_urls(const std::string& issuer) {
  const std::string base = issuer.ends_with('/') ? issuer.substr(0, issuer.size() - 1) : issuer;
  const size_t path = base.find('/', base.find("://") + 3);
  const std::string origin = base.substr(0, path);
  const std::string rest = path == std::string::npos ? std::string() : base.substr(path);
  return {base + "/.well-known/openid-configuration",
          origin + "/.well-known/oauth-authorization-server" + rest};
}

Result<std::string> endpoint_in(const json::object& metadata, std::string_view name,
                                const std::string& url) {
  const json::string* text = mcp::text_member(metadata, name);
  if (text == nullptr) return std::string();
  std::string endpoint(*text);
  if (!is_safe_url(endpoint))
    return unusable(url, "has a " + std::string(name) + " that is no https URL");
  return endpoint;
}

}  // namespace

bool is_safe_url(const std::string& text) {
  const auto url = Url::parse(text);
  if (!url || url->hosts.size() != 1 || url->hosts[0].name.empty() || !url->user.empty() ||
      !url->password.empty() || !url->query.empty() ||
      text.find_first_of("#?@\\ ") != std::string::npos || escape_control(text) != text)
    return false;
  return url->scheme == "https" || (url->scheme == "http" && is_loopback(url->hosts[0].name));
}

Result<HttpReply> Provider::send(const Context& context, HttpRequest request) {
  std::optional<HttpClient> client;
  {
    const std::lock_guard lock(mutex_);
    if (!clients_.empty()) {
      client.emplace(std::move(clients_.back()));
      clients_.pop_back();
    }
  }
  if (!client) client.emplace(TlsOptions{.root_file = settings_.ca_file});
  auto reply = client->fetch(context, std::move(request), kProviderBytesMax);
  if (!reply) return reply;
  const std::lock_guard lock(mutex_);
  if (clients_.size() < kIdleClientsMax) clients_.push_back(std::move(*client));
  return reply;
}

Result<Provider::Endpoints> Provider::discover(const Context& context) {
  for (const std::string& url : metadata_urls(settings_.issuer)) {
    DBOPS_ASSIGN(const HttpReply reply, send(context, {.url = url}));
    if (reply.status == kStatusNotFound) continue;
    if (reply.status != kStatusOk)
      return unusable(url, "has the status " + std::to_string(reply.status));
    DBOPS_ASSIGN(const json::value document, parse_object(url, reply.body));
    const json::object& metadata = document.get_object();
    const json::string* issuer = mcp::text_member(metadata, "issuer");
    // Anything else would let one issuer speak for another (RFC 8414, section 3.3).
    if (issuer == nullptr || std::string_view(*issuer) != settings_.issuer)
      return fail(Code::invalid_config,
                  "the metadata at " + redact_url(url) + " is of another issuer than " +
                      redact_url(settings_.issuer),
                  "set issuer in [oauth] exactly as the authorization server spells it");
    Endpoints found;
    DBOPS_ASSIGN(found.keys, endpoint_in(metadata, "jwks_uri", url));
    DBOPS_ASSIGN(found.introspection, endpoint_in(metadata, "introspection_endpoint", url));
    return found;
  }
  return fail(Code::invalid_config,
              "the authorization server " + redact_url(settings_.issuer) + " has no metadata",
              "set jwks_uri or introspection_endpoint in [oauth]");
}

Result<Provider::Endpoints> Provider::endpoints(const Context& context) {
  const std::string& given =
      settings_.introspect ? settings_.introspection_endpoint : settings_.jwks_uri;
  if (!given.empty()) return Endpoints{settings_.jwks_uri, settings_.introspection_endpoint};
  {
    const std::lock_guard lock(mutex_);
    if (found_) return *found_;
  }
  DBOPS_ASSIGN(Endpoints found, discover(context));
  if ((settings_.introspect ? found.introspection : found.keys).empty())
    return fail(Code::invalid_config,
                "the metadata of " + redact_url(settings_.issuer) + " names no " +
                    (settings_.introspect ? "introspection_endpoint" : "jwks_uri"),
                "set it in [oauth], or choose the other way of tokens");
  const std::lock_guard lock(mutex_);
  found_ = found;
  return found;
}

Result<std::string> Provider::fetch_keys(const Context& context) {
  DBOPS_ASSIGN(const Endpoints where, endpoints(context));
  DBOPS_ASSIGN(HttpReply reply, send(context, {.url = where.keys}));
  if (reply.status != kStatusOk)
    return unusable(where.keys, "has the status " + std::to_string(reply.status));
  return std::move(reply.body);
}

Result<json::value> Provider::introspect(const Context& context, std::string_view token) {
  DBOPS_ASSIGN(const Endpoints where, endpoints(context));
  HttpRequest request{.method = "POST", .url = where.introspection};
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  if (settings_.client_secret) {
    DBOPS_ASSIGN(const Secret secret, settings_.client_secret(context));
    request.authorization = Secret(
        "Basic " + base64(form_encoded(settings_.client_id) + ":" + form_encoded(secret.reveal())));
  }
  const Secret body("token=" + form_encoded(token) + "&token_type_hint=access_token");
  request.body = body.reveal();
  DBOPS_ASSIGN(const HttpReply reply, send(context, std::move(request)));
  if (reply.status == static_cast<int>(kStatusOk))
    return parse_object(where.introspection, reply.body);
  if (reply.status == 401 || reply.status == 403)
    return fail(Code::invalid_config,
                "the authorization server does not let this one introspect tokens: status " +
                    std::to_string(reply.status),
                "look at client_id and client_secret in [oauth]");
  return unusable(where.introspection, "has the status " + std::to_string(reply.status));
}

}  // namespace dbops::http
