#include "core/access.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

constexpr auto kCounts = Access::Case::counts;
constexpr auto kIgnored = Access::Case::ignored;

Access make(AccessRules rules) {
  auto access = Access::make(std::move(rules));
  EXPECT_TRUE(access) << access.error().message;
  return *access;
}

TEST(Access, WithoutRulesAllIsAllowed) {
  const Access access;
  EXPECT_FALSE(access.restricts());
  EXPECT_TRUE(access.table("any", "thing", kCounts));
  EXPECT_FALSE(access.masked("any", "thing", "at all"));
  EXPECT_TRUE(access.operation("query"));
  EXPECT_TRUE(access.unchecked_operation("diagnose"));
  EXPECT_EQ(access.capped(0), 0u);
  EXPECT_EQ(access.describe(), "");
}

TEST(Access, TablesByPattern) {
  struct Case {
    AccessRules rules;
    const char* schema;
    const char* table;
    bool allowed;
  };
  const std::vector<Case> cases = {
      {{.allow = {"public.*"}}, "public", "a", true},
      {{.allow = {"public.*"}}, "hr", "a", false},
      {{.allow = {"a"}}, "any", "a", true},
      {{.allow = {"a"}}, "any", "ab", false},
      {{.allow = {"a*c"}}, "any", "abbc", true},
      {{.allow = {"a*c"}}, "any", "abbcd", false},
      {{.allow = {"*a*a*"}}, "any", "bab", false},
      {{.allow = {"\"my.table\""}}, "s", "my.table", true},
      {{.allow = {"*"}, .deny = {"a"}}, "s", "a", false},
      {{.deny = {"*"}}, "s", "a", false},
      {{.deny = {"hr.*"}}, "hr", "a", false},
      {{.deny = {"hr.*"}}, "public", "hr", true},
      // A denial ignores case whatever the engine does; an allowance only where the engine does.
      {{.deny = {"Secret"}}, "s", "SECRET", false},
      {{.allow = {"Open"}}, "s", "open", false},
  };
  for (const Case& each : cases)
    EXPECT_EQ(make(each.rules).table(each.schema, each.table, kCounts), each.allowed)
        << each.schema << "." << each.table;
  EXPECT_TRUE(make({.allow = {"Open"}}).table("s", "open", kIgnored));
}

TEST(Access, MasksColumns) {
  const Access access = make({.masks = {"users.ssn", "hr.people.*", "*.password"}});
  EXPECT_TRUE(access.masked("any", "users", "SSN"));
  EXPECT_FALSE(access.masked("any", "users", "name"));
  EXPECT_TRUE(access.masked("hr", "people", "name"));
  EXPECT_FALSE(access.masked("public", "people", "name"));
  EXPECT_TRUE(access.masked("public", "anything", "password"));
  EXPECT_TRUE(access.has_masks("public", "anything"));
  EXPECT_FALSE(make({.masks = {"users.ssn"}}).has_masks("public", "orders"));
}

TEST(Access, OperationsAndRows) {
  const Access access = make({.allow_operations = {"query", "ex*", "vacuum"},
                              .deny_operations = {"execute"},
                              .row_cap = 10});
  EXPECT_TRUE(access.operation("query"));
  EXPECT_TRUE(access.operation("explain"));
  EXPECT_FALSE(access.operation("execute"));
  EXPECT_FALSE(access.operation("operate"));
  EXPECT_EQ(access.capped(0), 10u);
  EXPECT_EQ(access.capped(7), 7u);
  EXPECT_EQ(access.capped(70), 10u);
  EXPECT_EQ(access.describe(),
            "only the operations query, ex*, vacuum; never the operations execute; at most 10 rows "
            "of a result");
}

TEST(Access, WhatPassesTheRulesOfTablesMustBeNamedItself) {
  EXPECT_FALSE(make({.deny = {"a"}}).unchecked_operation("profile"));
  EXPECT_FALSE(make({.deny = {"a"}, .allow_operations = {"*"}}).unchecked_operation("profile"));
  EXPECT_TRUE(
      make({.deny = {"a"}, .allow_operations = {"profile"}}).unchecked_operation("profile"));
  EXPECT_FALSE(make({.deny = {"a"}, .allow_operations = {"profile"}, .deny_operations = {"p*"}})
                   .unchecked_operation("profile"));
}

TEST(Access, OfTwoTheStricterHolds) {
  const Access both = make({.allow = {"sales.*"}, .masks = {"a.x"}, .row_cap = 10})
                          .with(make({.allow = {"*.orders", "*.users"},
                                      .deny = {"users"},
                                      .masks = {"a.y"},
                                      .allow_operations = {"query"},
                                      .row_cap = 5}));
  EXPECT_TRUE(both.table("sales", "orders", kCounts));
  EXPECT_FALSE(both.table("sales", "customers", kCounts)) << "the second does not allow it";
  EXPECT_FALSE(both.table("hr", "orders", kCounts)) << "nor the first that";
  EXPECT_FALSE(both.table("sales", "users", kCounts));
  EXPECT_TRUE(both.masked("s", "a", "x"));
  EXPECT_TRUE(both.masked("s", "a", "y"));
  EXPECT_TRUE(both.operation("query"));
  EXPECT_FALSE(both.operation("explain"));
  EXPECT_EQ(both.row_cap(), 5u);
  EXPECT_EQ(both.describe(),
            "only the tables sales.*; masked columns a.x; only the tables *.orders, *.users; never "
            "the tables users; masked columns a.y; only the operations query; at most 5 rows of a "
            "result");
}

// What one allows by name does not pass the other's rules of tables.
TEST(Access, EachMustNameWhatPassesItsRules) {
  const Access named = make({.deny = {"a"}, .allow_operations = {"diagnose"}});
  EXPECT_TRUE(named.unchecked_operation("diagnose"));
  EXPECT_FALSE(named.with(make({.deny = {"b"}})).unchecked_operation("diagnose"));
  EXPECT_TRUE(named.with(make({.row_cap = 1})).unchecked_operation("diagnose"));
}

TEST(Access, EqualRulesAreEqual) {
  EXPECT_EQ(make({.deny = {"a"}}), make({.deny = {"a"}}));
  EXPECT_NE(make({.deny = {"a"}}), make({.deny = {"b"}}));
  EXPECT_NE(make({.deny = {"a"}}), make({.allow = {"a"}}));
  EXPECT_EQ(make({}), Access());
  EXPECT_EQ(Access().with(make({.row_cap = 2})), make({.row_cap = 2}));
}

TEST(Access, PatternsThatCanNotBeUsed) {
  for (const AccessRules& rules :
       std::vector<AccessRules>{{.allow = {""}},
                                {.allow = {"a.b.c"}},
                                {.deny = {"a."}},
                                {.deny = {"\"a"}},
                                {.masks = {"a"}},
                                {.masks = {"a.b.c.d"}},
                                {.allow = {"\xff"}},
                                {.deny = std::vector<std::string>(1001, "a")}})
    EXPECT_EQ(Access::make(rules).error().code, Code::invalid_config);
}

}  // namespace
}  // namespace dbops
