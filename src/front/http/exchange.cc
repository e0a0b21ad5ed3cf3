#include "front/http/exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "wire/sse.h"

namespace dbops::http {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEvents = "text/event-stream";

// basic/transports/streamable-http, "HTTP status codes" (2026-07-28); what a handler says is 200.
unsigned status_of(const mcp::Reply& reply) {
  switch (reply.failure) {
    case mcp::kParseError:
    case mcp::kInvalidRequest:
    case mcp::kHeaderMismatch:
    case mcp::kMissingCapability:
    case mcp::kUnsupportedVersion:
      return kBadRequest;
    case mcp::kInvalidParams:
      return reply.envelope ? kBadRequest : kOk;
    case mcp::kMethodNotFound:
      return reply.modern ? kNotFound : kOk;
    default:
      return kOk;
  }
}

void append_message(std::string& out, const SseEvent& event) {
  // Ids are made here, and names are not used: there is nothing in it that could be refused.
  const auto appended = append_event(out, event);
  if (!appended) out.clear();
}

}  // namespace

void Gauge::enter() {
  const std::lock_guard lock(mutex_);
  ++count_;
}

void Gauge::leave() {
  const std::lock_guard lock(mutex_);
  if (--count_ == 0) empty_.notify_all();
}

bool Gauge::wait(Deadline deadline) const {
  std::unique_lock lock(mutex_);
  const auto is_empty = [this] { return count_ == 0; };
  if (const auto left = deadline.remaining()) return empty_.wait_for(lock, *left, is_empty);
  empty_.wait(lock, is_empty);
  return true;
}

size_t Gauge::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void Exchange::send(std::string message) { send_event({.data = std::move(message)}); }

void Exchange::send_event(const SseEvent& event) {
  const std::lock_guard lock(mutex_);
  if (finished_ || gone_ || !events_ || unsent_.size() - sent_ > kUnsentBytesMax) return;
  streaming_ = true;
  append_message(unsent_, event);
  wake();
}

void Exchange::finish(mcp::Reply reply) {
  std::shared_ptr<mcp::Call> call;  // Let go outside the lock.
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(finished_, true)) return;
    call = std::move(call_);
    succeeded_ = !reply.body.empty() && reply.failure == 0;
    // A refusal has a status of its own, which an event stream could not carry. A request that is
    // not answered, because its client has cancelled it, gets a stream without events: there is no
    // JSON that would say nothing.
    if (!streaming_ && events_ && (!json_ || reply.body.empty()) && status_of(reply) == kOk)
      streaming_ = true;
    if (streaming_) {
      if (!reply.body.empty()) append_message(unsent_, {.data = std::move(reply.body)});
    } else if (!reply.body.empty()) {
      response_.status = status_of(reply);
      response_.content_type = kJson;
      response_.body = std::move(reply.body);
    } else {
      // A client that takes JSON alone; anything but a request was accepted.
      response_.status = request_ ? kNoContent : kAccepted;
    }
    wake();
  }
  calls_->leave();
}

void Exchange::finish_event(const SseEvent& event) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    streaming_ = true;
    append_message(unsent_, event);
  }
  finish({});
}

void Exchange::answer(Response response) {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  streaming_ = false;
  response_ = std::move(response);
}

void Exchange::begin(bool request, bool json, bool events) {
  calls_->enter();
  answers_->enter();
  const std::lock_guard lock(mutex_);
  begun_ = true;
  request_ = request;
  json_ = json || !request;
  events_ = events && request;
}

void Exchange::begin_stream() {
  calls_->enter();
  answers_->enter();
  const std::lock_guard lock(mutex_);
  begun_ = true;
  events_ = true;
  streaming_ = true;
  append_comment(unsent_, "open");  // Some clients wait for the first bytes of the body.
}

void Exchange::set_call(const std::shared_ptr<mcp::Call>& call) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    call_ = call;
    if (!gone_) return;
  }
  if (call) call->cancel();
}

bool Exchange::succeeded() const {
  const std::lock_guard lock(mutex_);
  return succeeded_;
}

void Exchange::keep_alive() {
  const std::lock_guard lock(mutex_);
  if (!streaming_ || finished_ || gone_ || sent_ < unsent_.size()) return;
  append_comment(unsent_, "keepalive");
  wake();
}

void Exchange::stop() {
  std::shared_ptr<mcp::Call> call;
  {
    const std::lock_guard lock(mutex_);
    call = call_;
  }
  if (call) call->stop();
}

void Exchange::leave() {
  std::shared_ptr<mcp::Call> call;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(gone_, true)) return;
    call = call_;
    if (streaming_) wake();
  }
  if (call) call->cancel();
}

bool Exchange::is_idle_stream() const {
  const std::lock_guard lock(mutex_);
  return streaming_ && !call_;
}

bool Exchange::await() {
  const std::lock_guard lock(mutex_);
  if (proceeds_) return false;
  if (!std::exchange(awaits_, true)) calls_->enter();
  asleep_ = true;
  return true;
}

void Exchange::proceed() {
  bool counted = false;
  {
    const std::lock_guard lock(mutex_);
    proceeds_ = true;
    counted = awaits_;
    wake();
  }
  if (counted) calls_->leave();
}

Exchange::Turn Exchange::settle() {
  const std::lock_guard lock(mutex_);
  if (streaming_) {
    response_.status = kOk;
    response_.content_type = kEvents;
    return Turn::streams;
  }
  if (finished_) return Turn::responds;
  asleep_ = true;
  return Turn::sleeps;
}

ssize_t Exchange::read(char* into, size_t size) {
  const std::lock_guard lock(mutex_);
  const size_t count = std::min(size, unsent_.size() - sent_);
  if (count > 0) {
    std::memcpy(into, unsent_.data() + sent_, count);
    sent_ += count;
    if (sent_ == unsent_.size()) {
      unsent_.clear();
      sent_ = 0;
    }
    return static_cast<ssize_t>(count);
  }
  if (finished_) return kEnd;
  asleep_ = true;
  return kAsleep;
}

void Exchange::release() {
  bool begun = false;
  bool is_open_stream = false;
  {
    const std::lock_guard lock(mutex_);
    sleeper_ = nullptr;
    begun = std::exchange(begun_, false);
    is_open_stream = streaming_ && !request_;
  }
  leave();
  // Nobody else ends a stream that belongs to no call.
  if (is_open_stream) finish({});
  if (begun) answers_->leave();
}

void Exchange::wake() {
  if (!asleep_ || sleeper_ == nullptr) return;
  asleep_ = false;
  sleeper_->wake();
}

}  // namespace dbops::http
