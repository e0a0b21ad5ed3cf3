#include "base/executor.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace dbops {
namespace {

TEST(Executor, FinishesWhatItAccepted) {
  std::atomic<int> done = 0;
  int accepted = 0;
  {
    Executor executor(4, 1000);
    for (int i = 0; i < 1000; ++i) accepted += executor.submit([&] { ++done; }) ? 1 : 0;
  }
  EXPECT_EQ(accepted, 1000);
  EXPECT_EQ(done, 1000);
}

TEST(Executor, RefusesWhenItsQueueIsFull) {
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  std::atomic<int> done = 0;
  const auto task = [&, open] {
    open.wait();
    ++done;
  };
  {
    Executor executor(2, 3);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(executor.submit(task)) << i;
    EXPECT_FALSE(executor.submit(task));
    gate.set_value();
  }
  EXPECT_EQ(done, 5);
}

TEST(Executor, WorksInParallel) {
  Executor executor(2, 0);
  std::promise<void> first, second;
  std::promise<bool> both;
  ASSERT_TRUE(executor.submit([&] {
    first.set_value();
    second.get_future().wait();
    both.set_value(true);
  }));
  ASSERT_TRUE(executor.submit([&] {
    first.get_future().wait();
    second.set_value();
  }));
  EXPECT_TRUE(both.get_future().get());
}

TEST(Executor, UsesItsThreadsAgain) {
  Executor executor(1, 1);
  for (int i = 0; i < 100; ++i) {
    std::promise<void> done;
    ASSERT_TRUE(executor.submit([&] { done.set_value(); }));
    done.get_future().wait();
  }
}

TEST(Executor, TakesTasksFromMany) {
  std::atomic<int> done = 0;
  {
    Executor executor(3, 10'000);
    std::vector<std::thread> submitters;
    for (int i = 0; i < 4; ++i)
      submitters.emplace_back([&] {
        for (int j = 0; j < 500; ++j) EXPECT_TRUE(executor.submit([&] { ++done; }));
      });
    for (std::thread& thread : submitters) thread.join();
  }
  EXPECT_EQ(done, 2000);
}

}  // namespace
}  // namespace dbops
