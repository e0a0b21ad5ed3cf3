// The operations on a real engine, from end to end.
#include <filesystem>

#include "base/bytes.h"
#include "connectors/sqlite/connector.h"
#include "fakes/ops_fixture.h"
#include "ops/explore.h"
#include "ops/page_json.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Connections `reader` and `writer` on one new file, which has `numbers`: n from 1 to 5,000, t.
class SqliteTest : public testing::Test {
 protected:
  SqliteTest() : path_(std::filesystem::temp_directory_path() / ("dbops-ops-" + random_name())) {
    Connections connections(connectors_);
    for (const Tier tier : {Tier::admin, Tier::read}) {
      ConnectionOptions options;
      options.name = tier == Tier::read ? "reader" : "writer";
      options.url = Secret("sqlite:" + path_.string());
      options.tier = tier;
      options.create = tier == Tier::admin;
      EXPECT_TRUE(connections.add(std::move(options)));
    }
    workspace_ = std::make_unique<Workspace>(std::move(connections), Settings(), nullptr);
    EXPECT_EQ(execute("PRAGMA journal_mode = wal"), "");
    EXPECT_EQ(execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY, t TEXT)"), "");
    EXPECT_EQ(
        execute("WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r LIMIT 5000) "
                "INSERT INTO numbers SELECT n, 'row ' || n FROM r"),
        "");
  }
  ~SqliteTest() override {
    workspace_.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + suffix);
  }

  Result<void> query(const std::string& statement, Sink& sink, std::optional<uint64_t> limit = {},
                     const std::string& cursor = {}) {
    QueryRequest request;
    request.connection = "reader";
    if (cursor.empty()) request.statement = statement;
    request.cursor = cursor;
    request.limit = limit;
    return ops::query(*workspace_, context_, std::move(request), sink);
  }
  std::vector<std::string> rows(const std::string& statement) {
    Collected sink;
    const auto answer = query(statement, sink, 0);
    EXPECT_TRUE(answer) << answer.error().message;
    return sink.rows;
  }
  // The code of what went wrong; "confirm" when a person is asked first.
  std::string execute(const std::string& statement, bool dry_run = false, bool confirmed = false) {
    ExecuteRequest request;
    request.connection = "writer";
    request.statement = statement;
    request.dry_run = dry_run;
    request.confirmed = confirmed;
    pages_ = Collected();
    const auto answer = ops::execute(*workspace_, context_, std::move(request), pages_);
    if (!answer) return std::string(name(answer.error().code));
    return *answer ? "confirm" : "";
  }

  const std::filesystem::path path_;
  const Connector* const connectors_[1] = {&sqlite::connector()};
  std::unique_ptr<Workspace> workspace_;
  Context context_;
  Collected pages_;
};

TEST_F(SqliteTest, PagesAreOneBigPage) {
  const auto all = rows("SELECT * FROM numbers");
  ASSERT_THAT(all, SizeIs(5000));
  for (const uint64_t limit : {1024, 1999, 4999, 5000, 5001}) {
    Collected paged;
    ASSERT_TRUE(query("SELECT * FROM numbers", paged, limit));
    while (paged.pages.back().truncated)
      ASSERT_TRUE(query("", paged, {}, paged.pages.back().cursor));
    EXPECT_EQ(paged.rows, all);
    EXPECT_EQ(paged.pages.size(), (5000 + limit - 1) / limit);
  }
}

// A page of bytes: each is valid, together they are all.
TEST_F(SqliteTest, PagesOfBytesAreAllRows) {
  uint64_t rows = 0;
  std::string cursor;
  int pages = 0;
  do {
    PageJson page(20'000);
    const Result<void> answer = query("SELECT * FROM numbers", page, 0, cursor);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_LE(page.json().size(), 20'300u);  // The last members come on top.
    const auto cut = page.json().find("\"cursor\":\"");
    cursor = cut == std::string::npos ? "" : page.json().substr(cut + 10, 32);
    for (size_t at = 0; (at = page.json().find(",\"row ", at)) != std::string::npos; ++at) ++rows;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(rows, 5000u);
  EXPECT_GT(pages, 4);
}

// A held stream reads what was there when it began, and no writer waits for it.
TEST_F(SqliteTest, AHeldStreamKeepsItsSnapshot) {
  Collected page;
  ASSERT_TRUE(query("SELECT n FROM numbers", page, 2000));
  ASSERT_EQ(execute("DELETE FROM numbers WHERE n > 3000"), "");
  EXPECT_EQ(pages_.pages[0].summary.affected, 2000u);
  ASSERT_TRUE(query("", page, 10000, page.pages.back().cursor));
  EXPECT_EQ(page.rows.size(), 5000u);
  EXPECT_THAT(rows("SELECT count(*) FROM numbers"), ElementsAre("3000"));
}

TEST_F(SqliteTest, RehearsesWithoutATrace) {
  EXPECT_EQ(execute("DELETE FROM numbers", true), "");
  EXPECT_EQ(pages_.pages[0].summary.affected, 5000u);
  EXPECT_THAT(rows("SELECT count(*) FROM numbers"), ElementsAre("5000"));
  EXPECT_EQ(execute("VACUUM", true), "unsupported");
}

TEST_F(SqliteTest, AsksBeforeItDestroys) {
  EXPECT_EQ(execute("DELETE FROM numbers"), "confirm");
  EXPECT_EQ(execute("DROP TABLE numbers"), "confirm");
  EXPECT_THAT(rows("SELECT count(*) FROM numbers"), ElementsAre("5000"));
  EXPECT_EQ(execute("DELETE FROM numbers", false, true), "");
  EXPECT_THAT(rows("SELECT count(*) FROM numbers"), ElementsAre("0"));
}

TEST_F(SqliteTest, UndoesAllOfAScriptThatFails) {
  EXPECT_EQ(execute("INSERT INTO numbers VALUES (6000, 'x'); INSERT INTO numbers VALUES (1, 'y')"),
            "constraint");
  EXPECT_THAT(rows("SELECT max(n) FROM numbers"), ElementsAre("5000"));
}

TEST_F(SqliteTest, StopsAtTheTimeLimit) {
  QueryRequest request;
  request.connection = "reader";
  request.statement =
      "WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r) "
      "SELECT max(n) FROM r";
  request.timeout = std::chrono::milliseconds(50);
  Collected sink;
  const auto answer = ops::query(*workspace_, context_, std::move(request), sink);
  ASSERT_EQ(code_of(answer), Code::timeout);
  EXPECT_THAT(answer.error().message, HasSubstr("50 ms"));
}

TEST_F(SqliteTest, FindsNearNames) {
  ExploreRequest request;
  request.connection = "reader";
  request.path = "nunbers";
  const auto answer = explore(*workspace_, context_, std::move(request));
  ASSERT_EQ(code_of(answer), Code::not_found);
  EXPECT_THAT(answer.error().hint, HasSubstr("numbers"));
}

TEST_F(SqliteTest, ExplainsAWriteInTheReadTier) {
  ExplainRequest request;
  request.connection = "reader";
  request.statement = "DELETE FROM numbers WHERE t = 'x'";
  const auto plan = explain(*workspace_, context_, std::move(request));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr("SCAN numbers"));
}

}  // namespace
}  // namespace dbops::ops
