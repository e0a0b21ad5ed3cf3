#include "ops/cursors.h"

#include <thread>

#include "base/time.h"
#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::HasSubstr;

class CursorsTest : public OpsTest {
 protected:
  explicit CursorsTest(Settings settings = {}) : OpsTest(settings) {}

  Error error_of_page(const std::string& cursor, const std::string& connection = "db") {
    Collected sink;
    const auto answer = next_page(cursor, sink, connection);
    EXPECT_FALSE(answer);
    return answer ? Error() : answer.error();
  }
};

// Whatever the size of the pages, together they are what one big page is.
TEST_F(CursorsTest, PagesAreOneBigPage) {
  for (const uint64_t together : {1, 3, 1024})
    for (const uint64_t limit : {1, 10, 1023, 1024, 1025, 2500}) {
      SCOPED_TRACE(testing::Message() << "pages of " << limit << ", batches of " << together);
      server_.reply("SELECT x", {.rows = 2500, .arrive_together = together});
      Collected all;
      ASSERT_TRUE(query("SELECT x", all, 0));
      Collected paged;
      ASSERT_TRUE(query("SELECT x", paged, limit));
      while (paged.pages.back().truncated) {
        EXPECT_EQ(paged.pages.back().rows, limit);
        ASSERT_TRUE(next_page(paged.pages.back().cursor, paged));
      }
      EXPECT_EQ(paged.rows, all.rows);
      EXPECT_EQ(workspace_.cursors().size(), 0u);
    }
}

TEST_F(CursorsTest, TellsTheConnectorHowLongItHolds) {
  held();
  EXPECT_EQ(server_.hold_ms, 120'000);
}

TEST_F(CursorsTest, IsGoodForOnePage) {
  const std::string first = held();
  Collected sink;
  ASSERT_TRUE(next_page(first, sink));
  EXPECT_NE(sink.pages[0].cursor, first);
  const Error error = error_of_page(first);
  EXPECT_EQ(error.code, Code::expired);
  EXPECT_THAT(error.message, HasSubstr("used already"));
  EXPECT_TRUE(next_page(sink.pages[0].cursor, sink));  // The newer one is still good.
}

TEST_F(CursorsTest, TakesAnotherLimitFromThePageOn) {
  QueryRequest request;
  request.connection = "db";
  request.cursor = held();
  request.limit = 5;
  Collected sink;
  ASSERT_TRUE(ops::query(workspace_, context_, std::move(request), sink));
  EXPECT_EQ(sink.pages[0].rows, 5u);
  ASSERT_TRUE(next_page(sink.pages[0].cursor, sink));
  EXPECT_EQ(sink.pages[1].rows, 5u);
}

TEST_F(CursorsTest, EndsWithAPageThatHoldsNothing) {
  QueryRequest request;
  request.connection = "db";
  request.cursor = held();
  request.hold = false;
  Collected sink;
  ASSERT_TRUE(ops::query(workspace_, context_, std::move(request), sink));
  EXPECT_TRUE(sink.pages[0].truncated);
  EXPECT_EQ(sink.pages[0].cursor, "");
  EXPECT_EQ(server_.streams, 0);
}

TEST_F(CursorsTest, IsUnknownToOthers) {
  const std::string cursor = held();
  context_.principal = "eve";
  const Error foreign = error_of_page(cursor);
  EXPECT_EQ(foreign.code, Code::expired);
  EXPECT_EQ(foreign.message, error_of_page("0123456789abcdef").message);  // Eve learns nothing.
  context_.principal = "ada";
  EXPECT_THAT(error_of_page(cursor, "other").message, HasSubstr("another connection"));
  Collected sink;
  EXPECT_TRUE(next_page(cursor, sink));  // None of it used the cursor up.
}

TEST_F(CursorsTest, StaysWithItsStatement) {
  const std::string cursor = held();
  const auto page = [&](const std::string& statement, int64_t parameter) {
    QueryRequest request;
    request.connection = "db";
    request.cursor = cursor;
    request.statement = statement;
    if (parameter != 0) request.parameters.add("", Value::integer(parameter));
    Collected sink;
    return ops::query(workspace_, context_, std::move(request), sink);
  };
  EXPECT_EQ(code_of(page("SELECT 7", 0)), Code::invalid_argument);
  EXPECT_EQ(code_of(page("SELECT 1000000", 1)), Code::invalid_argument);
  EXPECT_TRUE(page("SELECT 1000000", 0));
}

TEST_F(CursorsTest, IsGoneAfterAPageThatFails) {
  server_.reply("SELECT x", {.rows = 50,
                             .arrive_together = 1,
                             .error = Error{.code = Code::disconnected, .message = "gone"},
                             .error_after = 10});
  Collected sink;
  ASSERT_TRUE(query("SELECT x", sink, 5));
  const std::string cursor = sink.pages[0].cursor;
  const Error failed = error_of_page(cursor);
  EXPECT_EQ(failed.code, Code::disconnected);
  EXPECT_THAT(failed.hint, HasSubstr("run the statement again"));
  EXPECT_EQ(error_of_page(cursor).code, Code::expired);
}

// As long as nobody else needs one: there are four.
TEST_F(CursorsTest, HoldsAsManyAsThereAreSessions) {
  std::vector<std::string> cursors(4);
  for (std::string& cursor : cursors) cursor = held();
  EXPECT_EQ(workspace_.cursors().size(), 4u);
  Collected sink;
  for (const std::string& cursor : cursors) EXPECT_TRUE(next_page(cursor, sink));
  EXPECT_EQ(workspace_.cursors().size(), 4u);
}

TEST_F(CursorsTest, LetsTheOldestOfAConnectionGiveWayToACall) {
  const std::string elsewhere = held("other");
  std::vector<std::string> cursors(4);
  for (std::string& cursor : cursors) cursor = held();
  Collected sink;
  const Stopwatch stopwatch;
  ASSERT_TRUE(query("SELECT 3", sink));
  EXPECT_LT(stopwatch.elapsed(), Cursors::kGrace);
  EXPECT_EQ(workspace_.cursors().size(), 4u);
  const Error error = error_of_page(cursors[0]);
  EXPECT_EQ(error.code, Code::expired);
  EXPECT_THAT(error.message, HasSubstr("gave way"));
  EXPECT_THAT(error.hint, HasSubstr("`pool` of the connection"));
  for (size_t i = 1; i < cursors.size(); ++i) EXPECT_TRUE(next_page(cursors[i], sink));
  EXPECT_TRUE(next_page(elsewhere, sink, "other"));
}

TEST_F(CursorsTest, GivesTheOnlySessionToACall) {
  const std::string cursor = held("one");
  Collected sink;
  ASSERT_TRUE(query("SELECT 3", sink, {}, "one"));
  EXPECT_THAT(error_of_page(cursor, "one").message, HasSubstr("gave way"));
}

// While a call waits for the only session, what could be held is not.
TEST_F(CursorsTest, HoldsNothingWhileACallWaitsForTheOnlySession) {
  fakes::Gate gate;
  server_.reply("SELECT x", {.rows = 50, .gate = &gate});
  Collected first;
  std::thread reader([&] { EXPECT_TRUE(query("SELECT x", first, 5, "one")); });
  while (gate.waiting() == 0) std::this_thread::yield();
  Collected second;
  std::thread waiter([&] { EXPECT_TRUE(query("SELECT 3", second, {}, "one")); });
  Pool& pool = (*workspace_.connections().find("one"))->pool();
  while (pool.counts().waiting == 0) std::this_thread::yield();
  gate.open();
  reader.join();
  waiter.join();
  EXPECT_TRUE(first.pages[0].truncated);
  EXPECT_EQ(first.pages[0].cursor, "");
  ASSERT_EQ(first.pages[0].summary.warnings.size(), 1u);
  EXPECT_THAT(first.pages[0].summary.warnings[0], HasSubstr("waits for the only session"));
  EXPECT_EQ(second.rows.size(), 3u);
}

TEST_F(CursorsTest, ClosesAllWithTheWorkspace) {
  held();
  held("other");
  EXPECT_EQ(server_.streams, 2);
}

class ShortCursors : public CursorsTest {
 protected:
  ShortCursors() : CursorsTest({.cursor_life = std::chrono::seconds(0), .cursors_max = 64}) {}
};

TEST_F(ShortCursors, ExpireWithTheirReason) {
  const std::string cursor = held();
  EXPECT_EQ(server_.streams, 1);
  workspace_.trim();
  EXPECT_EQ(server_.streams, 0);
  const Error error = error_of_page(cursor);
  EXPECT_EQ(error.code, Code::expired);
  EXPECT_THAT(error.message, HasSubstr("too old"));
}

TEST_F(ShortCursors, ExpireWithoutATrim) {
  EXPECT_THAT(error_of_page(held()).message, HasSubstr("too old"));
  EXPECT_EQ(server_.streams, 0);
}

class FewCursors : public CursorsTest {
 protected:
  FewCursors() : CursorsTest({.cursors_max = 1}) {}
};

TEST_F(FewCursors, LetTheOldestOfAllGiveWay) {
  const std::string first = held();
  const std::string second = held("other");
  EXPECT_THAT(error_of_page(first).message, HasSubstr("gave way"));
  Collected sink;
  EXPECT_TRUE(next_page(second, sink, "other"));
}

class NoCursors : public CursorsTest {
 protected:
  NoCursors() : CursorsTest({.cursors_max = 0}) {}
};

TEST_F(NoCursors, AnswerTruncatedPages) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 9", sink, 5));
  EXPECT_TRUE(sink.pages[0].truncated);
  EXPECT_EQ(sink.pages[0].cursor, "");
  EXPECT_EQ(server_.hold_ms, 0);
  EXPECT_EQ(server_.streams, 0);
}

// A thousand callers, four sessions, all of them apt to be held: all are served, no session leaks.
TEST_F(CursorsTest, ServesAThousandCallersAtOnce) {
  constexpr int kCallers = 1000;
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  callers.reserve(kCallers);
  for (int i = 0; i < kCallers; ++i)
    callers.emplace_back([&, i] {
      Collected sink;
      const bool cut = i % 2 == 0;
      if (query("SELECT 50", sink, cut ? 10 : 100) && sink.rows.size() == (cut ? 10u : 50u))
        ++served;
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, kCallers);
  EXPECT_LE(server_.sessions, 4);
  EXPECT_LE(server_.busy_most, 4);
  EXPECT_LE(workspace_.cursors().size(), 4u);
}

}  // namespace
}  // namespace dbops::ops
