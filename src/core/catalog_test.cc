#include "core/catalog.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

TEST(MatchesName, ByTextOrPattern) {
  EXPECT_TRUE(matches_name("User:Name", "ER:n"));
  EXPECT_TRUE(matches_name("anything", "any*"));
  EXPECT_TRUE(matches_name("größe", "gr?ße"));
  EXPECT_TRUE(matches_name("aXbXc", "a*b*c"));
  EXPECT_FALSE(matches_name("aXbX", "a*b*c"));
  EXPECT_FALSE(matches_name("ab",
                            "a"
                            "?"
                            "b"));
  EXPECT_TRUE(matches_name("", "*"));
  EXPECT_FALSE(matches_name(std::string(5000, 'a'), "*a*a*a*a*a*a*b"));
}

}  // namespace
}  // namespace dbops
