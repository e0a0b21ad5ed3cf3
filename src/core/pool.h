// Sessions of one connection, made lazily and used again.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "core/session.h"

namespace dbops {

// Thread-safe. Must outlive its leases.
class Pool {
 public:
  using Connect = std::function<Result<std::unique_ptr<Session>>(const Context&)>;
  static constexpr std::chrono::seconds kIdleMax{300};  // an idle session older than this is closed
  static constexpr std::chrono::seconds kUncheckedMax{
      5};                                      // one idle for longer is pinged before it is lent
  static constexpr size_t kWaitingMax = 4096;  // callers waiting for a session

  // At most `sessions_max` (at least 1) at once.
  Pool(size_t sessions_max, Connect connect);
  ~Pool();

  // A session lent for a while: goes back when this is destroyed, or is closed where it is broken.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept;
    Lease& operator=(Lease&& other) noexcept;
    ~Lease();
    explicit operator bool() const { return session_ != nullptr; }
    Session& operator*() const { return *session_; }
    Session* operator->() const { return session_.get(); }

   private:
    friend class Pool;
    Pool* pool_ = nullptr;
    std::unique_ptr<Session> session_;
  };

  // Waits, in order of arrival, for a session to be free or a place to make one. While a connect
  // fails, callers that wait are answered by that one failure instead of each trying for themselves
  // (single flight). Code::busy when the deadline passes in the queue or kWaitingMax wait;
  // otherwise what connect answers.
  Result<Lease> acquire(const Context& context);

  // Closes idle sessions that are too old; called now and then by whoever owns a clock.
  void trim();

  struct Counts {
    size_t open = 0;  // lent, idle and being made
    size_t idle = 0;
    size_t waiting = 0;
  };
  Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dbops
