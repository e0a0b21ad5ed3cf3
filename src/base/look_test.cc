#include "base/look.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

using namespace std::chrono_literals;

constexpr double kTrials = 1.0 / Look::kTrial;

TEST(Look, IsGivenUpWhereWaitsAreLong) {
  Look look;
  EXPECT_EQ(look.span(), Look::kMost);
  look.learn(1s, false);
  EXPECT_EQ(look.span(), Look::kMost / 2);
  for (int wait = 0; wait < 4; ++wait) look.learn(1s, false);
  EXPECT_EQ(look.span(), 0ns);
  look.learn(1s, true);
  EXPECT_EQ(look.span(), 0ns);
}

TEST(Look, IsTakenUpAgainByOneWaitThatItWouldHaveCaught) {
  Look look;
  for (int wait = 0; wait < 5; ++wait) look.learn(1s, false);
  look.learn(Look::kMost + 1ns, true);
  EXPECT_EQ(look.span(), 0ns);
  look.learn(Look::kMost, true);
  EXPECT_EQ(look.span(), Look::kMost);
}

// On a machine where a wait takes `looked` where it is looked for, and `slept` where not: the part
// of its waits that are slept through once that is learnt.
double slept_part(Look& look, Look::Span looked, Look::Span slept) {
  constexpr int kLearnt = 1000 * static_cast<int>(Look::kTrial);
  constexpr int kCounted = 100 * static_cast<int>(Look::kTrial);
  int sleeps = 0;
  for (int wait = -kLearnt; wait < kCounted; ++wait) {
    const bool asleep = look.span() == 0ns;
    if (wait >= 0 && asleep) ++sleeps;
    look.learn(asleep ? slept : looked, asleep);
  }
  return static_cast<double>(sleeps) / kCounted;
}

TEST(Look, PaysWhereBeingWokenTakesLong) {
  Look look;
  EXPECT_DOUBLE_EQ(slept_part(look, 28us, 59us), kTrials);
}

TEST(Look, DoesNotPayWhereBeingWokenIsQuick) {
  Look look;
  EXPECT_DOUBLE_EQ(slept_part(look, 15us, 18us), 1 - kTrials);
}

TEST(Look, DoesNotPayThereForShortWaitsEither) {
  Look look;
  EXPECT_DOUBLE_EQ(slept_part(look, 7us, 9us), 1 - kTrials);
}

// A burst of calls is over within a second, and each has two waits.
TEST(Look, IsLearntWithinThousandsOfWaits) {
  Look look;
  int looks = 0;
  for (int wait = 0; wait < 20'000; ++wait) {
    const bool asleep = look.span() == 0ns;
    looks += asleep ? 0 : 1;
    look.learn(asleep ? 22us : 18us, asleep);
  }
  EXPECT_LT(looks, 3'000);
}

// Once the one way is taken, what the other would take is known from few waits, which a machine
// that is disturbed makes long now and then.
TEST(Look, StaysAsItIsWhereSomeWaitsAreDisturbed) {
  Look look;
  slept_part(look, 18us, 22us);
  for (int wait = 0; wait < 100'000; ++wait) {
    const bool asleep = look.span() == 0ns;
    const auto usual = asleep ? 22us : 18us;
    look.learn(wait % 3 == 0 ? usual * 3 : usual, asleep);
    ASSERT_TRUE(asleep || look.span() == 0ns) << wait;
  }
}

TEST(Look, LearnsNothingFromWhatWasThere) {
  Look look;
  for (int wait = 0; wait < 100'000; ++wait) look.learn(500ns, true);
  EXPECT_EQ(look.span(), Look::kMost);
}

TEST(Look, FollowsAMachineThatChanges) {
  Look look;
  slept_part(look, 15us, 18us);
  EXPECT_DOUBLE_EQ(slept_part(look, 28us, 59us), kTrials);
  EXPECT_DOUBLE_EQ(slept_part(look, 15us, 18us), 1 - kTrials);
}

}  // namespace
}  // namespace dbops
