#include "front/http/endpoint.h"

#include <charconv>

#include "front/http/replay.h"

namespace dbops::http {
namespace {

using mcp::Message;

// Not Found and so on by their numbers, so that the decisions stay free of the HTTP library.
constexpr unsigned kOk = 200;
constexpr unsigned kNoContent = 204;
constexpr unsigned kBadRequest = 400;
constexpr unsigned kForbidden = 403;
constexpr unsigned kNotFound = 404;
constexpr unsigned kMethodNotAllowed = 405;
constexpr unsigned kNotAcceptable = 406;
constexpr unsigned kConflict = 409;
constexpr unsigned kTooLarge = 413;
constexpr unsigned kUnsupportedType = 415;
constexpr unsigned kMisdirected = 421;
constexpr unsigned kUnavailable = 503;

constexpr std::string_view kPrincipal = "local";  // Until there is authentication.

Response refusal_of(unsigned status, std::string_view id, const mcp::Failure& failure) {
  return {
      .status = status, .content_type = "application/json", .body = mcp::error_frame(id, failure)};
}

bool is_longer(std::optional<std::string_view> content_length, size_t bytes_max) {
  if (!content_length) return false;
  size_t length = 0;
  const char* end = content_length->data() + content_length->size();
  const auto [stop, error] = std::from_chars(content_length->data(), end, length);
  return error != std::errc() || stop != end || length > bytes_max;
}

bool claims_version(const mcp::Incoming& incoming) {
  for (const mcp::Slot& slot : incoming.slots)
    if (slot.message && mcp::claimed_version(*slot.message)) return true;
  return false;
}

bool is_handshake(const Message& message) {
  return message.kind == Message::Kind::request && message.method == "initialize" &&
         !mcp::has_modern_envelope(message);
}

bool names_modern(const Headers& headers) {
  const auto revision =
      headers.version ? mcp::parse_revision(*headers.version) : std::optional<mcp::Revision>();
  return revision && mcp::is_modern(*revision);
}

bool has_request(const mcp::Incoming& incoming) {
  for (const mcp::Slot& slot : incoming.slots)
    if (!slot.message || slot.message->kind == Message::Kind::request) return true;
  return false;
}

}  // namespace

Response Endpoint::refusal(unsigned status, std::string_view message) {
  return refusal_of(status, {}, {.code = mcp::kInvalidRequest, .message = std::string(message)});
}

std::optional<Response> Endpoint::refuse_early(const Request& request) const {
  const Headers& headers = request.headers;
  if (headers.malformed) return refusal(kBadRequest, "a header is malformed, or came twice");
  if (!guard_.allows_host(headers.host))
    return refusal(kMisdirected, "the Host header names a host that is not served here");
  if (!guard_.allows_origin(headers.origin))
    return refusal(kForbidden, "pages of this Origin may not use this server");
  if (request.path == "/healthz" && (request.method == "GET" || request.method == "HEAD"))
    return Response{.content_type = "text/plain", .body = "ok\n"};
  if (request.path != kPath) return refusal(kNotFound, "nothing is here: the endpoint is /mcp");
  if (request.method == "DELETE") return std::nullopt;
  const Acceptable acceptable = read_accept(headers.accept);
  if (request.method == "GET") {
    if (acceptable.events) return std::nullopt;
    return refusal(kNotAcceptable, "a GET is answered by text/event-stream");
  }
  if (request.method != "POST") {
    Response response = refusal(kMethodNotAllowed, "POST, GET and DELETE are understood");
    response.allow = "GET, POST, DELETE";
    return response;
  }
  if (!is_json(headers.content_type))
    return refusal(kUnsupportedType, "the body must be application/json");
  if (!acceptable.json && !acceptable.events)
    return refusal(kNotAcceptable, "answers are application/json or text/event-stream");
  if (is_longer(headers.content_length, body_bytes_max_))
    return refusal(kTooLarge, "the body is too long");
  return std::nullopt;
}

void Endpoint::handle(const Request& request, std::string_view body,
                      const std::shared_ptr<Exchange>& exchange) const {
  if (request.method == "GET") return open_stream(request, exchange);
  if (request.method == "DELETE") return end_session(request, exchange);
  if (body.size() > body_bytes_max_)
    return exchange->answer(refusal(kTooLarge, "the body is too long"));
  post(request, body, exchange);
}

// basic/versioning, "Backward Compatibility": the era of a message is told by its body.
void Endpoint::post(const Request& request, std::string_view body,
                    const std::shared_ptr<Exchange>& exchange) const {
  auto incoming = mcp::parse_incoming(body);
  if (!incoming) return exchange->answer(refusal_of(kBadRequest, {}, incoming.error()));
  if (incoming->batch) {
    if (claims_version(*incoming))
      return exchange->answer(refusal(kBadRequest, "a request of this revision stands alone"));
    return legacy(request, std::move(*incoming), exchange);
  }
  mcp::Slot& slot = incoming->slots.front();
  if (!slot.message)
    return exchange->answer(refusal_of(kBadRequest, slot.id, slot.message.error()));
  const Message& message = *slot.message;
  if (is_handshake(message)) return handshake(request, std::move(*incoming), exchange);
  if (mcp::claimed_version(message)) return modern(request, std::move(*slot.message), exchange);
  if (!names_modern(request.headers)) return legacy(request, std::move(*incoming), exchange);

  if (message.kind == Message::Kind::request)
    return exchange->answer(refusal_of(kBadRequest, message.id, mcp::missing_envelope(message)));
  if (message.kind == Message::Kind::response)
    return exchange->answer(refusal(kBadRequest, "no request was sent that this could answer"));
  exchange->answer({.status = 202});
}

void Endpoint::modern(const Request& request, Message message,
                      const std::shared_ptr<Exchange>& exchange) const {
  if (const auto checked = check_version_header(request.headers, message); !checked)
    return exchange->answer(refusal_of(kBadRequest, message.id, checked.error()));
  auto envelope = mcp::read_modern_envelope(message);
  if (!envelope)
    return exchange->answer(
        refusal_of(envelope.error().envelope ? kBadRequest : kOk, message.id, envelope.error()));
  // Over HTTP the client has nothing to notify of: it cancels by leaving.
  if (message.kind != Message::Kind::request) return exchange->answer({.status = 202});
  if (const auto checked = check_method_headers(request.headers, message); !checked)
    return exchange->answer(refusal_of(kBadRequest, message.id, checked.error()));
  if (const auto checked = check_param_headers(request.headers, server_.mirrored_params(message));
      !checked)
    return exchange->answer(refusal_of(kBadRequest, message.id, checked.error()));

  const Acceptable acceptable = read_accept(request.headers.accept);
  exchange->begin(true, acceptable.json, acceptable.events);
  exchange->set_call(
      server_.dispatch(std::move(message), std::move(*envelope), kPrincipal, nullptr, exchange));
}

void Endpoint::handshake(const Request& request, mcp::Incoming incoming,
                         const std::shared_ptr<Exchange>& exchange) const {
  const std::string& id = incoming.slots.front().message->id;
  if (names_modern(request.headers))
    return exchange->answer(refusal_of(
        kBadRequest, id,
        {.code = mcp::kHeaderMismatch,
         .message = "the revision of the header MCP-Protocol-Version has no initialize"}));
  const auto client = std::make_shared<mcp::Client>(std::string(kPrincipal));
  const Acceptable acceptable = read_accept(request.headers.accept);
  exchange->begin(true, acceptable.json, acceptable.events);
  server_.receive(std::move(incoming), client, exchange);
  if (!exchange->succeeded()) return;
  auto session = sessions_.add(client, Sessions::Clock::now());
  if (!session)
    return exchange->answer(refusal(kUnavailable, "too many sessions: try again later"));
  exchange->set_session(std::move(*session));
}

void Endpoint::legacy(const Request& request, mcp::Incoming incoming,
                      const std::shared_ptr<Exchange>& exchange) const {
  const Headers& headers = request.headers;
  if (headers.version && !mcp::parse_revision(*headers.version))
    return exchange->answer(
        refusal(kBadRequest, "the header MCP-Protocol-Version names no revision known here"));
  if (!headers.session)
    return exchange->answer(
        refusal(kBadRequest,
                "send initialize first and its Mcp-Session-Id with all that follows, or name "
                "a revision in params._meta"));
  const auto client = sessions_.find(*headers.session, Sessions::Clock::now());
  if (!client)
    return exchange->answer(refusal(kNotFound, "this session has ended: send initialize again"));
  const Acceptable acceptable = read_accept(headers.accept);
  exchange->begin(has_request(incoming), acceptable.json, acceptable.events);
  const auto outlet = outlet_of(std::string(*headers.session), *client, exchange);
  server_.receive(std::move(incoming), client, outlet);
}

std::shared_ptr<mcp::Outlet> Endpoint::outlet_of(const std::string& session,
                                                 const mcp::Client& client,
                                                 const std::shared_ptr<Exchange>& exchange) const {
  const auto revision = client.revision();
  if (!exchange->can_send() || !revision || !mcp::has_resumption(*revision)) return exchange;
  return std::make_shared<Replay>(exchange, sessions_, session);
}

void Endpoint::resume(const Request& request, const std::shared_ptr<Exchange>& exchange) const {
  const auto id = read_event_id(*request.headers.last_event);
  const auto replay = id ? sessions_.find_replay(*request.headers.session, id->stream) : nullptr;
  if (!replay || !replay->resume(id->number, exchange))
    exchange->answer(refusal(kBadRequest, "what followed this Last-Event-ID is no longer kept"));
}

void Endpoint::open_stream(const Request& request,
                           const std::shared_ptr<Exchange>& exchange) const {
  if (names_modern(request.headers)) {
    Response response = refusal(kMethodNotAllowed, "this revision knows POST only");
    response.allow = "POST";
    return exchange->answer(std::move(response));
  }
  if (!request.headers.session)
    return exchange->answer(refusal(kBadRequest, "a stream belongs to a session"));
  if (request.headers.last_event &&
      sessions_.find(*request.headers.session, Sessions::Clock::now()) != nullptr)
    return resume(request, exchange);
  switch (sessions_.attach(*request.headers.session, exchange, Sessions::Clock::now())) {
    case Sessions::Attached::unknown_session:
      return exchange->answer(refusal(kNotFound, "this session has ended: send initialize again"));
    case Sessions::Attached::has_one:
      return exchange->answer(refusal(kConflict, "this session has a stream already"));
    case Sessions::Attached::yes:
      return exchange->begin_stream();
  }
}

void Endpoint::end_session(const Request& request,
                           const std::shared_ptr<Exchange>& exchange) const {
  if (!request.headers.session)
    return exchange->answer(refusal(kBadRequest, "a DELETE names its session"));
  if (!sessions_.remove(*request.headers.session))
    return exchange->answer(refusal(kNotFound, "no such session"));
  exchange->answer({.status = kNoContent});
}

}  // namespace dbops::http
