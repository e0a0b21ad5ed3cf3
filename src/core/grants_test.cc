#include "core/grants.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

Grants grants(std::initializer_list<const char*> scopes) {
  Grants made;
  for (const char* scope : scopes) EXPECT_TRUE(made.add(scope)) << scope;
  return made;
}

TEST(Grants, NothingIsGrantedUnasked) {
  EXPECT_EQ(Grants().on("shop"), std::nullopt);
  EXPECT_FALSE(Grants().metrics());
}

TEST(Grants, OnEveryConnectionOrOnOne) {
  EXPECT_EQ(grants({"db:read"}).on("shop"), Tier::read);
  EXPECT_EQ(grants({"db:admin"}).on("shop"), Tier::admin);
  const Grants one = grants({"db:write:shop"});
  EXPECT_EQ(one.on("shop"), Tier::write);
  EXPECT_EQ(one.on("shop2"), std::nullopt);
  EXPECT_EQ(one.on(""), std::nullopt);
}

TEST(Grants, AddUpWhateverTheirOrder) {
  const Grants mixed = grants({"db:admin:shop", "db:read", "db:write:shop", "db:read:log"});
  EXPECT_EQ(mixed.on("shop"), Tier::admin);
  EXPECT_EQ(mixed.on("log"), Tier::read);
  EXPECT_EQ(mixed.on("other"), Tier::read);
  EXPECT_EQ(mixed.connections(), (std::vector<std::string>{"log", "shop"}));
  EXPECT_EQ(grants({"db:write", "db:read:shop"}).on("shop"), Tier::write)
      << "a scope takes nothing away";
}

TEST(Grants, MetricsAreAScopeOfTheirOwn) {
  EXPECT_TRUE(grants({"metrics"}).metrics());
  EXPECT_EQ(grants({"metrics"}).on("shop"), std::nullopt);
  EXPECT_FALSE(grants({"db:admin"}).metrics());
}

TEST(Grants, WhatIsNotUnderstoodGrantsNothing) {
  for (const std::string& scope :
       {std::string(), std::string("db"), std::string("db:"), std::string("db:owner"),
        std::string("DB:READ"), std::string("db:read:"), std::string("db:read "),
        std::string("db: read"), std::string("read"), std::string("metrics:x"),
        "db:read:" + std::string(Grants::kScopeBytesMax, 'x')}) {
    SCOPED_TRACE(scope);
    Grants made;
    const auto added = made.add(scope);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::invalid_argument);
    EXPECT_EQ(made.on("shop"), std::nullopt);
  }
}

TEST(Grants, RestrictionsHoldWhateverTheScopesSay) {
  Grants grants;
  ASSERT_TRUE(grants.add("db:admin"));
  const auto rows = [](uint64_t cap) { return Access::make({.row_cap = cap}).value(); };
  grants.restrict({{"", {.tier = Tier::write, .access = rows(100)}},
                   {"log", {.tier = Tier::read, .access = rows(10)}},
                   {"log", {.tier = Tier::admin, .access = rows(50)}}});
  EXPECT_EQ(grants.on("shop"), Tier::write);
  EXPECT_EQ(grants.granted("shop"), Tier::admin);
  EXPECT_EQ(grants.on("log"), Tier::read);
  EXPECT_EQ(grants.access("shop").row_cap(), 100u);
  EXPECT_EQ(grants.access("log").row_cap(), 10u);
  EXPECT_EQ(grants.connections(), std::vector<std::string>{"log"});
}

TEST(Grants, ARestrictionGrantsNothing) {
  Grants grants;
  grants.restrict({{"", {.tier = Tier::admin, .access = {}}}});
  EXPECT_FALSE(grants.on("shop"));
}

}  // namespace
}  // namespace dbops
