// What a call needs an answer to from its client, round by round: as a result that asks (modern),
// or as requests to the client (legacy).
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "mcp/server.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

// What a sealed state is bound to, beside the one who asks: the request but for what changes from
// round to round.
std::string binding_of(std::string_view principal, std::string_view method,
                       const json::object& params) {
  std::string bound;
  JsonWriter writer(bound);
  writer.begin_array().string(principal).string(method);
  for (const auto& param : params) {
    if (param.key() == "_meta" || param.key() == "inputResponses" || param.key() == "requestState")
      continue;
    writer.string(param.key()).json(param.value());
  }
  writer.end_array();
  return bound;
}

// Set on what a client answered when it could not or would not.
json::object dismissed() { return {{"action", "cancel"}}; }

// The capability that lets a client answer a question of that method.
bool can_answer(const ClientCapabilities& client, std::string_view method) {
  if (method == "elicitation/create") return client.elicitation_form || client.elicitation_url;
  if (method == "sampling/createMessage") return client.sampling;
  return method == "roots/list" && client.roots;
}

}  // namespace

// What keeps these questions from being asked of this client.
std::optional<Failure> Server::refuse_questions(const Call& call, const Questions& questions) {
  for (const Question& question : questions.items)
    if (!can_answer(call.envelope().client, question.method))
      return missing_capability(question.method.substr(0, question.method.find('/')));
  if (is_modern(call.revision()) || call.outlet_->can_send()) return std::nullopt;
  return Failure{.code = kInvalidRequest,
                 .message = "this call asks questions: it is answered by text/event-stream only"};
}

// What a modern request brings from an earlier round.
tl::expected<void, Failure> Server::take_answers(Call& call) const {
  if (!is_modern(call.revision()) || !call.method_->asks) return {};
  const json::object& params = call.params();
  if (const json::value* answers = member(params, "inputResponses")) {
    if (!answers->is_object()) return refuse(kInvalidParams, "inputResponses is an object");
    for (const auto& answer : answers->get_object())
      if (!answer.value().is_object())
        return refuse(kInvalidParams, "each of inputResponses is an object");
    call.answers_ = &answers->get_object();
  }
  if (const json::value* sealed = member(params, "requestState")) {
    std::optional<std::string> state;
    if (sealed->is_string())
      state = seal_.open(sealed->get_string(),
                         binding_of(call.context_.principal, call.method_->name, params),
                         std::chrono::system_clock::now());
    if (!state)
      return refuse(kInvalidParams,
                    "requestState was not made here for this request, or has expired");
    call.state_ = std::move(*state);
  }
  return {};
}

void Server::write_questions(const Call& call, const Questions& questions,
                             JsonWriter& result) const {
  result.key("inputRequests").begin_object();
  for (const Question& question : questions.items) {
    result.key(question.key).begin_object().member("method", question.method);
    result.key("params").raw(question.params).end_object();
  }
  result.end_object();
  const auto expiry = std::chrono::system_clock::now() + settings_.answer_life;
  result.member(
      "requestState",
      seal_.close(questions.state,
                  binding_of(call.context_.principal, call.method_->name, call.params()), expiry));
}

// Legacy: the questions go to the client as requests, and the call waits for the answers without
// holding a thread.
void Server::park(const std::shared_ptr<Call>& call, Questions questions) {
  if (++call->rounds_ > kRoundsMax || !call->client_ || questions.items.empty())
    return fail_call(call, {.code = kInternalError, .message = "too many rounds of questions"});
  {
    const std::lock_guard lock(call->mutex_);
    call->phase_ = Call::Phase::parked;
    call->unanswered_ = questions.items.size();
    call->patience_ = Deadline::after(settings_.answer_life);
    call->state_ = std::move(questions.state);
    call->collected_ = std::make_shared<json::object>();
  }
  {
    const std::lock_guard lock(parked_mutex_);
    parked_.push_back(call);
  }
  for (const Question& question : questions.items) {
    const auto id = call->client_->ask({call, question.key});
    if (!id) return call->stop();
    call->outlet_->send(request_frame(*id, question.method, question.params));
  }
  // Cancelled since: then nobody took back the questions that came later.
  if (call->context_.cancel.requested()) {
    call->stop();
    call->withdraw_questions();
  }
}

void Server::receive_answer(const Message& message, Client& client) {
  int64_t id = 0;
  const char* end = message.id.data() + message.id.size();
  const auto [stop, error] = std::from_chars(message.id.data(), end, id);
  if (error != std::errc() || stop != end) return;
  const auto asked = client.answered(id);
  if (!asked) return;
  const json::object* result = message.result != nullptr ? message.result->if_object() : nullptr;
  const std::shared_ptr<Call>& call = asked->call;
  {
    const std::lock_guard lock(call->mutex_);
    if (call->phase_ != Call::Phase::parked) return;
    call->collected_->insert_or_assign(asked->key, result != nullptr ? *result : dismissed());
    if (--call->unanswered_ > 0) return;
    call->answers_ = call->collected_.get();
    call->phase_ = Call::Phase::working;
  }
  {
    const std::lock_guard lock(parked_mutex_);
    std::erase(parked_, call);
  }
  submit(call);
}

// The handler finds its open questions dismissed, as if the person had closed the form.
void Server::give_up_waiting(const std::shared_ptr<Call>& call) {
  {
    const std::lock_guard lock(call->mutex_);
    if (call->phase_ != Call::Phase::parked) return;
    call->phase_ = Call::Phase::working;
  }
  for (const std::string& key : call->withdraw_questions())
    call->collected_->insert_or_assign(key, dismissed());
  call->answers_ = call->collected_.get();
  submit(call);
}

}  // namespace dbops::mcp
