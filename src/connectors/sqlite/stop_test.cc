// A call ends soon after it is cancelled or its time is over, wherever SQLite is just then, and the
// session goes on.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <thread>

#include "base/sanitized.h"
#include "base/time.h"
#include "connectors/sqlite/testing.h"
#include "core/catalog.h"

namespace dbops::sqlite::testing {
namespace {

// Within 200 ms by the design; more under a sanitizer.
constexpr int64_t kStopMax = kSanitized ? 1000 : 200;
constexpr std::chrono::milliseconds kLater{60};

constexpr const char* kEndless =
    "with recursive c(n) as (values(1) union all select n + 1 from c) ";

class Stop : public ::testing::Test {
 protected:
  Stop() : file_(folder_.path("a.db")) {
    sqlite(file_, "create table t(i integer primary key, s text); insert into t values (1, 'a')");
  }

  // Runs `sql` with a deadline, and again with a cancellation from another thread; answers nothing,
  // but fails the test where one of them comes too late or with another code.
  void expect_stops(Session& session, const std::string& sql, Mode mode = Mode::read) {
    SCOPED_TRACE(sql);
    Context timed;
    timed.deadline = Deadline::after(kLater);
    Stopwatch watch;
    Error failed = error(session, sql, mode, {}, timed);
    EXPECT_EQ(failed.code, Code::timeout) << failed.message;
    EXPECT_EQ(failed.effect, Effect::none);
    EXPECT_LT(watch.elapsed_ms(), kLater.count() + kStopMax);

    Context cancelled;
    cancelled.cancel = Cancel::create();
    std::chrono::steady_clock::time_point asked;
    std::thread canceller([&] {
      poll(nullptr, 0, static_cast<int>(kLater.count()));
      asked = std::chrono::steady_clock::now();
      cancelled.cancel.request();
    });
    failed = error(session, sql, mode, {}, cancelled);
    const auto ended = std::chrono::steady_clock::now();
    canceller.join();
    EXPECT_EQ(failed.code, Code::cancelled) << failed.message;
    EXPECT_LT(std::chrono::duration_cast<std::chrono::milliseconds>(ended - asked).count(),
              kStopMax);

    EXPECT_FALSE(session.broken());
    EXPECT_EQ(rows(session, "select count(*) from t"), Table({{"1"}}));
  }

  const Folder folder_;
  const std::string file_;
};

TEST_F(Stop, BetweenInstructions) {
  const auto session = connect_file(file_);
  expect_stops(*session, std::string(kEndless) + "select count(*) from c");
  expect_stops(*session, std::string(kEndless) + "select n from c");  // In the midst of rows.
  expect_stops(*session, std::string(kEndless) + "select n from c order by random()");
  expect_stops(*session, std::string("select 1; ") + kEndless + "select max(n) from c");
}

TEST_F(Stop, InAWrite) {
  const auto session = connect_file(file_, Tier::write);
  const std::string sql =
      std::string("insert into t(s) select 'x'; ") + kEndless + "insert into t(s) select n from c";
  expect_stops(*session, sql, Mode::write);
  expect_stops(*session, sql, Mode::rehearse);
}

// One instruction that runs long: only the watch can end it.
TEST_F(Stop, InsideAnInstruction) {
  const std::string large = folder_.path("large.db");
  sqlite(large,
         "pragma page_size = 512; create table t(x); insert into t values (1); create table big(a);"
         "with recursive c(n) as (values(1) union all select n + 1 from c where n < 400000) insert "
         "into big select hex(zeroblob(200)) from c");
  const auto session = connect_file(large);
  // A machine that does it within the time proves nothing: it gets twice as much to do.
  constexpr int kDoublingsMax = 5;
  int64_t whole_ms = 0;
  for (int doublings = 0;; ++doublings) {
    const Stopwatch whole;
    ASSERT_TRUE(run(*session, "pragma integrity_check"));
    whole_ms = whole.elapsed_ms();
    if (whole_ms >= 4 * kLater.count() || doublings == kDoublingsMax) break;
    sqlite(large, "insert into big select a from big");
  }
  ASSERT_GE(whole_ms, 4 * kLater.count()) << "give it more rows";
  expect_stops(*session, "pragma integrity_check");
}

TEST_F(Stop, WhileItWaitsForALock) {
  const auto session = connect_file(file_, Tier::write);
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &app), SQLITE_OK);
  sqlite3_exec(app, "begin immediate", nullptr, nullptr, nullptr);
  expect_stops(*session, "delete from t", Mode::write);
  sqlite3_close(app);
}

TEST_F(Stop, BeforeItStarts) {
  const auto session = connect_file(file_);
  Context context;
  context.cancel = Cancel::create();
  context.cancel.request();
  EXPECT_EQ(error(*session, "select 1", Mode::read, {}, context).code, Code::cancelled);
  EXPECT_EQ(session->ping(context).error().code, Code::cancelled);
  EXPECT_EQ(session->info(context).error().code, Code::cancelled);
  EXPECT_EQ(session->catalog()->list(context, {}, {}).error().code, Code::cancelled);
  EXPECT_EQ(session->catalog()->describe(context, {{"t"}}).error().code, Code::cancelled);
  EXPECT_EQ(session->diagnostics()->diagnose(context, "").error().code, Code::cancelled);
  const auto connected = connector().connect(context, options("sqlite:" + file_));
  ASSERT_FALSE(connected);
  EXPECT_EQ(connected.error().code, Code::cancelled);
}

// A stream that is held between two calls has no context of its own meanwhile.
TEST_F(Stop, NotBetweenTwoCalls) {
  const auto session = connect_file(file_);
  const auto script =
      connector().dialect().parse(std::string(kEndless) + "select n from c limit 3000");
  const Parameters none;
  Context first;
  first.deadline = Deadline::after(std::chrono::seconds(10));
  first.cancel = Cancel::create();
  const auto results = session->queries()->run(first, *script, none, Mode::read);
  const auto stream = (*results)->next(first);
  ASSERT_TRUE(stream);
  Batch batch(1000);
  ASSERT_TRUE((*stream)->next(first, batch).value_or(false));
  first.cancel.request();  // The first call is over; this concerns nobody.
  poll(nullptr, 0, 120);   // Longer than the watch's tick.
  size_t read = batch.rows();
  while ((*stream)->next(Context(), batch).value_or(false)) read += batch.rows();
  EXPECT_EQ(read, 3000u);
}

// A page that may be asked for later must not stop other programs from writing.
class Held : public Stop {
 protected:
  // Reads the first page of a script that is held then, lets another program write, and answers
  // what the next page brings.
  Result<bool> next_after_write(const std::string& sql, bool writes) {
    const auto session = connect_file(file_);
    const auto script = connector().dialect().parse(sql);
    const Parameters none;
    Context context;
    context.hold = std::chrono::minutes(2);
    const auto results = session->queries()->run(context, *script, none, Mode::read);
    const auto stream = (*results)->next(context);
    Batch batch(10);
    EXPECT_TRUE((*stream)->next(context, batch).value_or(false));
    if (writes) sqlite(file_, "insert into t(s) values ('new')");  // Waits for 10 s at most.
    poll(nullptr, 0, 120);  // Longer than the watcher's tick.
    return (*stream)->next(context, batch);
  }
  const std::string many_ =
      "select t.s, n from t, (with recursive c(n) as (values(1) union all select n + 1 from c "
      "where n < 100) select n from c)";
};

TEST_F(Held, StaysWithoutAWriter) {
  EXPECT_EQ(next_after_write(many_, false), true);
  EXPECT_EQ(next_after_write(many_ + "; select 1", false), true);
}

TEST_F(Held, GivesWayToAWriter) {
  for (const std::string& sql : {many_, many_ + "; select 1"}) {
    const auto next = next_after_write(sql, true);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, Code::expired);
  }
  EXPECT_EQ(sqlite_text(file_, "select count(*) from t"), "3");
}

TEST_F(Held, StaysBesideAWriterInWalMode) {
  sqlite(file_, "pragma journal_mode = wal");
  EXPECT_EQ(next_after_write(many_, true), true);
}

TEST_F(Stop, EarlyWithoutReadingTheRest) {
  const auto session = connect_file(file_);
  const Stopwatch watch;
  {
    const auto script = connector().dialect().parse(std::string(kEndless) + "select n from c");
    const Parameters none;
    const auto results = session->queries()->run(Context(), *script, none, Mode::read);
    const auto stream = (*results)->next(Context());
    Batch batch(10);
    ASSERT_TRUE((*stream)->next(Context(), batch).value_or(false));
    EXPECT_EQ(batch.rows(), 10u);
  }
  EXPECT_LT(watch.elapsed_ms(), 1000);
  EXPECT_EQ(rows(*session, "select 1"), Table({{"1"}}));
}

}  // namespace
}  // namespace dbops::sqlite::testing
