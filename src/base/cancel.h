#pragma once

#include <memory>

namespace dbops {

class Bell;

// A request to stop that any thread, or a signal handler, can make, and that a poll() can wait for.
// Copies share one state. A default-constructed Cancel is never requested.
class Cancel {
 public:
  Cancel() = default;
  static Cancel create();
  // One that also rings this bell. Its own descriptor is made when fd() is first asked for; -1
  // where the system has none to give.
  static Cancel create(std::shared_ptr<const Bell> bell);

  // Async-signal-safe, idempotent, thread-safe.
  void request() const noexcept;
  bool requested() const noexcept;
  // Readable (POLLIN) from the first request() on and for ever; -1 when it can never be requested.
  // Owned by the Cancel.
  int fd() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace dbops
