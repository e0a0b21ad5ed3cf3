#include "front/http/endpoint.h"

#include <algorithm>
#include <charconv>

#include "front/http/replay.h"

namespace dbops::http {
namespace {

using mcp::Message;

constexpr std::string_view kPostOnly = "this revision knows POST only";
constexpr std::string_view kUnknownRevision =
    "the header MCP-Protocol-Version names no revision known here";
constexpr std::string_view kSessionEnded = "this session has ended: send initialize again";
constexpr std::string_view kTooManyStreams = "too many streams are open: try again later";

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

// 2025-11-25, basic/transports, "Protocol Version Header": of any request but a handshake, whose
// body says what the client would speak.
bool names_unknown(const Headers& headers) {
  return headers.version && !mcp::parse_revision(*headers.version);
}

Secret token_of(const Request& request) {
  const auto& sent = request.headers.authorization;
  const auto token = sent ? read_bearer(*sent) : std::nullopt;
  return Secret(std::string(token.value_or(std::string_view())));
}

mcp::Failure invalid(std::string_view message) {
  return {.code = mcp::kInvalidRequest, .message = std::string(message)};
}

// What a refusal of the whole answers; empty: several messages, or none that is answered.
std::string_view id_of(const mcp::Incoming& incoming) {
  const mcp::Slot& slot = incoming.slots.front();
  const bool asks = slot.message && slot.message->kind == Message::Kind::request;
  return asks && !incoming.batch ? std::string_view(slot.message->id) : std::string_view();
}

bool has_request(const mcp::Incoming& incoming) {
  for (const mcp::Slot& slot : incoming.slots)
    if (!slot.message || slot.message->kind == Message::Kind::request) return true;
  return false;
}

}  // namespace

std::optional<Response> Endpoint::refuse_early(Request& request) const {
  if (request.path != kPath) return refusal(kNotFound, "nothing is here: the endpoint is /mcp");
  if (auto refused = gate_.authenticate(request)) return refused;
  if (request.method == "DELETE") return std::nullopt;
  request.accepts = read_accept(request.headers.accept);
  if (request.method == "GET") {
    if (request.accepts.events) return std::nullopt;
    return refusal(kNotAcceptable, "a GET is answered by text/event-stream");
  }
  if (request.method != "POST")
    return not_allowed("POST, GET and DELETE are understood", "GET, POST, DELETE");
  return refuse_post(request);
}

std::optional<Response> Endpoint::refuse_post(const Request& request) const {
  const Headers& headers = request.headers;
  if (!is_json(headers.content_type))
    return refusal(kUnsupportedType, "the body must be application/json");
  if (!request.accepts.json && !request.accepts.events)
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

// RFC 6750, section 3.1: one challenge names all that the request lacks.
std::optional<Response> Endpoint::refuse_beyond(const Caller& caller,
                                                const mcp::Incoming& incoming) const {
  if (!caller.grants) return std::nullopt;
  std::optional<Tier> lacked;
  std::string_view id;
  for (const mcp::Slot& slot : incoming.slots) {
    const auto need = slot.message ? server_.need(*slot.message) : std::nullopt;
    if (!need || caller.grants->granted(need->connection) >= need->tier) continue;
    lacked = std::max(lacked, std::optional(need->tier));
    if (!incoming.batch) id = slot.message->id;
  }
  if (!lacked) return std::nullopt;
  return gate_.insufficient_scope(id, caller, "db:" + std::string(name(*lacked)));
}

// basic/versioning, "Backward Compatibility": the era of a message is told by its body.
void Endpoint::post(const Request& request, std::string_view body,
                    const std::shared_ptr<Exchange>& exchange) const {
  auto incoming = mcp::parse_incoming(body);
  const size_t calls = incoming ? incoming->slots.size() : 1;
  if (const auto wait = rates_.take(request.caller.principal, calls, Rates::Clock::now()))
    return exchange->answer(
        refusal_for(*wait, kTooMany, incoming ? id_of(*incoming) : std::string_view(),
                    request.caller.principal + " has used up the calls of this minute"));
  if (!incoming) return exchange->answer(refusal(kBadRequest, {}, incoming.error()));
  if (auto refused = refuse_beyond(request.caller, *incoming))
    return exchange->answer(std::move(*refused));
  if (const auto trace = request.headers.trace())
    for (mcp::Slot& slot : incoming->slots)
      if (slot.message) slot.message->carried = trace;
  if (incoming->batch) {
    if (claims_version(*incoming))
      return exchange->answer(refusal(kBadRequest, "a request of this revision stands alone"));
    return legacy(request, std::move(*incoming), exchange);
  }
  mcp::Slot& slot = incoming->slots.front();
  if (!slot.message) return exchange->answer(refusal(kBadRequest, slot.id, slot.message.error()));
  const Message& message = *slot.message;
  if (is_handshake(message)) return handshake(request, std::move(*incoming), exchange);
  if (mcp::claimed_version(message)) return modern(request, std::move(*slot.message), exchange);
  if (!names_modern(request.headers)) return legacy(request, std::move(*incoming), exchange);

  if (message.kind == Message::Kind::request)
    return exchange->answer(refusal(kBadRequest, message.id, mcp::missing_envelope(message)));
  if (message.kind == Message::Kind::response)
    return exchange->answer(refusal(kBadRequest, "no request was sent that this could answer"));
  exchange->answer({.status = kAccepted});
}

void Endpoint::modern(const Request& request, Message message,
                      const std::shared_ptr<Exchange>& exchange) const {
  if (const auto checked = check_version_header(request.headers, message); !checked)
    return exchange->answer(refusal(kBadRequest, message.id, checked.error()));
  auto envelope = mcp::read_modern_envelope(message);
  if (!envelope)
    return exchange->answer(
        refusal(envelope.error().envelope ? kBadRequest : kOk, message.id, envelope.error()));
  // Over HTTP the client has nothing to notify of: it cancels by leaving.
  if (message.kind != Message::Kind::request) return exchange->answer({.status = kAccepted});
  if (const auto checked = check_method_headers(request.headers, message); !checked)
    return exchange->answer(refusal(kBadRequest, message.id, checked.error()));
  if (const auto checked = check_param_headers(request.headers, server_.mirrored_params(message));
      !checked)
    return exchange->answer(refusal(kBadRequest, message.id, checked.error()));

  if (server_.asks_to_listen(message) && !sessions_.has_room(server_.open_subscriptions()))
    return exchange->answer(
        refusal(kUnavailable, message.id,
                {.code = mcp::kInternalError, .message = std::string(kTooManyStreams)}));
  exchange->begin(true, request.accepts.json, request.accepts.events);
  const auto call =
      server_.dispatch(std::move(message), std::move(*envelope), request.caller, nullptr, exchange);
  exchange->set_call(call);
  if (call && call->listens()) watch_listener(request, call);
}

void Endpoint::watch_listener(const Request& request,
                              const std::shared_ptr<mcp::Call>& call) const {
  const std::weak_ptr<mcp::Call> weak = call;
  passes_.add({.stream = call,
               .token = token_of(request),
               .principal = request.caller.principal,
               .renew =
                   [&server = server_, weak](const Caller& caller) {
                     if (const auto open = weak.lock()) server.renew(*open, caller);
                   },
               .end =
                   [&server = server_, weak] {
                     if (const auto open = weak.lock()) server.end_subscription(open);
                   }});
}

void Endpoint::watch_stream(const Request& request, const std::shared_ptr<mcp::Client>& client,
                            const std::shared_ptr<Exchange>& exchange) const {
  const std::weak_ptr<Exchange> weak = exchange;
  passes_.add({.stream = exchange,
               .token = token_of(request),
               .principal = request.caller.principal,
               .renew = [&server = server_,
                         client](const Caller& caller) { server.renew(*client, caller); },
               .end =
                   [weak] {
                     if (const auto open = weak.lock()) open->finish({});
                   }});
}

void Endpoint::handshake(const Request& request, mcp::Incoming incoming,
                         const std::shared_ptr<Exchange>& exchange) const {
  const std::string id = incoming.slots.front().message->id;
  if (names_modern(request.headers))
    return exchange->answer(
        refusal(kBadRequest, id,
                {.code = mcp::kHeaderMismatch,
                 .message = "the revision of the header MCP-Protocol-Version has no initialize"}));
  const auto client = std::make_shared<mcp::Client>(request.caller);
  exchange->begin(true, request.accepts.json, request.accepts.events);
  server_.receive(std::move(incoming), client, exchange);
  if (!exchange->succeeded()) return;
  auto session = sessions_.add(client, Sessions::Clock::now());
  if (!session)
    return exchange->answer(
        refusal(kUnavailable, id, invalid("too many sessions: try again later")));
  exchange->set_session(std::move(*session));
}

void Endpoint::legacy(const Request& request, mcp::Incoming incoming,
                      const std::shared_ptr<Exchange>& exchange) const {
  const Headers& headers = request.headers;
  const auto refuse = [&](unsigned status, std::string_view message) {
    exchange->answer(refusal(status, id_of(incoming), invalid(message)));
  };
  if (names_unknown(headers)) return refuse(kBadRequest, kUnknownRevision);
  if (!headers.session)
    return refuse(kBadRequest,
                  "send initialize first and its Mcp-Session-Id with all that follows, or name "
                  "a revision in params._meta");
  const auto client =
      sessions_.find(*headers.session, request.caller.principal, Sessions::Clock::now());
  if (!client) return refuse(kNotFound, kSessionEnded);
  client->renew(request.caller.grants);
  exchange->begin(has_request(incoming), request.accepts.json, request.accepts.events);
  const auto outlet = outlet_of(*headers.session, *client, exchange);
  server_.receive(std::move(incoming), client, outlet);
}

std::shared_ptr<mcp::Outlet> Endpoint::outlet_of(std::string_view session,
                                                 const mcp::Client& client,
                                                 const std::shared_ptr<Exchange>& exchange) const {
  if (!exchange->can_send()) return exchange;
  const auto revision = client.revision();
  if (!revision || !mcp::has_resumption(*revision)) return exchange;
  return std::make_shared<Replay>(exchange, sessions_, std::string(session));
}

void Endpoint::resume(const Request& request, const std::shared_ptr<Exchange>& exchange) const {
  const auto id = read_event_id(*request.headers.last_event);
  const auto replay = id ? sessions_.find_replay(*request.headers.session, id->stream) : nullptr;
  if (replay && replay->is_cancelled())
    return exchange->answer(
        not_allowed("the request of this stream was cancelled", "POST, DELETE"));
  if (!replay || !replay->resume(id->number, exchange))
    exchange->answer(refusal(kBadRequest, "what followed this Last-Event-ID is no longer kept"));
}

void Endpoint::open_stream(const Request& request,
                           const std::shared_ptr<Exchange>& exchange) const {
  if (names_modern(request.headers)) return exchange->answer(not_allowed(kPostOnly, "POST"));
  if (names_unknown(request.headers))
    return exchange->answer(refusal(kBadRequest, kUnknownRevision));
  if (!request.headers.session)
    return exchange->answer(refusal(kBadRequest, "a stream belongs to a session"));
  const auto client =
      sessions_.find(*request.headers.session, request.caller.principal, Sessions::Clock::now());
  if (request.headers.last_event && client) return resume(request, exchange);
  switch (sessions_.attach(*request.headers.session, request.caller.principal, exchange,
                           Sessions::Clock::now(), server_.open_subscriptions())) {
    case Sessions::Attached::unknown_session:
      return exchange->answer(refusal(kNotFound, kSessionEnded));
    case Sessions::Attached::has_one:
      return exchange->answer(refusal(kConflict, "this session has a stream already"));
    case Sessions::Attached::too_many:
      return exchange->answer(refusal(kUnavailable, kTooManyStreams));
    case Sessions::Attached::yes:
      exchange->begin_stream();
      return watch_stream(request, client, exchange);
  }
}

void Endpoint::end_session(const Request& request,
                           const std::shared_ptr<Exchange>& exchange) const {
  if (names_modern(request.headers)) return exchange->answer(not_allowed(kPostOnly, "POST"));
  if (names_unknown(request.headers))
    return exchange->answer(refusal(kBadRequest, kUnknownRevision));
  if (!request.headers.session)
    return exchange->answer(refusal(kBadRequest, "a DELETE names its session"));
  if (!sessions_.remove(*request.headers.session, request.caller.principal))
    return exchange->answer(refusal(kNotFound, "no such session"));
  exchange->answer({.status = kNoContent});
}

}  // namespace dbops::http
