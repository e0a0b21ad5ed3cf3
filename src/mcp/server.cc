#include "mcp/server.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "mcp/batch.h"
#include "mcp/tracing.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr size_t kKeyBytes = 32;
constexpr size_t kShownBytes = 64;  // of what a message quotes back

Reply failed(const Message& message, const Failure& failure, bool modern) {
  return {.body = error_frame(message.id, failure),
          .failure = failure.code,
          .envelope = failure.envelope,
          .modern = modern};
}

Failure unknown_method(std::string_view method) {
  return {.code = kMethodNotFound,
          .message = "no method \"" + escape_control(shorten(method, kShownBytes)) + "\" here"};
}

}  // namespace

std::string_view named_param(std::string_view method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  if (method == "tasks/get" || method == "tasks/update" || method == "tasks/cancel")
    return "taskId";
  return {};
}

std::string list_capability(const Server& server, List list) {
  return server.settings().changing.contains(list) ? R"({"listChanged":true})" : "{}";
}

Server::Server(ServerSettings settings)
    : settings_(std::move(settings)),
      seal_(settings_.seal_key.empty() ? random_bytes(kKeyBytes) : settings_.seal_key),
      keeper_(settings_.state ? settings_.state : ops::make_memory_state()),
      executor_(settings_.threads_max, settings_.queue_max),
      task_executor_(tasks_max(), Tasks::kTasksMax) {
  add_lifecycle();
  add_listening();
  add_tasks();
}

Server::~Server() {
  std::vector<std::shared_ptr<Call>> parked;
  {
    const std::lock_guard lock(parked_mutex_);
    parked.swap(parked_);
  }
  {
    // Tasks may end meanwhile, and wake whoever waits for them.
    const std::lock_guard lock(waiting_mutex_);
    for (const auto& [id, call] : waiting_) parked.push_back(call);
    waiting_.clear();
  }
  for (const auto& call : parked) call->cancel();
  for (const auto& call : subscriptions_.take_all()) call->cancel();
  tasks_.end_all();
}

void Server::add(Method method) {
  const std::string_view name = method.name;
  methods_.insert_or_assign(name, std::move(method));
}

void Server::add_capability(std::string_view name, Capability capability) {
  capabilities_.insert_or_assign(std::string(name), std::move(capability));
}

void Server::add_capability(std::string_view name, std::string json) {
  add_capability(name, [json = std::move(json)](const Context&) { return json; });
}

void Server::receive(Incoming incoming, const std::shared_ptr<Client>& client,
                     const std::shared_ptr<Outlet>& outlet) {
  if (!incoming.batch) return receive_one(std::move(incoming.slots.front()), client, outlet);
  const auto revision = client->revision();
  if (!revision || !has_batches(*revision)) {
    const Failure refusal{.code = kInvalidRequest,
                          .message = "batches exist in revision 2025-03-26 only",
                          .data = {},
                          .envelope = true};
    return outlet->finish(failed({}, refusal, false));
  }
  const auto batch = std::make_shared<Batch>(outlet, incoming.slots.size());
  for (Slot& slot : incoming.slots) {
    if (slot.message && (slot.message->method == "initialize" || claimed_version(*slot.message)))
      slot = {.message = refuse_envelope(kInvalidRequest, "what names a revision stands alone"),
              .id = std::move(slot.message->id)};
    receive_one(std::move(slot), client, std::make_shared<Batch::Part>(batch));
  }
}

void Server::receive_one(Slot slot, const std::shared_ptr<Client>& client,
                         const std::shared_ptr<Outlet>& outlet) {
  if (!slot.message) {
    Message unread;
    unread.id = std::move(slot.id);
    return outlet->finish(failed(unread, slot.message.error(), false));
  }
  Message& message = *slot.message;
  if (message.kind == Message::Kind::response) {
    receive_answer(message, *client);
    return outlet->finish({});
  }
  if (message.kind == Message::Kind::notification) {
    receive_notification(message, *client);
    return outlet->finish({});
  }
  const bool handshake = message.method == "initialize" && !has_modern_envelope(message);
  if (claimed_version(message) && !handshake) {
    auto envelope = read_modern_envelope(message);
    if (!envelope) return outlet->finish(failed(message, envelope.error(), true));
    dispatch(std::move(message), std::move(*envelope), client->caller(), client, outlet);
    return;
  }
  auto envelope = client->envelope(message);
  if (!envelope && (handshake || message.method == "ping")) envelope.emplace();
  if (!envelope) {
    const Failure refusal{
        .code = kInvalidRequest,
        .message = "send initialize first, or name a revision in params._meta[\"" +
                   std::string(kVersionKey) + "\"]",
        .data = {},
        .envelope = true};
    return outlet->finish(failed(message, refusal, false));
  }
  dispatch(std::move(message), std::move(*envelope), client->caller(), client, outlet);
}

void Server::receive_notification(const Message& message, Client& client) const {
  if (message.method != "notifications/cancelled") return;
  const json::value* id = member(*message.params, "requestId");
  if (id == nullptr) return;
  if (const auto call = client.find(id_text(*id))) call->cancel();
}

std::shared_ptr<Call> Server::dispatch(Message message, Envelope envelope, const Caller& caller,
                                       const std::shared_ptr<Client>& client,
                                       const std::shared_ptr<Outlet>& outlet) {
  const bool modern = is_modern(envelope.revision);
  const auto found = methods_.find(message.method);
  const Method* method = found != methods_.end() ? &found->second : nullptr;
  if (method == nullptr || !(modern ? method->modern : method->legacy)) {
    outlet->finish(failed(message, unknown_method(message.method), modern));
    return nullptr;
  }
  Context context;
  Loop* const loop = loop_for(*method, message, envelope);
  // Work of this thread is told by its loop's bell, and hardly ever needs a descriptor of its own.
  const Loop* const here = method->quick ? Loop::current() : loop;
  context.cancel = here != nullptr ? Cancel::create(here->bell()) : Cancel::create();
  context.tier = Tier::admin;  // core/policy narrows it, by connection and grants.
  context.principal = caller.principal;
  context.grants = caller.grants;
  RequestTrace begun = begin_trace(message, envelope.revision, settings_.tracing);
  context.trace = std::move(begun.trace);
  auto call = std::make_shared<Call>(std::move(message), std::move(envelope), std::move(context),
                                     client, outlet);
  call->method_ = method;
  call->span_ = std::move(begun.span);
  if (client && !client->add(call->message_.id, call)) {
    const Failure refusal{.code = kInvalidRequest,
                          .message = "a request of this id is in flight",
                          .data = {},
                          .envelope = true};
    outlet->finish(failed(call->message_, refusal, modern));
    return nullptr;
  }
  if (method->quick) {
    run(call);
    return call->stays_ ? call : nullptr;
  }
  if (!call->envelope_.progress_token.empty()) {
    const std::lock_guard lock(hopeful_mutex_);
    hopeful_.push_back(call);
  }
  submit(call, loop);
  return call;
}

// nullptr: it is for the executor. A batch is of no known size, and for it as well.
// So is what may become a task, or is to be one: the state that it is kept in may block.
Loop* Server::loop_for(const Method& method, const Message& message,
                       const Envelope& envelope) const {
  Loop* const loop = Loop::current();
  if (loop == nullptr || method.quick || !method.light) return nullptr;
  if (settings_.tasks && (declares_tasks(envelope) || asks_for_task(envelope, *message.params)))
    return nullptr;
  if (message.bytes == 0 || message.bytes > kLightBytesMax) return nullptr;
  return method.light(*message.params) ? loop : nullptr;
}

std::vector<MirroredParam> Server::mirrored_params(const Message& message) const {
  const auto found = methods_.find(message.method);
  if (found == methods_.end() || !found->second.mirrored) return {};
  return found->second.mirrored(*message.params);
}

bool Server::asks_to_listen(const Message& message) const {
  const auto found = methods_.find(message.method);
  return found != methods_.end() && found->second.listens;
}

std::optional<Need> Server::need(const Message& message) const {
  return needs_ ? needs_(message) : std::nullopt;
}

void Server::submit(const std::shared_ptr<Call>& call, Loop* loop) {
  if (loop != nullptr && loop->spawn([this, call] { run(call); })) return;
  Executor& executor = call->task_ && !call->task_->is_waiting() ? task_executor_ : executor_;
  if (executor.submit([this, call] { run(call); })) return;
  fail_call(call, {.code = kInternalError,
                   .message = "too many requests are waiting: try again later",
                   .data = R"({"code":"busy","effect":"none","retryable":true})"});
}

void Server::run(const std::shared_ptr<Call>& call) {
  if (call->cancelled_) return finish(call, {});
  if (call->is_stopped()) return finish(call, call->stopped_reply());
  call->body_.clear();
  call->stays_ = call->tool_failed_ = false;
  open_result_frame(call->body_, call->message_.id);
  JsonWriter result(call->body_);
  const size_t start = call->body_.size();
  Outcome outcome = run_method(*call, result);
  const auto left = std::exchange(call->left_, nullptr);
  if (call->stays_) {
    // Another thread may go on with it from here on.
    if (left) left();
    return;
  }
  if (call->cancelled_) return finish(call, {});
  if (!outcome) return fail_call(call, outcome.error());

  if (*outcome)
    if (auto refusal = refuse_questions(*call, **outcome)) return fail_call(call, *refusal);

  const bool modern = is_modern(call->revision());
  if (*outcome && call->task_ && !call->task_->is_waiting())
    return park_task(call, std::move(**outcome));
  if (*outcome && !modern) {
    park(call, std::move(**outcome));
    if (left) left();
    return;
  }
  if (*outcome) {
    call->body_.resize(start);
    JsonWriter asking(call->body_);
    write_questions(*call, **outcome, asking);
    write_modern(*call, "input_required", asking);
  } else if (modern) {
    write_modern(*call, call->result_type_, result);
  }
  call->body_ += "}}";
  finish(call,
         {.body = std::move(call->body_), .modern = modern, .tool_failed = call->tool_failed_});
}

// One of the two borders where exceptions end: what third-party code and the allocator throw fails
// the call, not the server.
Outcome Server::run_method(Call& call, JsonWriter& result) const {
  try {
    if (auto taken = take_answers(call); !taken) return tl::unexpected(taken.error());
    return call.method_->run(call, result);
  } catch (const std::exception& thrown) {
    log::error(std::string("a call ended in an exception: ") + thrown.what() +
               trace_suffix(call.context().trace));
    return refuse(kInternalError, "internal error: see the log of the server");
  }
}

void Server::write_modern(const Call& call, std::string_view type, JsonWriter& result) const {
  result.member("resultType", type);
  if (call.method_->cache_life && type == "complete") {
    result.member("ttlMs", int64_t{call.method_->cache_life->count()});
    result.member("cacheScope", call.method_->cache_public ? "public" : "private");
  }
  result.key("_meta").begin_object().key(kServerInfoKey);
  write_server_info(result, false);
  if (call.method_->listens) result.key(kSubscriptionKey).raw(call.message_.id);
  result.end_object();
}

void Server::tick() {
  std::vector<std::shared_ptr<Call>> expired;
  {
    const std::lock_guard lock(parked_mutex_);
    for (const auto& call : parked_) {
      const std::lock_guard call_lock(call->mutex_);
      if (call->patience_.passed() || call->phase_ != Call::Phase::parked) expired.push_back(call);
    }
    for (const auto& call : expired) std::erase(parked_, call);
  }
  for (const auto& call : expired) give_up_waiting(call);
  subscriptions_.trim();
  show_life();
  if (housekeeping_) housekeeping_();
  if (at_chores_.exchange(true)) return;
  if (!chores_executor_.submit([this] { do_chores(); })) at_chores_ = false;
}

void Server::show_life() {
  std::vector<std::shared_ptr<Call>> calls;
  {
    const std::lock_guard lock(hopeful_mutex_);
    std::erase_if(hopeful_, [&](const std::weak_ptr<Call>& each) {
      const auto call = each.lock();
      if (call) calls.push_back(call);
      return call == nullptr;
    });
  }
  for (const auto& call : calls) call->show_life(settings_.life_sign);
}

// Off the front's thread, for it may block.
void Server::do_chores() {
  look_after_tasks();
  if (chores_due_.passed()) {
    chores_due_ = Deadline::after(kChoresEvery);
    if (chores_) chores_();
  }
  at_chores_ = false;
}

void Server::fail_call(const std::shared_ptr<Call>& call, const Failure& failure) const {
  finish(call, failed(call->message_, failure, is_modern(call->revision())));
}

void Server::finish(const std::shared_ptr<Call>& call, Reply reply) const {
  {
    const std::lock_guard lock(call->mutex_);
    call->phase_ = Call::Phase::finished;
  }
  call->conclude(std::move(reply));
}

}  // namespace dbops::mcp
