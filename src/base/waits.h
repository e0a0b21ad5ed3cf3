// How a loop waits: which of its waits it looks for before it sleeps, and when the processors of
// this machine had better not halt. A look spares the loop the time of being woken, but not those
// that it works with: where that takes long, it takes them long at every step of a call.
// No locks: for one thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/look.h"

namespace dbops {

class Waits {
 public:
  using Span = Look::Span;
  // Databases most of all, or callers. What pays is learnt apart.
  enum class For : uint8_t { tasks, callers };
  // Short ones with few long ones between: so many are worth the two system calls, and the
  // interrupts, that it takes to keep processors awake.
  static constexpr unsigned kRow = 64;
  // Being woken takes so much longer than to look where processors halt, and less where they don't.
  static constexpr Span kHaltCost = std::chrono::microseconds(15);

  // For how long to look; zero: sleep at once.
  Span span(For what) const { return looks_[index(what)].span(); }
  // What a wait came to; `slept`: span() was zero for it. REQUIRES: this loop keeps no processor
  // awake.
  void learn(For what, Span waited, bool slept) {
    Look& look = looks_[index(what)];
    look.learn(waited, slept);
    if (waited < Look::kNone) return;
    row_ = waited > Look::kMost ? row_ / 2 : std::min(row_ + 1, kRow);
    slow_ = look.is_learnt() && look.gain() >= kHaltCost;
  }
  // They follow each other closely, and being woken takes long here.
  bool want_processors_awake() const { return slow_ && row_ == kRow; }
  // That row is over.
  void begin_anew() { row_ = 0; }

 private:
  static size_t index(For what) { return what == For::tasks ? 1 : 0; }

  std::array<Look, 2> looks_;
  unsigned row_ = 0;
  bool slow_ = false;  // As the last of them has it.
};

}  // namespace dbops
