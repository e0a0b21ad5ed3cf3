#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class QueryTest : public OpsTest {};

TEST_F(QueryTest, HandsRowsOver) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 3", sink));
  EXPECT_THAT(sink.rows, ElementsAre("1", "2", "3"));
  ASSERT_THAT(sink.pages, SizeIs(1));
  EXPECT_EQ(sink.pages[0].rows, 3u);
  EXPECT_FALSE(sink.pages[0].truncated);
  EXPECT_EQ(sink.pages[0].cut_by, "");
  EXPECT_EQ(sink.pages[0].cursor, "");
  EXPECT_EQ(server_.rollbacks, 1);
  EXPECT_EQ(server_.commits, 0);
}

TEST_F(QueryTest, BeginsWithoutRows) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 0", sink));
  EXPECT_THAT(sink.schemas, SizeIs(1));
  EXPECT_THAT(sink.pages, SizeIs(1));
}

// One row more, one less, in batches of any size: `truncated` is so only where a row is left.
TEST_F(QueryTest, TruncatesExactly) {
  for (const uint64_t together : {1, 2, 7, 1024})
    for (const uint64_t rows : {0, 9, 10, 11, 5000}) {
      SCOPED_TRACE(testing::Message() << rows << " rows in batches of " << together);
      server_.reply("SELECT x", {.rows = rows, .arrive_together = together});
      Collected sink;
      ASSERT_TRUE(query("SELECT x", sink, 10));
      EXPECT_EQ(sink.rows.size(), std::min<uint64_t>(rows, 10));
      EXPECT_EQ(sink.pages[0].truncated, rows > 10);
      EXPECT_EQ(sink.pages[0].cut_by, rows > 10 ? "limit of 10 rows" : "");
      EXPECT_EQ(sink.pages[0].cursor.empty(), rows <= 10);
    }
}

TEST_F(QueryTest, PullsNoMoreThanItNeeds) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 1000000", sink, 10));
  EXPECT_EQ(server_.rows_made, 11u);
}

TEST_F(QueryTest, TakesTheLimitOfTheConnection) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 5000", sink));
  EXPECT_EQ(sink.rows.size(), 1000u);
  EXPECT_EQ(sink.pages[0].cut_by, "limit of 1,000 rows");
}

TEST_F(QueryTest, ReadsAllWithoutALimit) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 5000", sink, 0));
  EXPECT_EQ(sink.rows.size(), 5000u);
  EXPECT_EQ(server_.hold_ms, 0);  // Nothing can cut it: the server needs no time in hand.
}

TEST_F(QueryTest, StopsWhereTheSinkIsFull) {
  Collected sink(4);
  ASSERT_TRUE(query("SELECT 100", sink));
  EXPECT_EQ(sink.rows.size(), 4u);
  EXPECT_TRUE(sink.pages[0].truncated);
  EXPECT_EQ(sink.pages[0].cut_by, "limit of 4 B");
  Collected rest;
  ASSERT_TRUE(next_page(sink.pages[0].cursor, rest));
  EXPECT_EQ(rest.rows.front(), "5");  // The row that did not fit comes first.
  EXPECT_EQ(rest.rows.size(), 96u);
}

TEST_F(QueryTest, SaysWhenNotEvenOneRowFits) {
  class Full final : public Sink {
    Result<void> begin(const Schema&) override { return {}; }
    Result<bool> row(std::span<const Value>) override { return false; }
    Result<void> end(const Page&) override { return {}; }
    uint64_t bytes_max() const override { return 1 << 20; }
  } sink;
  const auto answer = query("SELECT 1", sink);
  EXPECT_EQ(code_of(answer), Code::too_large);
  EXPECT_THAT(answer.error().message, HasSubstr("limit of 1.0 MB"));
  EXPECT_EQ(server_.streams, 0);
}

TEST_F(QueryTest, AnswersOneResultForEachStatement) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 2; SELECT 30; SELECT 1", sink, 3));
  EXPECT_THAT(sink.rows, ElementsAre("1", "2", "1", "2", "3", "1"));
  ASSERT_THAT(sink.pages, SizeIs(3));
  EXPECT_FALSE(sink.pages[0].truncated);
  EXPECT_TRUE(sink.pages[1].truncated);
  EXPECT_EQ(sink.pages[1].cursor, "");  // Only a single statement is held.
  EXPECT_EQ(workspace_.cursors().size(), 0u);
}

TEST_F(QueryTest, RefusesBeforeTheSinkBegins) {
  const struct {
    std::string statement;
    Code code;
  } cases[] = {{"INSERT x", Code::forbidden},
               {"SELECT 1; DROP t", Code::forbidden},
               {"SYNTAX", Code::syntax},
               {"", Code::invalid_argument},
               {"GRANT all", Code::forbidden}};
  for (const auto& one : cases) {
    SCOPED_TRACE(one.statement);
    Collected sink;
    EXPECT_EQ(code_of(query(one.statement, sink)), one.code);
    EXPECT_THAT(sink.schemas, SizeIs(0));
  }
  EXPECT_EQ(server_.connects, 0);
  // Not even where the connection may write.
  Collected sink;
  EXPECT_EQ(code_of(query("INSERT x", sink, {}, "owned")), Code::forbidden);
}

TEST_F(QueryTest, FailsBeforeTheSinkBeginsWhenTheFirstPullFails) {
  server_.reply("SELECT x", {.rows = 5, .error = Error{.code = Code::data, .message = "1/0"}});
  Collected sink;
  EXPECT_EQ(code_of(query("SELECT x", sink)), Code::data);
  EXPECT_THAT(sink.schemas, SizeIs(0));
}

TEST_F(QueryTest, NamesAnUnknownConnection) {
  Collected sink;
  EXPECT_EQ(code_of(query("SELECT 1", sink, {}, "dbb")), Code::not_found);
}

TEST_F(QueryTest, SaysWhyItCannotConnect) {
  server_.connect_error = Error{.code = Code::unreachable, .message = "refused", .retryable = true};
  Collected sink;
  EXPECT_EQ(code_of(query("SELECT 1", sink)), Code::unreachable);
}

TEST_F(QueryTest, IsAnErrorWhenTheTimePassesMidway) {
  fakes::Gate never;
  server_.reply("SELECT x", {.rows = 50, .gate = &never, .gate_after = 10});
  QueryRequest request;
  request.connection = "db";
  request.statement = "SELECT x";
  request.timeout = std::chrono::milliseconds(20);
  Collected sink;
  const auto answer = ops::query(workspace_, context_, std::move(request), sink);
  ASSERT_EQ(code_of(answer), Code::timeout);
  EXPECT_THAT(answer.error().message, HasSubstr("after 10 rows"));
  EXPECT_THAT(answer.error().message, HasSubstr("limit of 20 ms"));
  EXPECT_THAT(sink.pages, SizeIs(0));
  EXPECT_EQ(server_.streams, 0);
}

TEST_F(QueryTest, DropsASessionThatDiesMidway) {
  server_.reply(
      "SELECT x",
      {.rows = 50,
       .error = Error{.code = Code::disconnected, .message = "gone", .session_broken = true},
       .error_after = 10});
  Collected sink;
  EXPECT_EQ(code_of(query("SELECT x", sink)), Code::disconnected);
  EXPECT_EQ(server_.sessions, 0);
  Collected again;
  EXPECT_TRUE(query("SELECT 3", again));
}

TEST_F(QueryTest, ParsesARepeatedStatementOnce) {
  for (int i = 0; i < 5; ++i) {
    Collected sink;
    ASSERT_TRUE(query("SELECT 1", sink));
  }
  EXPECT_EQ(server_.parses, 1);
}

TEST_F(QueryTest, LeavesNothingOpenWhenTheSinkFails) {
  Collected sink;
  sink.row_error = Error{.code = Code::io, .message = "pipe"};
  EXPECT_EQ(code_of(query("SELECT 100", sink)), Code::io);
  EXPECT_EQ(server_.streams, 0);
  EXPECT_EQ(workspace_.cursors().size(), 0u);
}

}  // namespace
}  // namespace dbops::ops
