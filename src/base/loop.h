// Many tasks on one thread: each has a stack of its own, and while one waits the others work.
//
//   thread:  Seat seat(loop); for (;;) { spawn(...) ...; turn(); }
//   task:    ... Context::wait(fd) --> the thread goes on with another task; back when fd is ready
//
// For calls that wait much and compute little. A task that computes for long, or blocks the thread
// in any other way than by Context::wait(), keeps all others waiting: such work is for an Executor.
#pragma once

#include <sys/epoll.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/awake.h"
#include "base/bell.h"
#include "base/context.h"
#include "base/fiber.h"
#include "base/signal.h"
#include "base/waits.h"

namespace dbops {

class Loop {
 public:
  using Task = std::function<void()>;
  static constexpr size_t kTasksMax = 64;    // under way at once
  static constexpr size_t kQueueMax = 4096;  // that wait for one to end
  static constexpr size_t kStepsMax = 1024;  // times that tasks are gone on with in one turn

  // Processors that its waits want awake are let halt once fewer than kStirs of them ended within
  // kPulse; where nothing comes any more, after twice as long at the latest. While a task or a
  // watcher computes, nothing is looked at.
  static constexpr std::chrono::milliseconds kPulse{2};
  static constexpr unsigned kStirs = kPulse / Look::kMost;

  // Code::exhausted. `awake` outlives the loop; nullptr: processors halt as they please. `learnt`:
  // of waits before.
  static Result<std::unique_ptr<Loop>> create(Awake* awake = nullptr, const Waits& learnt = {});
  // REQUIRES: no task is left.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Makes a thread the loop's, for as long as this lives. One thread at a time.
  class Seat {
   public:
    explicit Seat(Loop& loop);
    ~Seat();
    Seat(const Seat&) = delete;
    Seat& operator=(const Seat&) = delete;
  };
  // This thread's; nullptr: it is no loop's.
  static Loop* current() noexcept;
  // The same within a task only.
  static Loop* of_task() noexcept;

  // From any thread: has the loop look at its inbox, and at the cancels and signals that its tasks
  // wait for. Ringing the bell does the same.
  void look_again() noexcept;
  const std::shared_ptr<const Bell>& bell() const { return bell_; }
  // From any thread: runs on the loop's thread in its next turn, but not as a task.
  void post(Task work);

  // All that follows: on the loop's thread.

  // False, with nothing done: too many wait already. `task` must not throw. What it holds is let go
  // of in the turn after the one it ends in.
  bool spawn(Task task);
  // Tasks that have not ended.
  size_t tasks() const { return at_work_ + queue_.size(); }
  // Is told what comes on a descriptor that no task waits for.
  class Watcher {
   public:
    // In turn(), before its tasks. `events`: as epoll_wait() says them. May forget() any.
    virtual void ready(uint32_t events) = 0;
    virtual ~Watcher() = default;
  };
  // Until forget(). `events`: as epoll_ctl() takes them. Code::exhausted, Code::io.
  Result<void> watch(int fd, uint32_t events, Watcher& watcher);
  // REQUIRES: the descriptor is watched, and still open.
  void forget(int fd);
  // Waits until there is something to do, `span` at most, and does it.
  void turn(std::chrono::milliseconds span);

  // For tasks: Context::wait() comes here, and says it in its own words. `events`: those that are
  // waited for, and then those that came. Why::failed with errno.
  enum class Why : uint8_t { ready, cancelled, timeout, failed };
  Why wait(const Context& context, int fd, short& events);
  Why wait(const Context& context, const Signal& signal);
  // Until the next turn: what can go on by then, or has just come, does so first.
  void yield();

 private:
  using Clock = Deadline::Clock;
  struct Slot {
    std::unique_ptr<Fiber> fiber;
    bool waiting = false;
    const Context* context = nullptr;
    const Signal* signal = nullptr;
    int fd = -1;
    Slot* next = nullptr;  // That waits for the same descriptor.
    short events = 0;      // That are waited for, or came.
    Why why = Why::ready;
  };

  Loop(std::shared_ptr<const Bell> bell, int epoll, int pulse, Awake* awake, const Waits& learnt);
  Slot* free_slot();
  void begin(Slot& slot, Task task);
  void go_on(Slot& slot);
  void wake(Slot& slot, Why why);
  int await_events(std::span<epoll_event> events, std::chrono::milliseconds span);
  void keep_awake();
  void let_halt();
  void take_event(int fd, uint32_t events);
  void look();
  void expire();
  Why suspend(const Context& context);
  bool arm(int fd, short events) const;
  Slot* waiting_for(int fd) const;
  short wanted_of(int fd) const;

  const std::shared_ptr<const Bell> bell_;
  const int epoll_;
  // Ticks while none halts. A deadline of each wait would be set and taken back at every one, which
  // costs much where timers are the host's.
  const int pulse_;
  const bool alone_;  // There is no other processor that would wake this one.
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::vector<Slot*> ended_;  // Since the last turn.
  std::deque<Slot*> ready_;
  std::vector<Slot*> yielded_;  // Ready from the next turn on.
  std::deque<Task> queue_;
  Slot* running_ = nullptr;
  size_t at_work_ = 0;
  Awake* const awake_;
  Waits waits_;
  bool none_halts_ = false;
  unsigned stirs_ = 0;  // What has come since the last pulse.
  bool rung_here_ = false;
  std::vector<Watcher*> watchers_;                    // By descriptor ...
  std::vector<Slot*> waiting_;                        // ... and the first of those that wait.
  Clock::time_point due_ = Clock::time_point::max();  // No waiting task's deadline is earlier.
  Clock::time_point now_;                             // When the last turn began its work.

  std::mutex mutex_;
  std::vector<Task> inbox_;
};

}  // namespace dbops
