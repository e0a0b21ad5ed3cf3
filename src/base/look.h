// How long a thread should look for what it waits for before it sleeps. Who sleeps is woken by
// another processor, which costs both sides more than a short look where processors halt or are
// virtual, and next to nothing where they are kept awake. So it is learnt: from how long the waits
// before lasted, those that were looked for beside those that were slept through.
// No locks: for one thread.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace dbops {

class Look {
 public:
  using Span = std::chrono::nanoseconds;
  // Being woken takes up to about so long, where processors are virtual.
  static constexpr Span kMost = std::chrono::microseconds(200);
  // Shorter ones find nothing.
  static constexpr Span kLeast = std::chrono::microseconds(10);
  // Of the short waits one in so many is of the other kind, to know how long it lasts ...
  static constexpr unsigned kTry = 64;
  // ... and so many of each kind are compared.
  static constexpr size_t kCompared = 32;

  // kMost or less; zero: sleep at once.
  Span span() const { return looks_ ? span_ : Span(0); }

  // What a wait came to, look and sleep together: one that a look would have caught has the next
  // one caught, each other halves it. REQUIRES: span() was looked for.
  void learn(Span waited) {
    if (waited > kMost)
      span_ = span_ / 2 < kLeast ? Span(0) : span_ / 2;
    else if (std::exchange(span_, kMost) == kMost)
      compare(waited);
  }

 private:
  struct Waits {
    std::array<Span, kCompared> spans;
    size_t count = 0;

    bool full() const { return count == kCompared; }
    void add(Span span) {
      if (!full()) spans[count++] = span;
    }
    Span take_median() {
      count = 0;
      const auto middle = spans.begin() + kCompared / 2;
      std::nth_element(spans.begin(), middle, spans.end());
      return *middle;
    }
  };

  // A look costs as much of a processor as it lasts: it has to spare a third of the wait.
  void compare(Span waited) {
    if (turn_ < 2) (looks_ ? looked_ : slept_).add(waited);
    if (looked_.full() && slept_.full()) {
      const Span looked = looked_.take_median();
      pays_ = slept_.take_median() > looked + looked / 2;
      period_ = kTry;
    }
    turn_ = (turn_ + 1) % period_;
    looks_ = turn_ == 0 ? !pays_ : pays_;
  }

  Span span_ = kMost;
  Waits looked_;
  Waits slept_;
  bool pays_ = true;
  bool looks_ = true;    // The next one.
  unsigned turn_ = 1;    // 0: of the other kind; 1: it is compared with that.
  unsigned period_ = 2;  // Until it was learnt whether a look pays.
};

}  // namespace dbops
