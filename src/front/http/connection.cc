#include "front/http/connection.h"

#include <algorithm>
#include <utility>

#include "front/http/answer_head.h"
#include "front/http/worker.h"

namespace dbops::http {
namespace {

using std::chrono::milliseconds;

constexpr size_t kJoinedBytes = 16u << 10;  // of a body: as many are sent with its head
constexpr size_t kStreamBlockBytes = 4096;  // of a stream: at once
constexpr size_t kStreamBytes = 16u << 10;  // ... and before they are sent
constexpr size_t kKeptBytes = 16u << 10;    // of a buffer's memory, between two requests
constexpr size_t kLingerBytes = 16u << 20;  // that are read from who is answered nothing more
constexpr size_t kRequestsAtOnce = 16;      // of one connection, before others have a turn
constexpr milliseconds kLinger{2000};

void empty(std::string& buffer) {
  buffer.clear();
  if (buffer.capacity() > kKeptBytes) buffer.shrink_to_fit();
}

}  // namespace

Connection::Connection(std::unique_ptr<Channel> channel, Service& service, Worker& worker)
    : channel_(std::move(channel)),
      service_(service),
      worker_(worker),
      due_(Clock::time_point::max()),
      reader_(service.settings.header_bytes_max) {}

Connection::~Connection() = default;

Result<void> Connection::open() {
  DBOPS_TRY(worker_.loop().watch(channel_->fd(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this));
  open_ = true;
  allow(service_.settings.header_time_max);
  return {};
}

void Connection::allow(milliseconds span) {
  due_ = worker_.now() + span;
  worker_.expect(due_);
}

void Connection::ready(uint32_t events) {
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) left_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & EPOLLOUT) != 0) writable_ = true;
  if (channel_->is_layered()) readable_ = writable_ = true;
  go_on();
}

void Connection::wake() { worker_.wake(shared_from_this()); }

void Connection::keep_alive() {
  if (exchange_) exchange_->keep_alive();
}

void Connection::stop() {
  if (exchange_) exchange_->stop();
}

void Connection::close() {
  if (!std::exchange(open_, false)) return;
  due_ = Clock::time_point::max();
  if (exchange_) {
    exchange_->release();
    exchange_.reset();
  }
  worker_.loop().forget(channel_->fd());
  worker_.remove(*this);  // Which keeps it until nobody is in here.
}

void Connection::go_on() {
  for (size_t answered = 0; open_;) {
    if (!flush()) return;
    bool moved = false;
    switch (step_) {
      case Step::head:
        moved = read_head();
        break;
      case Step::body:
      case Step::refused:
        moved = read_body();
        break;
      case Step::call:
        moved = settle();
        break;
      case Step::stream:
        moved = read_stream();
        break;
      case Step::linger:
        moved = drain();
        break;
    }
    if (!moved) return;
    if (step_ == Step::head && ++answered > kRequestsAtOnce) return wake();
  }
}

// False: nothing has come, or the end.
bool Connection::receive() {
  while (readable_) {
    const auto scratch = worker_.scratch();
    const Channel::Moved moved = channel_->read(scratch);
    if (moved.then == Channel::Then::never) return close(), false;
    readable_ = moved.then == Channel::Then::more;
    if (moved.bytes == 0) continue;
    if (step_ == Step::head && in_.empty())
      allow(std::min(service_.settings.header_time_max, service_.settings.idle_time_max));
    in_.append(scratch.data(), moved.bytes);
    return true;
  }
  if (left_) close();
  return false;
}

// True: all was sent.
bool Connection::flush() {
  while (sent_ < out_.size() || !tail_.empty()) {
    if (!writable_) return false;
    const bool in_tail = sent_ == out_.size();
    const std::string_view part = in_tail ? tail_ : std::string_view(out_).substr(sent_);
    const Channel::Moved moved = channel_->write(part, !in_tail && !tail_.empty());
    if (moved.then == Channel::Then::never) return close(), false;
    if (moved.then == Channel::Then::later) {
      writable_ = false;
      allow(service_.settings.idle_time_max);
    }
    if (in_tail)
      tail_.remove_prefix(moved.bytes);
    else
      sent_ += moved.bytes;
  }
  if (sent_ == 0) return true;
  sent_ = 0;
  empty(out_);
  if (std::exchange(ends_, false)) end_answer();
  return open_;
}

bool Connection::read_head() {
  if (in_.empty()) return receive();
  auto taken = reader_.read_head(in_, request_);
  if (!taken) return refuse(taken.error()), true;
  if (*taken == 0) return receive();
  in_.erase(0, *taken);
  begin();
  return true;
}

void Connection::begin() {
  exchange_ = std::make_shared<Exchange>(this, service_.calls, service_.answers);
  discarded_ = 0;
  handled_ = false;
  // HTTP/1.0 knows lasting connections by agreement only.
  last_ = !reader_.keeps_alive() || !reader_.takes_chunks();
  allow(service_.settings.body_time_max);
  const bool waits = reader_.awaits_continue() && !reader_.done() && in_.empty();
  auto refusal = service_.answer_early(request_);
  if (!refusal) {
    if (request_.login) request_.login->ask([exchange = exchange_] { exchange->proceed(); });
    step_ = Step::body;
    if (waits) out_ += kContinue;
    return;
  }
  // A body that is too long is not read; any other is, so that its sender gets to see the answer.
  const bool at_once = refusal->status == kTooLarge || refusal->close || waits;
  step_ = at_once ? Step::call : Step::refused;
  handled_ = true;
  exchange_->answer(std::move(*refusal));
}

bool Connection::read_body() {
  const size_t bytes_max = service_.settings.body_bytes_max;
  if (reader_.done()) {
    step_ = Step::call;
    due_ = Clock::time_point::max();
    return true;
  }
  if (in_.empty()) return receive();
  const bool kept = step_ == Step::body;
  const auto taken = reader_.read_body(in_, kept ? &body_ : nullptr);
  if (!taken) return refuse(taken.error()), true;
  if (*taken == 0 && !reader_.done()) return receive();
  in_.erase(0, *taken);
  // Without a length in the head, only its arrival tells that a body is too long.
  if (kept && body_.size() > bytes_max)
    return refuse(refusal(kTooLarge, "the body is too long")), true;
  discarded_ += kept ? 0 : *taken;
  if (discarded_ > bytes_max) step_ = Step::call;  // It is answered all the same, as the last one.
  return true;
}

bool Connection::settle() {
  if (!handled_) {
    if (request_.login && exchange_->await()) {
      if (left_) close();
      return false;
    }
    handled_ = true;
    service_.handle(request_, body_, exchange_);
    empty(body_);
  }
  switch (exchange_->settle()) {
    case Exchange::Turn::responds:
      return respond(), true;
    case Exchange::Turn::streams:
      return open_stream(), true;
    case Exchange::Turn::sleeps:
      break;
  }
  if (left_) close();
  return false;
}

void Connection::respond() {
  const Response& said = exchange_->response();
  last_ = last_ || said.close || service_.stopping || !reader_.done();
  const BodyEnd end = reader_.is_bodiless() ? BodyEnd::none : BodyEnd::length;
  append_head(out_, said, end, last_, service_.gate.cors(request_));
  service_.counts.count(said.status);
  ends_ = true;
  if (end == BodyEnd::none) return;
  if (said.body.size() <= kJoinedBytes)
    out_ += said.body;
  else
    tail_ = said.body;
}

void Connection::open_stream() {
  const Response& said = exchange_->response();
  chunked_ = reader_.takes_chunks();
  last_ = last_ || service_.stopping;
  auto headers = service_.gate.cors(request_);
  headers.emplace_back("Cache-Control", "no-store");
  // Keeps reverse proxies from gathering events until they fill a buffer.
  headers.emplace_back("X-Accel-Buffering", "no");
  append_head(out_, said, chunked_ ? BodyEnd::chunks : BodyEnd::close, last_, headers);
  service_.counts.count(said.status);
  step_ = Step::stream;
}

bool Connection::read_stream() {
  while (out_.size() < kStreamBytes) {
    const auto count =
        append_chunk(out_, kStreamBlockBytes, chunked_,
                     [&](char* into, size_t size) { return exchange_->read(into, size); });
    if (count > 0) continue;
    if (count == Exchange::kEnd) {
      if (chunked_) out_ += kLastChunk;
      if (out_.empty()) return end_answer(), open_;
      ends_ = true;
      return true;
    }
    if (!out_.empty()) return true;
    due_ = Clock::time_point::max();
    if (left_) close();
    return false;
  }
  return true;
}

// What follows can't be told from what was refused.
void Connection::refuse(const Response& refusal) {
  last_ = true;
  ends_ = true;
  append_head(out_, refusal, BodyEnd::length, last_, service_.gate.cors(request_));
  out_ += refusal.body;
  service_.counts.count(refusal.status);
}

void Connection::end_answer() {
  if (exchange_) exchange_->release();
  exchange_.reset();
  if (last_) {
    if (reader_.done() && in_.empty()) return close();
    return linger();
  }
  reader_.reset();
  request_ = {};
  if (in_.empty()) empty(in_);
  step_ = Step::head;
  allow(service_.settings.idle_time_max);
}

// To close a socket that has unread bytes takes the answer from who sends them.
void Connection::linger() {
  channel_->finish();
  step_ = Step::linger;
  in_ = std::string();
  allow(kLinger);
}

bool Connection::drain() {
  while (readable_) {
    const Channel::Moved moved = channel_->read(worker_.scratch());
    drained_ += moved.bytes;
    if (moved.then == Channel::Then::never || drained_ > kLingerBytes) return close(), false;
    readable_ = moved.then == Channel::Then::more;
  }
  if (left_) close();
  return false;
}

}  // namespace dbops::http
