// Whether a thread should look for what it waits for before it sleeps, and for how long. A look
// takes processor time; who sleeps is woken by another processor, which takes both of them time,
// and much of it where processors halt. So it is learnt from how long the waits before lasted,
// those that were looked for and those that were slept through.
// No locks: for one thread.
#pragma once

#include <chrono>

namespace dbops {

class Look {
 public:
  using Span = std::chrono::nanoseconds;
  // Being woken takes up to about so long, where processors are virtual.
  static constexpr Span kMost = std::chrono::microseconds(200);
  // Shorter ones find nothing.
  static constexpr Span kLeast = std::chrono::microseconds(10);
  // To go to sleep and to be woken takes a processor about so long too: a look pays where it makes
  // the wait shorter by as much.
  static constexpr Span kSleepCost = std::chrono::microseconds(10);
  // What comes sooner was there, and says nothing of either way.
  static constexpr Span kNone = std::chrono::microseconds(2);
  // One short wait of so many is spent the other way, to learn what it comes to.
  static constexpr unsigned kTrial = 128;
  // After so many, what was assumed at first has no part in it any more.
  static constexpr unsigned kLearnt = 32 * kTrial;

  // kMost or less; zero: sleep at once.
  Span span() const { return pays() == is_trial() ? Span(0) : span_; }

  // By how much a look makes a short wait shorter, as far as that is known ...
  Span gain() const { return slept_ - looked_; }
  // ... and whether it was learnt, not assumed.
  bool is_learnt() const { return short_waits_ >= kLearnt; }

  // What a wait came to: how long it lasted, and whether span() was zero for it. One of at most
  // kMost has the next one looked for as long, each other halves the look.
  void learn(Span waited, bool slept) {
    if (waited < kNone) return;
    if (waited > kMost) {
      span_ = span_ / 2 < kLeast ? Span(0) : span_ / 2;
      return;
    }
    span_ = kMost;
    // What is tried now and then is learnt from few waits, and the other way from many.
    approach(slept ? slept_ : looked_, waited, is_trial() ? 16 : 128);
    ++short_waits_;
  }

 private:
  bool is_trial() const { return short_waits_ % kTrial == 0; }
  bool pays() const { return gain() >= kSleepCost; }
  // So it comes to their median, which the few that something else disturbed don't move.
  static void approach(Span& usual, Span waited, int steps) {
    const Span step = usual / steps + Span(1);
    usual += waited > usual ? step : -step;
  }

  Span span_ = kMost;
  // What a short wait usually comes to that is looked for, and one that is slept through; at first
  // as where processors halt.
  Span looked_ = std::chrono::microseconds(30);
  Span slept_ = std::chrono::microseconds(60);
  unsigned short_waits_ = 1;
};

}  // namespace dbops
