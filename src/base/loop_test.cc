#include "base/loop.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace dbops {
namespace {

using std::chrono::milliseconds;

class LoopTest : public testing::Test {
 public:
  LoopTest() : loop_(Loop::create().value()), seat_(*loop_) { EXPECT_EQ(pipe(pipe_.data()), 0); }
  ~LoopTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }

 protected:
  // Until no task is left.
  void finish() {
    while (loop_->tasks() > 0) loop_->turn(milliseconds(1000));
  }

  std::unique_ptr<Loop> loop_;
  Loop::Seat seat_;
  std::array<int, 2> pipe_{};
};

TEST_F(LoopTest, WorksOnAnotherTaskWhileOneWaits) {
  std::string order;
  ASSERT_TRUE(loop_->spawn([&] {
    order += "a";
    EXPECT_EQ(Context().wait(pipe_[0], POLLIN).value_or(0), POLLIN);
    order += "c";
  }));
  ASSERT_TRUE(loop_->spawn([&] {
    order += "b";
    EXPECT_EQ(write(pipe_[1], "x", 1), 1);
  }));
  EXPECT_EQ(order, "");
  finish();
  EXPECT_EQ(order, "abc");
}

TEST_F(LoopTest, WaitsForOneDescriptorAgainAndAgain) {
  int heard = 0;
  loop_->spawn([&] {
    for (; heard < 100; ++heard) {
      char got = 0;
      ASSERT_TRUE(Context().wait(pipe_[0], POLLIN));
      ASSERT_EQ(read(pipe_[0], &got, 1), 1);
    }
  });
  loop_->spawn([&] {
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(write(pipe_[1], "x", 1), 1);
      Loop::of_task()->yield();
    }
  });
  finish();
  EXPECT_EQ(heard, 100);
}

TEST_F(LoopTest, WhoYieldsIsAfterWhatHasComeMeanwhile) {
  std::string order;
  loop_->spawn([&] {
    ASSERT_TRUE(Context().wait(pipe_[0], POLLIN));
    order += "heard ";
  });
  loop_->spawn([&] {
    ASSERT_EQ(write(pipe_[1], "x", 1), 1);
    Loop::of_task()->yield();
    order += "yielded";
  });
  finish();
  EXPECT_EQ(order, "heard yielded");
}

TEST_F(LoopTest, WhatATaskHeldIsLetGoOfOnceItsTurnIsOver) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = held;
  ASSERT_TRUE(loop_->spawn([held = std::move(held)] {}));
  loop_->turn(milliseconds(0));
  EXPECT_EQ(loop_->tasks(), 0U);
  EXPECT_FALSE(seen.expired()) << "who waits for the task would wait for this";
  loop_->turn(milliseconds(0));
  EXPECT_TRUE(seen.expired());
}

// A destructor may have more to do, and the fiber it is let go of by is free for that.
TEST_F(LoopTest, WhatATaskHeldMayBeginAnotherWhenItIsLetGoOf) {
  struct Last {
    std::function<void()> word;
    ~Last() { word(); }
  };
  int begun = 0;
  int ended = 0;
  {
    auto last = std::make_shared<Last>();
    last->word = [this, &begun, &ended] {
      ++begun;
      EXPECT_TRUE(loop_->spawn([&ended] { ++ended; }));
    };
    ASSERT_TRUE(loop_->spawn([last] {}));
  }
  for (int turn = 0; turn < 3; ++turn) loop_->turn(milliseconds(0));
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(loop_->tasks(), 0U);
}

TEST_F(LoopTest, ManyTasksWaitForOneDescriptor) {
  Context impatient;
  impatient.deadline = Deadline::after(milliseconds(5));
  int woken = 0;
  int wrote = 0;
  const auto wait = [&] { woken += Context().wait(pipe_[0], POLLIN) ? 1 : 0; };
  loop_->spawn(wait);
  loop_->spawn([&] {
    EXPECT_FALSE(impatient.wait(pipe_[0], POLLIN));
    EXPECT_EQ(write(pipe_[1], "x", 1), 1);
  });
  loop_->spawn(wait);
  loop_->spawn(wait);
  loop_->spawn([&] { wrote = Context().wait(pipe_[1], POLLIN | POLLOUT).value_or(0); });
  finish();
  EXPECT_EQ(woken, 3);
  EXPECT_EQ(wrote, POLLOUT);
}

// That have learnt that being woken takes long here.
Waits slow_waits() {
  Waits waits;
  for (int i = 0; i < 10'000; ++i) {
    const bool slept = waits.span(Waits::For::callers) == Waits::Span(0);
    waits.learn(Waits::For::callers, std::chrono::microseconds(slept ? 190 : 5), slept);
  }
  waits.begin_anew();
  return waits;
}

// Is ready every 50 us, until it is stopped.
class Ticker : public Loop::Watcher {
 public:
  explicit Ticker(Loop& loop) : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {
    EXPECT_TRUE(loop.watch(fd_, EPOLLIN, *this));
    set(50'000);
  }
  ~Ticker() override { close(fd_); }
  void ready(uint32_t) override {
    uint64_t ticks = 0;
    EXPECT_GT(read(fd_, &ticks, sizeof ticks), 0);
  }
  void stop() { set(0); }
  int fd() const { return fd_; }

 private:
  void set(long ns) {
    const itimerspec each{.it_interval = {.tv_sec = 0, .tv_nsec = ns},
                          .it_value = {.tv_sec = 0, .tv_nsec = ns}};
    EXPECT_EQ(timerfd_settime(fd_, 0, &each, nullptr), 0);
  }
  const int fd_;
};

TEST_F(LoopTest, ProcessorsAreKeptAwakeWhileWaitsFollowClosely) {
  const std::string device = testing::TempDir() + "loop_awake_" + std::to_string(getpid());
  std::ofstream(device).close();
  const auto asked = [&] { return std::filesystem::file_size(device) / sizeof(int32_t); };
  const auto awake = Awake::open(device.c_str()).value();
  const auto loop = Loop::create(awake.get(), slow_waits()).value();
  Ticker ticker(*loop);
  const Deadline patience = Deadline::after(std::chrono::seconds(10));
  while (asked() == 0 && !patience.passed()) loop->turn(milliseconds(1000));
  EXPECT_EQ(asked(), 1u);
  ticker.stop();
  while (asked() == 1 && !patience.passed()) loop->turn(milliseconds(1000));
  EXPECT_EQ(asked(), 2u) << "they may halt again once nothing comes";
  loop->forget(ticker.fd());
  std::filesystem::remove(device);
}

TEST_F(LoopTest, ADescriptorClosedAndMadeAnewIsWaitedFor) {
  loop_->spawn([&] {
    for (int i = 0; i < 3; ++i) {
      const Bell bell;  // Gets the same number each time.
      bell.ring();
      EXPECT_TRUE(Context().wait(bell.fd(), POLLIN));
    }
  });
  finish();
}

TEST_F(LoopTest, ADeadlineEndsAWait) {
  Context context;
  context.deadline = Deadline::after(milliseconds(5));
  Code code = Code::internal;
  Code without_descriptor = Code::internal;
  loop_->spawn([&] { code = context.wait(pipe_[0], POLLIN).error().code; });
  loop_->spawn([&] { without_descriptor = context.wait(-1, 0).error().code; });
  finish();
  EXPECT_EQ(code, Code::timeout);
  EXPECT_EQ(without_descriptor, Code::timeout);
}

TEST_F(LoopTest, APassedDeadlineOnlyLooks) {
  Context context;
  context.deadline = Deadline::after(milliseconds(-1));
  loop_->spawn([&] {
    EXPECT_EQ(context.wait(pipe_[0], POLLIN).error().code, Code::timeout);
    EXPECT_EQ(write(pipe_[1], "x", 1), 1);
    EXPECT_TRUE(context.wait(pipe_[0], POLLIN));
  });
  finish();
}

TEST_F(LoopTest, IsCancelledFromAnotherThread) {
  Context context;
  context.cancel = Cancel::create(loop_->bell());
  Code code = Code::internal;
  loop_->spawn([&] { code = context.wait(pipe_[0], POLLIN).error().code; });
  loop_->turn(milliseconds(0));
  std::thread other([&] { context.cancel.request(); });
  finish();
  other.join();
  EXPECT_EQ(code, Code::cancelled);
  // What came before a wait is found by it.
  loop_->spawn([&] { code = context.wait(pipe_[0], POLLIN).error().code; });
  finish();
  EXPECT_EQ(code, Code::cancelled);
}

TEST_F(LoopTest, AnEventOfAWaitThatEndedOtherwiseIsNotTheNextOnes) {
  Context context;
  context.deadline = Deadline::after(milliseconds(5));
  loop_->spawn([&] {
    EXPECT_EQ(context.wait(pipe_[0], POLLIN).error().code, Code::timeout);
    EXPECT_EQ(write(pipe_[1], "x", 1), 1);
    Context more;
    more.deadline = Deadline::after(milliseconds(20));
    EXPECT_EQ(more.wait(-1, 0).error().code, Code::timeout);
  });
  finish();
}

TEST_F(LoopTest, ASignalWakesItsTask) {
  std::string order;
  Signal* signal = nullptr;
  loop_->spawn([&] {
    Signal mine;
    signal = &mine;
    EXPECT_TRUE(Context().wait(mine));
    order += "b";
  });
  loop_->spawn([&] {
    order += "a";
    signal->set();
  });
  finish();
  EXPECT_EQ(order, "ab");

  signal = nullptr;
  loop_->spawn([&] {
    Signal mine;
    signal = &mine;
    EXPECT_TRUE(Context().wait(mine));
    order += "c";
  });
  loop_->turn(milliseconds(0));
  ASSERT_NE(signal, nullptr);
  std::thread other([signal] { signal->set(); });
  other.join();
  finish();
  EXPECT_EQ(order, "abc");
}

TEST(Signal, WakesAThread) {
  Signal signal;
  std::thread other([&] { signal.set(); });
  EXPECT_TRUE(Context().wait(signal));
  other.join();
}

TEST_F(LoopTest, QueuesWhatIsBeyondItsTasks) {
  size_t begun = 0;
  size_t most = 0;
  const size_t all = Loop::kTasksMax * 3;
  for (size_t i = 0; i < all; ++i) {
    ASSERT_TRUE(loop_->spawn([&] {
      most = std::max(most, ++begun);
      Loop::of_task()->yield();
      --begun;
    }));
  }
  EXPECT_EQ(loop_->tasks(), all);
  finish();
  EXPECT_EQ(begun, 0u);
  EXPECT_EQ(most, Loop::kTasksMax);
}

TEST_F(LoopTest, RefusesWhatIsBeyondItsQueue) {
  size_t taken = 0;
  while (loop_->spawn([] {})) ++taken;
  EXPECT_EQ(taken, Loop::kTasksMax + Loop::kQueueMax);
  finish();
}

TEST_F(LoopTest, RunsWhatIsPostedOnItsThread) {
  std::thread::id ran;
  std::thread other([&] { loop_->post([&] { ran = std::this_thread::get_id(); }); });
  while (ran == std::thread::id()) loop_->turn(milliseconds(1000));
  other.join();
  EXPECT_EQ(ran, std::this_thread::get_id());
}

struct Counts final : Loop::Watcher {
  void ready(uint32_t events) override {
    ++times;
    seen = events;
  }
  int times = 0;
  uint32_t seen = 0;
};

TEST_F(LoopTest, TellsOfTheDescriptorsItWatches) {
  Counts counts;
  ASSERT_TRUE(loop_->watch(pipe_[0], EPOLLIN, counts));
  loop_->turn(milliseconds(0));
  EXPECT_EQ(counts.times, 0);
  EXPECT_EQ(write(pipe_[1], "x", 1), 1);
  loop_->turn(milliseconds(1000));
  loop_->turn(milliseconds(1000));
  EXPECT_EQ(counts.times, 2);
  EXPECT_EQ(counts.seen, uint32_t{EPOLLIN});
  loop_->forget(pipe_[0]);
  loop_->turn(milliseconds(0));
  EXPECT_EQ(counts.times, 2);
}

TEST_F(LoopTest, TellsOfAnEdgeOnce) {
  Counts counts;
  ASSERT_TRUE(loop_->watch(pipe_[0], EPOLLIN | EPOLLET, counts));
  EXPECT_EQ(write(pipe_[1], "x", 1), 1);
  loop_->turn(milliseconds(1000));
  loop_->turn(milliseconds(0));
  EXPECT_EQ(counts.times, 1);
  EXPECT_EQ(write(pipe_[1], "x", 1), 1);
  loop_->turn(milliseconds(1000));
  EXPECT_EQ(counts.times, 2);
  loop_->forget(pipe_[0]);
}

// Each task has exceptions of its own: one may wait in the middle of handling one.
TEST_F(LoopTest, ATaskMayWaitWhileItHandlesAnException) {
  std::vector<std::string> caught;
  for (const char* name : {"first", "second", "third"}) {
    loop_->spawn([&caught, name] {
      try {
        throw std::runtime_error(name);
      } catch (const std::exception& thrown) {
        Loop::of_task()->yield();
        caught.emplace_back(thrown.what());
      }
    });
  }
  finish();
  EXPECT_EQ(caught, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(LoopTest, IsKnownToItsThreadAndTasks) {
  EXPECT_EQ(Loop::current(), loop_.get());
  EXPECT_EQ(Loop::of_task(), nullptr);
  Loop* seen = nullptr;
  loop_->spawn([&] { seen = Loop::of_task(); });
  finish();
  EXPECT_EQ(seen, loop_.get());
  std::thread other([&] { seen = Loop::current(); });
  other.join();
  EXPECT_EQ(seen, nullptr);
}

TEST_F(LoopTest, ATaskHasAStackForDeepCalls) {
  struct Deep {
    static int down(int depth, const char* from) {
      std::array<char, 1024> frame{};
      frame[0] = from[0];
      return depth == 0 ? frame[0] : down(depth - 1, frame.data());
    }
  };
  int got = 0;
  loop_->spawn([&] { got = Deep::down(200, "x"); });
  finish();
  EXPECT_EQ(got, 'x');
}

}  // namespace
}  // namespace dbops
