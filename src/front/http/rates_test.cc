#include "front/http/rates.h"

#include <gtest/gtest.h>

namespace dbops::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Rates::Clock::time_point kStart{std::chrono::hours(1)};

TEST(Rates, WithoutALimitNobodyWaits) {
  Rates rates(0);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(rates.take("ada", 1, kStart));
}

TEST(Rates, AMinutesCallsAtOnceThenEvenly) {
  Rates rates(60);
  for (int i = 0; i < 60; ++i) EXPECT_FALSE(rates.take("ada", 1, kStart)) << i;
  EXPECT_EQ(rates.take("ada", 1, kStart), seconds(1));
  EXPECT_EQ(rates.take("ada", 1, kStart + milliseconds(999)), seconds(1));
  EXPECT_FALSE(rates.take("ada", 1, kStart + seconds(1)));
  EXPECT_TRUE(rates.take("ada", 1, kStart + seconds(1)));
  EXPECT_FALSE(rates.take("ada", 1, kStart + seconds(1000)));
  for (int i = 0; i < 59; ++i) EXPECT_FALSE(rates.take("ada", 1, kStart + seconds(1000))) << i;
  EXPECT_TRUE(rates.take("ada", 1, kStart + seconds(1000)))
      << "nothing is saved up beyond a minute's";
}

TEST(Rates, RefusedCallsCostNothing) {
  Rates rates(1);
  EXPECT_FALSE(rates.take("ada", 1, kStart));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(rates.take("ada", 1, kStart), seconds(60));
  EXPECT_FALSE(rates.take("ada", 1, kStart + seconds(60)));
}

TEST(Rates, OneDoesNotTakeFromAnother) {
  Rates rates(1);
  EXPECT_FALSE(rates.take("ada", 1, kStart));
  EXPECT_FALSE(rates.take("bob", 1, kStart));
  EXPECT_TRUE(rates.take("ada", 1, kStart));
}

TEST(Rates, ABatchIsItsCalls) {
  Rates rates(10);
  EXPECT_FALSE(rates.take("ada", 7, kStart));
  EXPECT_TRUE(rates.take("ada", 4, kStart));
  EXPECT_FALSE(rates.take("ada", 3, kStart));
  EXPECT_TRUE(rates.take("bob", 11, kStart)) << "more than there ever are";
}

TEST(Rates, RemembersABoundedNumber) {
  Rates rates(1);
  for (size_t i = 0; i < Rates::kPrincipalsMax; ++i)
    EXPECT_FALSE(rates.take(std::to_string(i), 1, kStart));
  EXPECT_TRUE(rates.take("one more", 1, kStart));
  EXPECT_FALSE(rates.take("one more", 1, kStart + seconds(60)));
}

}  // namespace
}  // namespace dbops::http
