#pragma once

#include <atomic>
#include <memory>

#include "base/bell.h"

namespace dbops {

class Loop;

// Something that happens once and that one caller waits for, by Context::wait(). Made by that
// caller; whoever sets it sees to it that it lives until set() has returned.
class Signal {
 public:
  Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  // False: the system had no descriptor to give (errno says why).
  bool good() const { return bell_->good(); }
  // From any thread. Among tasks of one Loop it needs no system call.
  void set() noexcept;
  bool is_set() const noexcept { return set_.load(); }

 private:
  friend struct Context;
  std::atomic<bool> set_{false};
  Loop* const loop_;  // Whose task made it; nullptr: none's.
  const std::shared_ptr<const Bell> bell_;
};

}  // namespace dbops
