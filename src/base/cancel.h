#pragma once

#include <memory>

namespace dbops {

// A request to stop that any thread, or a signal handler, can make, and that a poll() can wait for.
// Copies share one state. A default-constructed Cancel is never requested.
class Cancel {
 public:
  Cancel() = default;
  static Cancel create();

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
