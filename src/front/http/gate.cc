#include "front/http/gate.h"

#include "base/text.h"
#include "front/http/oauth/metadata.h"

namespace dbops::http {
namespace {

constexpr std::string_view kChallenge = "WWW-Authenticate";
constexpr std::string_view kMethods = "GET, POST, DELETE";
// What MCP clients send. Wildcards would leave Authorization out (Fetch, section 4.8).
constexpr std::string_view kRequestHeaders =
    "Content-Type, Accept, Authorization, MCP-Protocol-Version, Mcp-Method, Mcp-Name, "
    "Mcp-Session-Id, Last-Event-ID, traceparent, tracestate";
constexpr std::string_view kResponseHeaders = "Mcp-Session-Id, WWW-Authenticate, Retry-After";
constexpr std::string_view kPreflightLife = "600";  // seconds

constexpr std::chrono::seconds kTryAgain{5};       // where the authorization server does not answer
constexpr std::string_view kNobodyElse = "local";  // The one caller there is without tokens.
constexpr std::string_view kUnknownToken = "this token is not one of this server's";

// As RFC 6750, section 3, lets it stand in a header.
std::string description(std::string_view text) {
  std::string plain;
  for (const char c : text) plain += c >= ' ' && c <= '~' && c != '"' && c != '\\' ? c : '\'';
  return plain;
}

// What all challenges have in common: where a client learns whom to ask for a token.
std::string bearer(const Identities& identities) {
  std::string value = R"(Bearer realm="dbops")";
  if (const Authority* authority = identities.authority())
    value += R"(, resource_metadata=")" + metadata_url(authority->settings().resource) + '"';
  return value;
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
    return refusal(kMisdirected,
                   request.scheme.empty()
                       ? "the Host header names a host that is not served here: its owner adds it "
                         "to allowed_hosts"
                       : "the request's target names a host that is not served here: its owner "
                         "adds it to allowed_hosts");
  // RFC 9110, section 7.4.
  if (!request.scheme.empty() && !same_ignoring_case(request.scheme, scheme_))
    return refusal(kMisdirected, "the request's target has another scheme than is served here: " +
                                     std::string(scheme_));
  if (!guard_.allows_origin(headers.origin))
    return refusal(kForbidden, "pages of this Origin may not use this server");
  if (request.method == "OPTIONS" && headers.origin && headers.preflight) return preflight();
  return std::nullopt;
}

std::shared_ptr<const Identities> Gate::identities() const {
  const std::lock_guard lock(mutex_);
  return identities_;
}

void Gate::replace(std::shared_ptr<const Identities> identities) {
  const std::lock_guard lock(mutex_);
  identities_.swap(identities);
}

// RFC 6750, section 3: an error is named only where a token was sent.
Response Gate::challenge(const Identities& identities, std::string_view refused) {
  Response response = refusal(
      kUnauthorized, refused.empty() ? "send a token: Authorization: Bearer TOKEN" : refused);
  std::string value = bearer(identities) + R"(, scope="db:read")";
  if (!refused.empty())
    value += R"(, error="invalid_token", error_description=")" + description(refused) + '"';
  response.headers.emplace_back(kChallenge, std::move(value));
  return response;
}

std::optional<Response> Gate::admit(Request& request, const Identities& identities,
                                    const Authority::Answer& answer) {
  if (answer) {
    request.caller = *answer;
    return std::nullopt;
  }
  const Error& error = answer.error();
  if (error.code == Code::authentication)
    return challenge(identities,
                     error.message + (error.hint.empty() ? std::string() : ": " + error.hint));
  // The token may be good: with a 401 its owner would throw it away.
  return refusal_for(kTryAgain, kUnavailable, {},
                     "it can't be told now whose token this is: the authorization server does not "
                     "answer as it should (" +
                         std::string(name(error.code)) + "); the log of this server says more");
}

std::optional<Response> Gate::authenticate(Request& request) const {
  const auto identities = this->identities();
  if (!identities->guarded()) {
    request.caller.principal = kNobodyElse;
    return std::nullopt;
  }
  const auto& sent = request.headers.authorization;
  if (!sent) return challenge(*identities, {});
  const auto token = read_bearer(*sent);
  if (!token || token->size() > kTokenBytesMax) return challenge(*identities, kUnknownToken);
  if (const Caller* caller = identities->tokens().find(*token)) {
    request.caller = *caller;
    return std::nullopt;
  }
  Authority* const authority = identities->authority();
  if (authority == nullptr) return challenge(*identities, kUnknownToken);
  if (const auto answer = authority->look(*token)) return admit(request, *identities, *answer);
  request.login = std::make_shared<Login>(identities, Secret(std::string(*token)));
  return std::nullopt;
}

std::optional<Response> Gate::finish_login(Request& request) const {
  return admit(request, *identities(), *request.login->answer());
}

void Gate::recognise(std::string_view token,
                     std::function<void(const Authority::Answer&)> done) const {
  const auto identities = this->identities();
  if (!identities->guarded()) return done(Caller{.principal = std::string(kNobodyElse)});
  if (const Caller* caller = identities->tokens().find(token)) return done(*caller);
  Authority* const authority = identities->authority();
  if (authority == nullptr || token.empty())
    return done(fail(Code::authentication, std::string(kUnknownToken)));
  if (const auto answer = authority->look(token)) return done(*answer);
  authority->ask_soon(std::string(token), std::move(done));
}

std::optional<Response> Gate::authenticate_by_tokens(Request& request) const {
  const auto identities = this->identities();
  const auto& sent = request.headers.authorization;
  const auto token = sent ? read_bearer(*sent) : std::nullopt;
  const Caller* caller = token ? identities->tokens().find(*token) : nullptr;
  if (caller == nullptr) return challenge(*identities, sent ? kUnknownToken : "");
  request.caller = *caller;
  return std::nullopt;
}

std::optional<Response> Gate::metadata(const Request& request) const {
  const auto identities = this->identities();
  const Authority* authority = identities->authority();
  if (authority == nullptr || !is_metadata_path(request.path, authority->settings().resource))
    return std::nullopt;
  return Response{.content_type = "application/json", .body = metadata_text(authority->settings())};
}

std::vector<std::pair<std::string_view, std::string>> Gate::cors(const Request& request) const {
  const auto& origin = request.headers.origin;
  if (!origin || request.headers.malformed || !guard_.allows_origin(origin)) return {};
  return {{"Access-Control-Allow-Origin", std::string(*origin)},
          {"Access-Control-Expose-Headers", std::string(kResponseHeaders)},
          {"Vary", "Origin"}};
}

Response Gate::insufficient_scope(std::string_view id, const Caller& caller,
                                  std::string_view scope) const {
  Response response =
      refusal(kForbidden, id,
              {.code = mcp::kInvalidRequest,
               .message = "the token of " + caller.principal + " lacks the scope " +
                          std::string(scope) + " for this: ask whoever runs this server for it"});
  response.headers.emplace_back(kChallenge, bearer(*identities()) +
                                                R"(, error="insufficient_scope", scope=")" +
                                                std::string(scope) + '"');
  return response;
}

}  // namespace dbops::http
