// The circumstances of one call: how long it may take, who asked, what it may do. First argument of
// all that may block.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "base/result.h"

namespace dbops {

// What a connection may do. Each tier includes those before it.
enum class Tier : uint8_t { read, write, admin };
std::string_view name(Tier tier) noexcept;
std::optional<Tier> parse_tier(std::string_view text) noexcept;

class Grants;  // core/grants.h
class Signal;  // base/signal.h
struct Trace;  // base/trace.h

// A point in monotonic time, or none.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  Deadline() = default;  // Never.
  static Deadline after(std::chrono::milliseconds span) { return Deadline(Clock::now() + span); }

  bool passed() const { return at_ && Clock::now() >= *at_; }
  // nullopt: no deadline. Never negative.
  std::optional<std::chrono::milliseconds> remaining() const;
  // Ready for poll(): -1 without a deadline, rounded up so that a wait never spins.
  int poll_ms() const;
  Deadline earlier(Deadline other) const;
  std::optional<Clock::time_point> at() const { return at_; }

 private:
  explicit Deadline(Clock::time_point at) : at_(at) {}
  std::optional<Clock::time_point> at_;
};

// What one answer may hold. 0 means no limit.
struct Limits {
  uint64_t rows = 1000;
  uint64_t bytes = 1 << 20;
  std::chrono::milliseconds time{30'000};
};

struct Context {
  Deadline deadline;
  Cancel cancel;
  Tier tier = Tier::read;
  Limits limits;
  // How long a stream may be held between two calls before it is pulled again; 0: it is read to its
  // end at once. A connector that arms a time limit on the server adds it there.
  std::chrono::milliseconds hold{0};
  std::shared_ptr<const Trace> trace = nullptr;  // For logs, the audit and spans.
  std::string principal;                         // Who asked: "local", a token's name, ...
  // What they were granted; nullptr: whatever the connections allow.
  std::shared_ptr<const Grants> grants = nullptr;

  // Code::cancelled or Code::timeout once the call should end, else nothing.
  Result<void> alive() const;
  // Waits until `fd` has one of `events` (poll(2)), the call is cancelled, or its deadline has
  // passed. Answers the events that came, or Code::cancelled, Code::timeout, Code::io. Thread-safe.
  // -1: nothing but its time or a cancel ends it. A task of a Loop lets the others work meanwhile.
  Result<short> wait(int fd, short events) const;
  // The same for a signal of this caller's, which it then finds set.
  Result<void> wait(const Signal& signal) const;
};

}  // namespace dbops
