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

}  // namespace
}  // namespace dbops
