// Streams that are held open between two pages.
#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ops/query.h"
#include "ops/reading.h"

namespace dbops::ops {

// A held stream keeps a session of its connection, so few may be held, and work goes before
// waiting:
//  - in all at most `held_max`: the oldest gives way to a new one;
//  - a call that finds every session of its connection lent takes that of the stream held longest:
//    at once where more than half of the pool is held, else once it has been held for kGrace;
//  - while calls wait for a session, no more than half is held: the oldest gives way to a new one.
//    Of a pool of one session nothing is held then.
// A name is good for one page of the principal and connection it was made for. Thread-safe.
class Cursors {
 public:
  static constexpr std::chrono::seconds kGrace{5};
  static constexpr size_t kRememberedMax = 256;  // names that are gone, kept to say why

  Cursors(size_t held_max, std::chrono::seconds life) : held_max_(held_max), life_(life) {}

  // Keeps the stream and answers its new name. Code::busy, with the reason, when it can't be held;
  // it is closed then. REQUIRES: held_max > 0.
  Result<std::string> hold(std::unique_ptr<Reading> reading, const std::string& principal);
  // The stream behind `request.cursor`, which is used up thereby. Code::expired, with the reason,
  // for a name that is unknown, used, too old, or not this principal's and connection's. What the
  // request says of statement and parameters must be as it was: Code::invalid_argument, and the
  // cursor stays.
  Result<std::unique_ptr<Reading>> take(const QueryRequest& request, std::string_view principal,
                                        const Connection& connection);
  // A session of the connection; see Pool::acquire().
  Result<Pool::Lease> acquire(Connection& connection, const Context& context);
  // Closes what is too old.
  void trim();
  size_t size() const;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Gone : uint8_t { used, too_old, gave_way };
  struct Held {
    std::string name;
    std::string principal;
    std::unique_ptr<Reading> reading;
    Clock::time_point since;
  };
  using Dropped = std::vector<std::unique_ptr<Reading>>;

  // All of these: under the mutex. What they drop is closed by the caller, without it.
  void drop_too_old(Dropped& dropped);
  void drop(std::list<Held>::iterator held, Gone why, Dropped& dropped);
  void make_room(const Connection& connection, Dropped& dropped);
  std::list<Held>::iterator oldest_of(const Connection& connection);
  void remember(std::string name, Gone why);
  Error why_gone(std::string_view name) const;

  const size_t held_max_;
  const std::chrono::seconds life_;
  mutable std::mutex mutex_;
  std::list<Held> held_;  // The oldest in front.
  std::deque<std::pair<std::string, Gone>> gone_;
  std::map<const Connection*, size_t> wanting_;  // Calls that want a session of it.
};

}  // namespace dbops::ops
