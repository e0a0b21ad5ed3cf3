// What a caller with grants meets: each operation under the lesser of tier and grant.
#include "core/grants.h"

#include "fakes/ops_fixture.h"
#include "ops/call.h"
#include "ops/inspect.h"

namespace dbops::ops {
namespace {

using testing::HasSubstr;

// Connections as in OpsTest; `owned` has the tier admin.
class GrantsTest : public OpsTest {
 protected:
  void grant(std::initializer_list<const char*> scopes) {
    auto grants = std::make_shared<Grants>();
    for (const char* scope : scopes) EXPECT_TRUE(grants->add(scope));
    context_.grants = std::move(grants);
  }
  std::optional<Code> write(const std::string& connection, bool dry_run = false) {
    Collected sink;
    ExecuteRequest request = writing("INSERT x", connection);
    request.dry_run = dry_run;
    return code_of(ops::execute(workspace_, context_, std::move(request), sink));
  }
  std::optional<Code> read(const std::string& connection) {
    Collected sink;
    return code_of(query("SELECT 1", sink, {}, connection));
  }
};

TEST_F(GrantsTest, TheLesserHolds) {
  grant({"db:read"});
  EXPECT_EQ(write("owned"), Code::forbidden);
  EXPECT_EQ(write("owned", true), Code::forbidden) << "a rehearsal is a write too";
  EXPECT_EQ(read("owned"), std::nullopt);
  grant({"db:admin"});
  EXPECT_EQ(write("db"), Code::forbidden) << "its tier is read";
  EXPECT_EQ(write("writable"), std::nullopt);
  grant({"db:write:writable"});
  EXPECT_EQ(write("writable"), std::nullopt);
}

TEST_F(GrantsTest, WhatIsNotGrantedDoesNotExist) {
  grant({"db:read:db"});
  EXPECT_EQ(read("db"), std::nullopt);
  Collected sink;
  const auto hidden = query("SELECT 1", sink, {}, "owned");
  const auto missing = query("SELECT 1", sink, {}, "nowhere");
  ASSERT_FALSE(hidden || missing);
  EXPECT_EQ(hidden.error().code, Code::not_found);
  EXPECT_EQ(hidden.error().hint, missing.error().hint);
  EXPECT_EQ(hidden.error().message, "no connection is named \"owned\"");
  EXPECT_EQ(missing.error().hint, "there are: db") << "nothing of the others";
  EXPECT_EQ(query("SELECT 1", sink, {}, "writabel").error().hint, "there are: db");
  grant({"metrics"});
  EXPECT_THAT(query("SELECT 1", sink).error().hint, HasSubstr("none is granted"));
  EXPECT_EQ(server_.runs, 1);
}

TEST_F(GrantsTest, TheListShowsWhatIsGranted) {
  grant({"db:read:owned", "db:admin:writable"});
  const auto statuses = list_connections(workspace_, context_, true);
  ASSERT_TRUE(statuses);
  ASSERT_EQ(statuses->size(), 2u);
  EXPECT_EQ((*statuses)[0].name, "owned");
  EXPECT_EQ((*statuses)[0].tier, Tier::read);
  EXPECT_TRUE((*statuses)[0].server);
  EXPECT_EQ((*statuses)[1].name, "writable");
  EXPECT_EQ((*statuses)[1].tier, Tier::write) << "which is its own";
}

TEST_F(GrantsTest, OperationsNeedTheirTier) {
  grant({"db:read"});
  Collected sink;
  OperateRequest request;
  request.connection = "owned";
  request.operation = "vacuum";
  request.arguments = R"({"table":"t"})";
  EXPECT_EQ(code_of(operate(workspace_, context_, request, sink)), Code::forbidden);
  EXPECT_EQ(code_of(operations(workspace_, context_, "owned")), std::nullopt);
  grant({"metrics"});
  EXPECT_EQ(code_of(operations(workspace_, context_, "owned")), Code::not_found);
}

TEST_F(GrantsTest, ACursorDoesNotOutliveItsGrant) {
  const std::string cursor = held("db");
  grant({"db:read:other"});
  Collected sink;
  EXPECT_EQ(code_of(next_page(cursor, sink)), Code::not_found);
  grant({"db:read"});
  EXPECT_EQ(code_of(next_page(cursor, sink)), std::nullopt);
}

TEST_F(GrantsTest, ATokenOfConfirmationConfirmsNothingBeyondTheGrant) {
  Collected sink;
  const auto asked = ops::execute(workspace_, context_, writing("DROP t"), sink);
  ASSERT_TRUE(asked && *asked);
  grant({"db:read"});
  auto confirmed = writing("DROP t");
  confirmed.confirm = (*asked)->token;
  EXPECT_EQ(code_of(ops::execute(workspace_, context_, std::move(confirmed), sink)),
            Code::forbidden);
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(GrantsTest, APolicyBindsItsCallerAlone) {
  auto grants = std::make_shared<Grants>();
  ASSERT_TRUE(grants->add("db:admin"));
  grants->restrict(
      {{"", {.access = Access::make({.row_cap = 3}).value()}},
       {"writable",
        {.tier = Tier::read, .access = Access::make({.deny_operations = {"explain"}}).value()}}});
  context_.principal = "ada";
  context_.grants = grants;
  const auto statuses = list_connections(workspace_, context_, false);
  ASSERT_TRUE(statuses);
  for (const ConnectionStatus& status : *statuses)
    EXPECT_EQ(status.policy, status.name == "writable"
                                 ? "never the operations explain; at most 3 rows of a result"
                                 : "at most 3 rows of a result");
  Collected sink;
  server_.reply("SELECT many", {.rows = 10});
  ASSERT_TRUE(query("SELECT many", sink));
  EXPECT_EQ(sink.rows.size(), 3u);
  Collected ignored;
  const auto refused = ops::execute(workspace_, context_, writing("INSERT x", "writable"), ignored);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden);
  EXPECT_THAT(refused.error().hint, HasSubstr("in the policy of ada"));
  EXPECT_EQ(explain(workspace_, context_, {.connection = "writable", .statement = "SELECT 1"})
                .error()
                .code,
            Code::forbidden);

  context_.grants = nullptr;
  Collected all;
  ASSERT_TRUE(query("SELECT many", all));
  EXPECT_EQ(all.rows.size(), 10u);
  EXPECT_EQ(write("writable"), std::nullopt);
}

TEST_F(GrantsTest, WhereAPolicyCanNotBeHeldThereIsNothing) {
  auto grants = std::make_shared<Grants>();
  ASSERT_TRUE(grants->add("db:read"));
  grants->restrict({{"owned", {.access = Access::make({.deny = {"secret"}}).value()}}});
  context_.grants = grants;
  EXPECT_EQ(read("owned"), Code::forbidden);
  EXPECT_EQ(read("db"), std::nullopt);
  for (const auto& connection : visible_connections(workspace_, context_))
    EXPECT_NE(connection->name(), "owned");
}

}  // namespace
}  // namespace dbops::ops
