#include "base/digits.h"

#include <gtest/gtest.h>

#include <limits>

namespace dbops {
namespace {

TEST(Digits, AreThoseOfTheNumberHoweverItIsSpelled) {
  for (const char* same : {"1.5", "-1.5", "+1.50", "15e-1", "0.15E+1", "001.5", "150e-2", ".15e1"})
    EXPECT_EQ(digits_of(same), (Digits{"15", 1})) << same;
  for (const char* zero : {"0", "-0.0", "0e7", "000.000"}) EXPECT_EQ(digits_of(zero), Digits());
  EXPECT_EQ(digits_of("0.00120"), (Digits{"12", -2}));
  EXPECT_EQ(digits_of("1200"), (Digits{"12", 4}));
  EXPECT_EQ(digits_of("1e99999999999999999999").exponent, kDigitsExponentMax + 1);
  EXPECT_EQ(digits_of("1e-99999999999999999999").exponent, 1 - kDigitsExponentMax);
}

TEST(Digits, TellWhetherADoubleIsWrittenSo) {
  EXPECT_TRUE(writes_as(0.1, digits_of("0.10")));
  EXPECT_TRUE(writes_as(1e300, digits_of("1e300")));
  EXPECT_TRUE(writes_as(std::numeric_limits<double>::denorm_min(), digits_of("5e-324")));
  EXPECT_FALSE(writes_as(0.1, digits_of("0.1000000000000000055511151231257827")));
  EXPECT_FALSE(writes_as(9007199254740992.0, digits_of("9007199254740993")));
  EXPECT_FALSE(writes_as(0, digits_of("1e-400")));
}

}  // namespace
}  // namespace dbops
