#include "base/context.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "base/time.h"

namespace dbops {
namespace {

using std::chrono::milliseconds;

class ContextTest : public testing::Test {
 protected:
  ContextTest() { EXPECT_EQ(pipe(pipe_.data()), 0); }
  ~ContextTest() override {
    close(pipe_[0]);
    close(pipe_[1]);
  }
  std::array<int, 2> pipe_;
};

TEST(Deadline, IsNeverOrOnce) {
  EXPECT_FALSE(Deadline().passed());
  EXPECT_FALSE(Deadline().remaining());
  EXPECT_EQ(Deadline().poll_ms(), -1);
  const Deadline past = Deadline::after(milliseconds(-5));
  EXPECT_TRUE(past.passed());
  EXPECT_EQ(past.remaining(), milliseconds(0));
  EXPECT_EQ(past.poll_ms(), 0);
  const Deadline later = Deadline::after(std::chrono::hours(10'000));
  EXPECT_GT(later.poll_ms(), 0);
  EXPECT_TRUE(later.earlier(past).passed());
  EXPECT_TRUE(past.earlier(later).passed());
  EXPECT_TRUE(Deadline().earlier(past).passed());
  EXPECT_TRUE(past.earlier(Deadline()).passed());
}

TEST(Tier, IsNamed) {
  for (const Tier tier : {Tier::read, Tier::write, Tier::admin})
    EXPECT_EQ(parse_tier(name(tier)), tier);
  EXPECT_FALSE(parse_tier("root"));
  EXPECT_FALSE(parse_tier(""));
}

TEST_F(ContextTest, WaitsForADescriptor) {
  EXPECT_EQ(Context().wait(pipe_[1], POLLOUT).value(), POLLOUT);
  std::thread writer([&] { EXPECT_EQ(write(pipe_[1], "x", 1), 1); });
  EXPECT_EQ(Context().wait(pipe_[0], POLLIN).value(), POLLIN);
  writer.join();
}

TEST_F(ContextTest, EndsAtItsDeadline) {
  Context context;
  context.deadline = Deadline::after(milliseconds(20));
  const Stopwatch watch;
  EXPECT_EQ(context.wait(pipe_[0], POLLIN).error().code, Code::timeout);
  EXPECT_GE(watch.elapsed_ms(), 19);
  EXPECT_EQ(context.alive().error().code, Code::timeout);
}

TEST_F(ContextTest, IsCancelledFromAnotherThread) {
  Context context;
  context.cancel = Cancel::create();
  EXPECT_TRUE(context.alive());
  std::thread canceller([cancel = context.cancel] { cancel.request(); });
  EXPECT_EQ(context.wait(pipe_[0], POLLIN).error().code, Code::cancelled);
  canceller.join();
  EXPECT_EQ(context.alive().error().code, Code::cancelled);
  context.cancel.request();
  EXPECT_TRUE(context.cancel.requested());
  EXPECT_FALSE(Cancel().requested());
  EXPECT_EQ(Cancel().fd(), -1);
}

}  // namespace
}  // namespace dbops
