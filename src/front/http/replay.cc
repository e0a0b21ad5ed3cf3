#include "front/http/replay.h"

#include <charconv>

#include "base/bytes.h"
#include "wire/sse.h"

namespace dbops::http {

std::optional<EventId> read_event_id(std::string_view text) {
  const size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  EventId id{.stream = text.substr(0, dash)};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + dash + 1, end, id.number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return id;
}

Replay::Replay(std::shared_ptr<Exchange> exchange, Sessions& sessions, std::string session)
    : takes_events_(exchange->can_send()),
      budget_(sessions.kept_bytes()),
      calls_(exchange->calls()),
      sessions_(sessions),
      session_(std::move(session)),
      exchange_(std::move(exchange)) {}

Replay::~Replay() { budget_->give_back(kept_bytes_); }

void Replay::send(std::string message) {
  if (!takes_events_) return;
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  begin();
  if (exchange_) exchange_->send_event({.id = id_of(last_ + 1), .data = message});
  add(std::move(message));
}

void Replay::finish(mcp::Reply reply) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    finished_ = Clock::now();
    answered_ = !reply.body.empty();
    const auto exchange = std::move(exchange_);
    if (!streams_) return exchange->finish(std::move(reply));
    if (exchange && reply.body.empty()) exchange->finish({});
    if (exchange && !reply.body.empty())
      exchange->finish_event({.id = id_of(last_ + 1), .data = reply.body});
    if (!reply.body.empty()) add(std::move(reply.body));
  }
  calls_->leave();
}

void Replay::pause() {
  if (!takes_events_) return;
  const std::lock_guard lock(mutex_);
  if (finished_ || !exchange_) return;
  begin();
  exchange_->finish({});
  exchange_ = nullptr;
}

bool Replay::resume(uint64_t after, const std::shared_ptr<Exchange>& exchange) {
  const std::lock_guard lock(mutex_);
  const uint64_t first = last_ - kept_.size() + 1;
  if (after > last_ || after + 1 < first) return false;
  // The one before has lost its client, and does not know it yet.
  if (exchange_) exchange_->finish({});
  exchange_ = exchange;
  exchange->begin_stream();
  uint64_t number = first;
  for (const std::string& message : kept_) {
    if (number > after) exchange->send_event({.id = id_of(number), .data = message});
    ++number;
  }
  if (finished_) {
    exchange_ = nullptr;
    exchange->finish({});
  }
  return true;
}

bool Replay::is_cancelled() const {
  const std::lock_guard lock(mutex_);
  return finished_ && !answered_;
}

bool Replay::is_over(Clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  return finished_ && now - *finished_ > kLife;
}

// The first event carries no message: it gives the client an id to come back with.
void Replay::begin() {
  if (std::exchange(streams_, true)) return;
  name_ = random_name();
  calls_->enter();
  sessions_.keep(session_, shared_from_this());
  exchange_->send_event({.id = id_of(0), .retry = kRetry});
}

void Replay::add(std::string message) {
  ++last_;
  while (!kept_.empty() && kept_bytes_ + message.size() > kKeptBytesMax) drop(1);
  // Without this one those before it are of no use.
  if (message.size() > kKeptBytesMax || !budget_->take(message.size())) return drop(kept_.size());
  kept_bytes_ += message.size();
  kept_.push_back(std::move(message));
}

void Replay::drop(size_t count) {
  for (; count > 0; --count) {
    kept_bytes_ -= kept_.front().size();
    budget_->give_back(kept_.front().size());
    kept_.pop_front();
  }
}

std::string Replay::id_of(uint64_t number) const { return name_ + "-" + std::to_string(number); }

}  // namespace dbops::http
