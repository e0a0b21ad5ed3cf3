#include "base/look.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

using namespace std::chrono_literals;

TEST(Look, IsGivenUpWhereWaitsAreLong) {
  Look look;
  EXPECT_EQ(look.span(), Look::kMost);
  look.learn(1s);
  EXPECT_EQ(look.span(), Look::kMost / 2);
  for (int wait = 0; wait < 4; ++wait) look.learn(1s);
  EXPECT_EQ(look.span(), 0ns);
  look.learn(1s);
  EXPECT_EQ(look.span(), 0ns);
}

TEST(Look, IsTakenUpAgainByOneWaitThatItWouldHaveCaught) {
  Look look;
  for (int wait = 0; wait < 5; ++wait) look.learn(1s);
  look.learn(Look::kMost + 1ns);
  EXPECT_EQ(look.span(), 0ns);
  look.learn(Look::kMost);
  EXPECT_EQ(look.span(), Look::kMost);
}

// How many of so many waits are looked for, where one lasts so long if it is, and if it is not.
int count_looks(Look& look, unsigned waits, Look::Span looked, Look::Span slept) {
  int looks = 0;
  for (unsigned wait = 0; wait < waits; ++wait) {
    const bool looks_for_it = look.span() > 0ns;
    looks += looks_for_it ? 1 : 0;
    look.learn(looks_for_it ? looked : slept);
  }
  return looks;
}

constexpr unsigned kFirst = 2 * Look::kCompared + 1;           // until it has compared
constexpr unsigned kAgain = 2 * Look::kTry * Look::kCompared;  // and once more at least

TEST(Look, IsKeptWhereBeingWokenTakesLong) {
  Look look;
  count_looks(look, kFirst, 20us, 60us);
  EXPECT_EQ(count_looks(look, 10 * Look::kTry, 20us, 60us), 10 * (Look::kTry - 1));
}

TEST(Look, IsLeftOutWhereBeingWokenTakesLittle) {
  Look look;
  count_looks(look, kFirst, 20us, 24us);
  EXPECT_EQ(count_looks(look, 10 * Look::kTry, 20us, 24us), 10);
}

TEST(Look, NoticesThatBeingWokenTakesLongerNowOrNoLonger) {
  Look look;
  count_looks(look, kFirst, 20us, 24us);
  count_looks(look, kAgain, 20us, 60us);
  EXPECT_GT(count_looks(look, Look::kTry, 20us, 60us), 1);
  count_looks(look, kAgain, 20us, 24us);
  EXPECT_EQ(count_looks(look, Look::kTry, 20us, 24us), 1);
}

TEST(Look, ComparesNothingThatLastedLong) {
  Look look;
  for (int wait = 0; wait < 1000; ++wait) {
    look.learn(1s);
    look.learn(20us);
  }
  EXPECT_EQ(look.span(), Look::kMost) << "it never knew one that was slept through";
}

}  // namespace
}  // namespace dbops
