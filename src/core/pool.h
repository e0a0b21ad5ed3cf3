// Sessions of one connection, made lazily and used again.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "core/session.h"

namespace dbops {

// Thread-safe. Must outlive its leases.
class Pool {
  struct State;

 public:
  using Connect = std::function<Result<std::unique_ptr<Session>>(const Context&)>;
  using Now = std::function<Deadline::Clock::time_point()>;
  static constexpr std::chrono::seconds kIdleMax{300};  // an idle session older than this is closed
  static constexpr std::chrono::seconds kUncheckedMax{
      5};  // one idle for longer is pinged before it is lent
  static constexpr std::chrono::seconds kPingMax{2};  // one that takes longer to answer is dead
  static constexpr size_t kWaitingMax = 4096;         // callers waiting for a session
  static constexpr size_t kSessionsMax = 1000;        // sessions of one pool

  // At most `sessions_max` (from 1 to kSessionsMax) at once. `now` is another clock in tests.
  Pool(size_t sessions_max, Connect connect, Now now = Deadline::Clock::now);
  ~Pool();

  // A session lent for a while: goes back when this is destroyed, or is closed where it is broken.
  // May be destroyed by any thread, but is used by one at a time.
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
    Lease(State& state, std::unique_ptr<Session> session) noexcept;
    void close() noexcept;  // Ends the session, whatever it says of itself.
    State* state_ = nullptr;
    std::unique_ptr<Session> session_;
  };

  // Waits, in order of arrival, for a session to be free or a place to make one. One connect is
  // made at a time: when it fails, all callers that wait then are answered by that failure instead
  // of each trying for themselves (single flight), and a later one tries afresh. A session that
  // broke while it was idle, or was so for long and doesn't answer, is replaced without a word.
  // Code::busy when the deadline passes in the queue or kWaitingMax wait; otherwise what connect
  // answers, or Code::cancelled.
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
  Result<Lease> connect(const Context& context);
  std::unique_ptr<State> state_;
};

}  // namespace dbops
