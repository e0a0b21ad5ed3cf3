// Held streams on a server that can end them: paging, a backend that is killed, many callers.
#include <cstdlib>
#include <thread>

#include "connectors/postgres/connector.h"
#include "fakes/ops_fixture.h"
#include "ops/explore.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Connections `reader` (read) and `owner` (admin) to the tests' server.
class PostgresTest : public testing::Test {
 protected:
  explicit PostgresTest(Settings settings = {}) {
    const char* const url = std::getenv("DBOPS_TEST_PG");
    if (url == nullptr) {
      ADD_FAILURE() << "DBOPS_TEST_PG is not set: run ./test postgres";
      return;
    }
    Connections connections(connectors_);
    for (const Tier tier : {Tier::read, Tier::admin}) {
      ConnectionOptions options;
      options.name = tier == Tier::read ? "reader" : "owner";
      options.url = Secret(url);
      options.tier = tier;
      EXPECT_TRUE(connections.add(std::move(options)));
    }
    workspace_ = std::make_unique<Workspace>(std::move(connections), settings, nullptr);
  }
  void SetUp() override { ASSERT_NE(workspace_, nullptr); }

  Result<void> query(const std::string& statement, Sink& sink, std::optional<uint64_t> limit = {},
                     const std::string& cursor = {}) {
    QueryRequest request;
    request.connection = "reader";
    if (cursor.empty()) request.statement = statement;
    request.cursor = cursor;
    request.limit = limit;
    return ops::query(*workspace_, context_, std::move(request), sink);
  }
  std::vector<std::string> rows_as_owner(const std::string& statement) {
    ExecuteRequest request;
    request.connection = "owner";
    request.statement = statement;
    request.confirmed = true;
    Collected sink;
    const auto answer = execute(*workspace_, context_, std::move(request), sink);
    EXPECT_TRUE(answer) << answer.error().message;
    return sink.rows;
  }

  const Connector* const connectors_[1] = {&postgres::connector()};
  std::unique_ptr<Workspace> workspace_;
  Context context_;
};

TEST_F(PostgresTest, PagesAreOneBigPage) {
  const std::string statement = "SELECT n, 'row ' || n FROM generate_series(1, 20000) n";
  Collected all;
  ASSERT_TRUE(query(statement, all, 0));
  ASSERT_EQ(all.rows.size(), 20000u);
  for (const uint64_t limit : {1000, 1023, 19999, 20000, 20001}) {
    Collected paged;
    ASSERT_TRUE(query(statement, paged, limit));
    while (paged.pages.back().truncated)
      ASSERT_TRUE(query("", paged, {}, paged.pages.back().cursor));
    EXPECT_EQ(paged.rows, all.rows);
    EXPECT_EQ(paged.pages.size(), (20000 + limit - 1) / limit);
  }
}

// What the server had sent before it was killed may still come; then the page says what happened,
// and the next statement gets a new session.
TEST_F(PostgresTest, SaysWhenTheBackendOfAHeldStreamWasKilled) {
  Collected sink;
  ASSERT_TRUE(query("SELECT repeat('x', 1000) AS killed_by_a_test FROM generate_series(1, 200000)",
                    sink, 1000));
  ASSERT_THAT(rows_as_owner("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                            "query LIKE '%killed_by_a_test%' AND pid <> pg_backend_pid()"),
              ElementsAre("1"));
  Result<void> page;
  while (page && sink.pages.back().truncated) page = query("", sink, {}, sink.pages.back().cursor);
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, Code::disconnected) << page.error().message;
  EXPECT_EQ(page.error().effect, Effect::none);
  EXPECT_LT(sink.rows.size(), 200000u);
  Collected again;
  EXPECT_TRUE(query("SELECT 1", again));
  EXPECT_EQ(again.rows, std::vector<std::string>{"1"});
}

TEST_F(PostgresTest, ServesManyCallersOnFourSessions) {
  constexpr int kCallers = 1000;
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  callers.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i)
    callers.emplace_back([&, i] {
      Collected sink;
      const uint64_t limit = i % 2 == 0 ? 10 : 100;
      const auto answer = query("SELECT * FROM generate_series(1, 50)", sink, limit);
      if (answer && sink.rows.size() == std::min<uint64_t>(limit, 50)) ++served;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, kCallers);
  EXPECT_LE((*workspace_->connections().find("reader"))->pool().counts().open, 4u);
}

// A parent, a source, a number of tables: what a policy hides is not told by what it shows.
TEST_F(PostgresTest, ExploreDoesNotNameWhatIsHidden) {
  rows_as_owner(
      "DROP SCHEMA IF EXISTS dbops_explored CASCADE; CREATE SCHEMA dbops_explored;"
      "CREATE TABLE dbops_explored.hidden (id int);"
      "CREATE TABLE dbops_explored.child () INHERITS (dbops_explored.hidden)");
  Connections connections(connectors_);
  ConnectionOptions options;
  options.name = "ruled";
  options.url = Secret(std::getenv("DBOPS_TEST_PG"));
  options.access = *Access::make({.deny = {"hidden"}});
  ASSERT_TRUE(connections.add(std::move(options)));
  Workspace ruled(std::move(connections), {}, nullptr);
  for (const char* path : {"dbops_explored", "dbops_explored.child"}) {
    const auto page =
        explore(ruled, context_, {.connection = "ruled", .path = path, .detail = Detail::full});
    ASSERT_TRUE(page) << page.error().message;
    const std::string text = explore_text(*page);
    EXPECT_THAT(text, HasSubstr("child (table"));
    EXPECT_THAT(text, Not(HasSubstr("hidden")));
    EXPECT_THAT(text, Not(HasSubstr("tables: 2")));
  }
  rows_as_owner("DROP SCHEMA dbops_explored CASCADE");
}

class ShortLived : public PostgresTest {
 protected:
  ShortLived() : PostgresTest({.cursor_life = std::chrono::seconds(0)}) {}
};

TEST_F(ShortLived, StreamsLeaveNothingOnTheServer) {
  Collected sink;
  ASSERT_TRUE(query(
      "SELECT repeat('x', 1000) AS given_up_by_a_test FROM generate_series(1, 200000)", sink, 10));
  workspace_->trim();
  EXPECT_EQ(workspace_->cursors().size(), 0u);
  // Its session is lent again, and the server is at rest.
  Collected again;
  ASSERT_TRUE(query("SELECT 1", again));
  EXPECT_THAT(rows_as_owner("SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle' AND query "
                            "LIKE '%given_up_by_a_test%' AND pid <> pg_backend_pid()"),
              ElementsAre("0"));
}

}  // namespace
}  // namespace dbops::ops
