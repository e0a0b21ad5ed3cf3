#include "core/pool.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"

namespace dbops {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

// A server whose state the tests turn, and which counts what the pool does to it.
struct Server {
  std::atomic<int> connects{0};
  std::atomic<int> open{0};
  std::atomic<int> open_max{0};
  std::atomic<int> pings{0};
  std::atomic<bool> down{false};
  std::atomic<bool> answers_pings{true};
  std::atomic<bool> hung_up{false};
  std::atomic<bool> holds_connects{false};  // A connect waits until it is cancelled or this falls.
};

class FakeSession final : public Session {
 public:
  explicit FakeSession(Server& server) : server_(server) {
    const int now = ++server_.open;
    for (int seen = server_.open_max; now > seen;)
      if (server_.open_max.compare_exchange_weak(seen, now)) break;
  }
  ~FakeSession() override { --server_.open; }
  Result<ServerInfo> info(const Context&) override { return ServerInfo{}; }
  Result<void> ping(const Context& context) override {
    ++server_.pings;
    DBOPS_TRY(context.alive());
    if (!server_.answers_pings) return fail(Code::disconnected, "the server has gone");
    return {};
  }
  bool broken() const override { return broken_; }
  bool hung_up() const override { return server_.hung_up; }
  void break_down() { broken_ = true; }

 private:
  Server& server_;
  bool broken_ = false;
};

void break_down(Pool::Lease& lease) { dynamic_cast<FakeSession&>(*lease).break_down(); }

class PoolTest : public testing::Test {
 protected:
  Pool make(size_t sessions_max) {
    return Pool(
        sessions_max, [this](const Context& context) { return connect(context); },
        [this] { return Deadline::Clock::time_point(seconds(clock_.load())); });
  }

  Result<std::unique_ptr<Session>> connect(const Context& context) {
    ++server_.connects;
    while (server_.holds_connects) {
      DBOPS_TRY(context.alive());
      std::this_thread::yield();
    }
    DBOPS_TRY(context.alive());
    if (server_.down) return fail(Code::unreachable, "nothing listens on db:5432");
    return std::make_unique<FakeSession>(server_);
  }

  // Until `pool` has this many callers in its queue.
  static void await_waiting(const Pool& pool, size_t waiting) {
    const auto deadline = Deadline::after(seconds(20));
    while (pool.counts().waiting != waiting) {
      ASSERT_FALSE(deadline.passed()) << pool.counts().waiting << " wait, not " << waiting;
      std::this_thread::yield();
    }
  }

  void pass(seconds span) { clock_ += span.count(); }

  Server server_;
  std::atomic<int64_t> clock_{1'000'000};
};

TEST_F(PoolTest, ConnectsOnlyWhenAskedAndUsesSessionsAgain) {
  Pool pool = make(4);
  EXPECT_EQ(server_.connects, 0);
  for (int i = 0; i < 3; ++i) {
    auto lease = pool.acquire({});
    ASSERT_TRUE(lease);
    EXPECT_EQ(pool.counts().open, 1U);
    EXPECT_EQ(pool.counts().idle, 0U);
  }
  EXPECT_EQ(server_.connects, 1);
  EXPECT_EQ(pool.counts().idle, 1U);
}

TEST_F(PoolTest, ClosesItsSessionsAtTheEnd) {
  {
    Pool pool = make(2);
    auto first = pool.acquire({});
    auto second = pool.acquire({});
    EXPECT_EQ(server_.open, 2);
  }
  EXPECT_EQ(server_.open, 0);
}

TEST_F(PoolTest, AMovedLeaseGoesBackOnce) {
  Pool pool = make(2);
  Pool::Lease lease = *pool.acquire({});
  Pool::Lease moved = std::move(lease);
  EXPECT_FALSE(lease);  // NOLINT(bugprone-use-after-move): empty is what it must be.
  EXPECT_TRUE(moved);
  moved = *pool.acquire({});  // The one it held goes back.
  EXPECT_EQ(pool.counts().idle, 1U);
  moved = Pool::Lease();
  EXPECT_EQ(pool.counts().idle, 2U);
  EXPECT_EQ(pool.counts().open, 2U);
}

TEST_F(PoolTest, ClosesABrokenSessionAndFreesItsPlace) {
  Pool pool = make(1);
  {
    auto lease = pool.acquire({});
    break_down(*lease);
  }
  EXPECT_EQ(server_.open, 0);
  EXPECT_EQ(pool.counts().open, 0U);
  EXPECT_TRUE(pool.acquire({}));
  EXPECT_EQ(server_.connects, 2);
}

TEST_F(PoolTest, ServesAThousandCallersInTurnWithFourSessions) {
  constexpr int kCallers = 1000;
  Pool pool = make(4);
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] {
      auto lease = pool.acquire({});
      if (!lease) return;
      if (i % 50 == 0) break_down(*lease);  // Some sessions die in use; the pool heals.
      ++served;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, kCallers);
  EXPECT_LE(server_.open_max, 4);
  EXPECT_EQ(pool.counts().waiting, 0U);
  EXPECT_EQ(pool.counts().open, pool.counts().idle);
  EXPECT_EQ(static_cast<int>(pool.counts().open), server_.open);
}

TEST_F(PoolTest, ServesInOrderOfArrival) {
  Pool pool = make(1);
  auto held = pool.acquire({});
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::thread> callers;
  for (int i = 0; i < 10; ++i) {
    callers.emplace_back([&, i] {
      auto lease = pool.acquire({});
      const std::lock_guard lock(mutex);
      order.push_back(i);
    });
    await_waiting(pool, static_cast<size_t>(i) + 1);
  }
  *held = Pool::Lease();
  for (std::thread& caller : callers) caller.join();
  EXPECT_THAT(order, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(PoolTest, EndsAWaitWhenTheCallerCancels) {
  Pool pool = make(1);
  auto held = pool.acquire({});
  Context context;
  context.cancel = Cancel::create();
  Code code = Code::internal;
  std::thread caller([&] {
    const auto lease = pool.acquire(context);
    if (!lease) code = lease.error().code;
  });
  await_waiting(pool, 1);
  const Stopwatch since_cancel;
  context.cancel.request();
  caller.join();
  EXPECT_LT(since_cancel.elapsed(), milliseconds(200));
  EXPECT_EQ(code, Code::cancelled);
  EXPECT_EQ(pool.counts().waiting, 0U);
  *held = Pool::Lease();
  EXPECT_TRUE(pool.acquire({}));
}

TEST_F(PoolTest, SaysThatItIsBusyWhenTheDeadlinePasses) {
  Pool pool = make(1);
  auto held = pool.acquire({});
  Context context;
  context.deadline = Deadline::after(milliseconds(20));
  const auto lease = pool.acquire(context);
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::busy);
  EXPECT_TRUE(lease.error().retryable);
  EXPECT_THAT(lease.error().message, HasSubstr("1 of 1 sessions are in use"));
  EXPECT_THAT(lease.error().hint, HasSubstr("pool_max"));
  EXPECT_EQ(pool.counts().waiting, 0U);
}

TEST_F(PoolTest, AnswersAllWhoWaitByOneFailedConnect) {
  constexpr size_t kCallers = 200;
  server_.holds_connects = true;
  server_.down = true;
  Pool pool = make(4);
  std::atomic<size_t> unreachable{0};
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back([&] {
      const auto lease = pool.acquire({});
      if (!lease && lease.error().code == Code::unreachable) ++unreachable;
    });
  }
  await_waiting(pool, kCallers - 1);
  EXPECT_EQ(pool.counts().open, 1U);
  server_.holds_connects = false;
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(unreachable, kCallers);
  EXPECT_EQ(server_.connects, 1);
  EXPECT_EQ(pool.counts().open, 0U);

  server_.down = false;  // A later caller tries afresh.
  EXPECT_TRUE(pool.acquire({}));
  EXPECT_EQ(server_.connects, 2);
}

TEST_F(PoolTest, ACancelledConnectDoesNotFailTheOthers) {
  server_.holds_connects = true;
  Pool pool = make(4);
  Context impatient;
  impatient.cancel = Cancel::create();
  Code code = Code::internal;
  std::thread first([&] {
    const auto lease = pool.acquire(impatient);
    if (!lease) code = lease.error().code;
  });
  while (server_.connects == 0) std::this_thread::yield();
  std::atomic<bool> served{false};
  std::thread second([&] { served = pool.acquire({}).has_value(); });
  await_waiting(pool, 1);
  impatient.cancel.request();
  first.join();
  server_.holds_connects = false;
  second.join();
  EXPECT_EQ(code, Code::cancelled);
  EXPECT_TRUE(served);
  EXPECT_EQ(server_.connects, 2);
  EXPECT_EQ(pool.counts().open, 1U);
}

TEST_F(PoolTest, ConnectsWhatIsFreeWhileOthersUseTheirs) {
  Pool pool = make(3);
  std::latch all_have_one(3);
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      auto lease = pool.acquire({});
      all_have_one.arrive_and_wait();  // Hangs if the pool makes anyone wait for another's return.
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(pool.counts().idle, 3U);
}

TEST_F(PoolTest, ChecksASessionThatWasIdleForLong) {
  Pool pool = make(2);
  { auto lease = pool.acquire({}); }
  pass(Pool::kUncheckedMax);
  { auto lease = pool.acquire({}); }
  EXPECT_EQ(server_.pings, 0);
  pass(Pool::kUncheckedMax + seconds(1));
  { auto lease = pool.acquire({}); }
  EXPECT_EQ(server_.pings, 1);
  EXPECT_EQ(server_.connects, 1);
}

TEST_F(PoolTest, ReplacesASessionThatBrokeWhileItWasIdle) {
  Pool pool = make(1);
  { auto lease = pool.acquire({}); }
  EXPECT_EQ(pool.counts().idle, 1u);
  server_.hung_up = true;
  EXPECT_TRUE(pool.acquire({}));
  EXPECT_EQ(server_.connects, 2);
  EXPECT_EQ(server_.open_max, 1);
  EXPECT_EQ(pool.counts().open, 1u);
}

// What only the operating system knows is asked when the session is lent, not while its caller
// waits.
TEST_F(PoolTest, TakesBackASessionWhoseServerHungUp) {
  Pool pool = make(1);
  {
    auto lease = pool.acquire({});
    server_.hung_up = true;
  }
  EXPECT_EQ(pool.counts().idle, 1u);
  server_.hung_up = false;
  {
    auto lease = pool.acquire({});
    ASSERT_TRUE(lease);
    break_down(*lease);
  }
  EXPECT_EQ(pool.counts().open, 0u);
}

TEST_F(PoolTest, ReplacesDeadIdleSessionsWithoutAWord) {
  Pool pool = make(3);
  {
    std::vector<Pool::Lease> leases;
    for (int i = 0; i < 3; ++i) leases.push_back(*pool.acquire({}));
  }
  pass(Pool::kUncheckedMax + seconds(1));
  server_.answers_pings = false;
  auto lease = pool.acquire({});
  ASSERT_TRUE(lease);
  EXPECT_EQ(server_.pings, 3);
  EXPECT_EQ(server_.connects, 4);
  EXPECT_EQ(pool.counts().open, 1U);
  EXPECT_EQ(server_.open, 1);
}

TEST_F(PoolTest, ADeadIdleSessionOfADeadServerAnswersWhatConnectSays) {
  Pool pool = make(2);
  { auto lease = pool.acquire({}); }
  pass(Pool::kUncheckedMax + seconds(1));
  server_.answers_pings = false;
  server_.down = true;
  const auto lease = pool.acquire({});
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::unreachable);
  EXPECT_EQ(pool.counts().open, 0U);
}

TEST_F(PoolTest, TrimsWhatWasIdleTooLong) {
  Pool pool = make(3);
  {
    auto first = pool.acquire({});
    auto second = pool.acquire({});
  }
  pass(Pool::kIdleMax - seconds(1));
  { auto used_again = pool.acquire({}); }
  pass(seconds(2));
  pool.trim();
  EXPECT_EQ(pool.counts().open, 1U);
  EXPECT_EQ(server_.open, 1);
  pass(Pool::kIdleMax);
  pool.trim();
  EXPECT_EQ(server_.open, 0);
  pool.trim();
  EXPECT_TRUE(pool.acquire({}));
}

TEST_F(PoolTest, RefusesWhenTooManyWait) {
  rlimit files{};  // Each of the waiting has a descriptor to be woken by.
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  Pool pool = make(1);
  auto held = pool.acquire({});
  Context context;
  context.cancel = Cancel::create();
  std::vector<std::thread> callers;
  for (size_t i = 0; i < Pool::kWaitingMax; ++i)
    callers.emplace_back([&] { EXPECT_FALSE(pool.acquire(context)); });
  await_waiting(pool, Pool::kWaitingMax);
  const auto lease = pool.acquire({});
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().code, Code::busy);
  EXPECT_THAT(lease.error().message, AllOf(HasSubstr("queue is full"), HasSubstr("4096")));
  context.cancel.request();
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(pool.counts().waiting, 0U);
}

// Cancels, breaks, failures and trims all at once: nothing is lost, nothing is lent twice.
TEST_F(PoolTest, StaysExactUnderEverythingAtOnce) {
  constexpr int kThreads = 16;
  constexpr int kRounds = 300;
  Pool pool = make(3);
  std::vector<std::thread> callers;
  for (int t = 0; t < kThreads; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < kRounds; ++i) {
        Context context;
        context.cancel = Cancel::create();
        if ((t + i) % 7 == 0) context.deadline = Deadline::after(milliseconds(0));
        if ((t + i) % 11 == 0) context.cancel.request();
        server_.down = t == 0 && i % 5 == 0;
        server_.answers_pings = i % 3 != 0;
        pass(seconds(i % 10));
        auto lease = pool.acquire(context);
        if (lease && i % 13 == 0) break_down(*lease);
        if (i % 17 == 0) pool.trim();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_LE(server_.open_max, 3);
  EXPECT_EQ(pool.counts().waiting, 0U);
  EXPECT_EQ(pool.counts().open, pool.counts().idle);
  EXPECT_EQ(static_cast<int>(pool.counts().open), server_.open);
}

}  // namespace
}  // namespace dbops
