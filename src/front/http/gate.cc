#include "front/http/gate.h"

#include "base/text.h"

namespace dbops::http {
namespace {

constexpr std::string_view kChallenge = "WWW-Authenticate";
constexpr std::string_view kMethods = "GET, POST, DELETE";
// What MCP clients send. Wildcards would leave Authorization out (Fetch, section 4.8).
constexpr std::string_view kRequestHeaders =
    "Content-Type, Accept, Authorization, MCP-Protocol-Version, Mcp-Method, Mcp-Name, "
    "Mcp-Session-Id, Last-Event-ID";
constexpr std::string_view kResponseHeaders = "Mcp-Session-Id, WWW-Authenticate, Retry-After";
constexpr std::string_view kPreflightLife = "600";  // seconds

// RFC 6750, section 3: an error is named only where a token was sent.
Response challenge(bool had_token) {
  Response response =
      refusal(kUnauthorized, had_token ? "this token is not one of this server's"
                                       : "send a token: Authorization: Bearer TOKEN");
  std::string value = R"(Bearer realm="dbops", scope="db:read")";
  if (had_token) value += R"(, error="invalid_token")";
  response.headers.emplace_back(kChallenge, std::move(value));
  return response;
}

Response unreadable(unsigned status, std::string_view message) {
  Response response = refusal(status, message);
  response.close = true;
  return response;
}

Response preflight() {
  Response response{.status = kNoContent};
  response.headers.emplace_back("Access-Control-Allow-Methods", kMethods);
  response.headers.emplace_back("Access-Control-Allow-Headers", kRequestHeaders);
  response.headers.emplace_back("Access-Control-Max-Age", kPreflightLife);
  return response;
}

}  // namespace

std::optional<Response> Gate::check(const Request& request) const {
  const Headers& headers = request.headers;
  if (headers.malformed) return unreadable(kBadRequest, "a header is malformed, or came twice");
  // RFC 9112, section 6.1.
  const auto& coding = headers.transfer_encoding;
  if (coding && !same_ignoring_case(*coding, "chunked"))
    return unreadable(kNotImplemented, "the only transfer coding understood here is chunked");
  if (!guard_.allows_host(headers.host))
    return refusal(kMisdirected, "the Host header names a host that is not served here");
  if (!guard_.allows_origin(headers.origin))
    return refusal(kForbidden, "pages of this Origin may not use this server");
  if (request.method == "OPTIONS" && headers.origin && headers.preflight) return preflight();
  return std::nullopt;
}

std::optional<Response> Gate::authenticate(Request& request) const {
  if (tokens_.empty()) {
    request.caller.principal = "local";
    return std::nullopt;
  }
  const auto& sent = request.headers.authorization;
  const auto token = sent ? read_bearer(*sent) : std::nullopt;
  const Caller* caller = token ? tokens_.find(*token) : nullptr;
  if (caller == nullptr) return challenge(sent.has_value());
  request.caller = *caller;
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string>> Gate::cors(const Request& request) const {
  const auto& origin = request.headers.origin;
  if (!origin || request.headers.malformed || !guard_.allows_origin(origin)) return {};
  return {{"Access-Control-Allow-Origin", std::string(*origin)},
          {"Access-Control-Expose-Headers", std::string(kResponseHeaders)},
          {"Vary", "Origin"}};
}

Response insufficient_scope(std::string_view id, const Caller& caller, std::string_view scope) {
  Response response =
      refusal(kForbidden, id,
              {.code = mcp::kInvalidRequest,
               .message = "the token of " + caller.principal + " lacks the scope " +
                          std::string(scope) + " for this: ask whoever runs this server for it"});
  response.headers.emplace_back(
      kChallenge,
      R"(Bearer realm="dbops", error="insufficient_scope", scope=")" + std::string(scope) + '"');
  return response;
}

}  // namespace dbops::http
