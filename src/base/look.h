// How long a thread should look for what it waits for before it sleeps. Who sleeps is woken by
// another processor, which costs both sides more than a short look; a look that ends in sleep all
// the same is wasted. So it is learnt from how long the waits before lasted.
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

  // kMost or less; zero: sleep at once.
  Span span() const { return span_; }

  // What a wait came to, look and sleep together: one that a look would have caught has the next
  // one caught, each other halves it.
  void learn(Span waited) {
    if (waited <= kMost)
      span_ = kMost;
    else
      span_ = span_ / 2 < kLeast ? Span(0) : span_ / 2;
  }

 private:
  Span span_ = kMost;
};

}  // namespace dbops
