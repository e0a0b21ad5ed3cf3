// Writes: one transaction a script, whatever happens to it.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <thread>

#include "connectors/sqlite/faulty_vfs.h"
#include "connectors/sqlite/testing.h"

namespace dbops::sqlite::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;

class Write : public ::testing::Test {
 protected:
  Write() : file_(folder_.path("a.db")) {
    sqlite(file_,
           "create table t(i integer primary key, s text unique check (s <> 'bad') not null, "
           "other int references t(i) deferrable initially deferred);"
           "insert into t values (1, 'a', null), (2, 'b', 1)");
  }
  std::string content() const {
    return sqlite_text(file_, "select group_concat(i || s, ' ') from (select * from t order by i)");
  }

  const Folder folder_;
  const std::string file_;
};

TEST_F(Write, CommitsAtTheEnd) {
  const auto session = connect_file(file_, Tier::write);
  const auto ran =
      run(*session,
          "insert into t values (3,'c',null),(4,'d',null); update t set s = s || '!' where i > 2 "
          "returning s; "
          "delete from t where i = 4; create table u(x); replace into t values (1,'z',null)",
          Mode::write);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_THAT(ran->rows, ElementsAre(ElementsAre("'c!'"), ElementsAre("'d!'")));
  ASSERT_EQ(ran->summaries.size(), 5u);
  EXPECT_THAT(ran->summaries[0].affected, Optional(2u));
  EXPECT_THAT(ran->summaries[1].affected, Optional(2u));
  EXPECT_THAT(ran->summaries[2].affected, Optional(1u));
  EXPECT_EQ(ran->summaries[3].affected, std::nullopt);
  EXPECT_EQ(ran->summaries[3].command, "CREATE TABLE");
  EXPECT_EQ(content(), "1z 2b 3c!");
}

TEST_F(Write, IsAllOrNothing) {
  const auto session = connect_file(file_, Tier::write);
  struct Failing {
    std::string sql;
    Code code;
    std::string native;
  };
  for (const Failing& each : std::vector<Failing>{
           {"insert into t values (1, 'x', null)", Code::constraint,
            "SQLITE_CONSTRAINT_PRIMARYKEY"},
           {"insert into t values (9, 'a', null)", Code::constraint, "SQLITE_CONSTRAINT_UNIQUE"},
           {"insert into t values (9, 'bad', null)", Code::constraint, "SQLITE_CONSTRAINT_CHECK"},
           {"insert into t values (9, null, null)", Code::constraint, "SQLITE_CONSTRAINT_NOTNULL"},
           {"insert into t values (9, 'x', 77)", Code::constraint, "SQLITE_CONSTRAINT_FOREIGNKEY"},
           {"insert into t values ('no number', 'x', null)", Code::data, "SQLITE_MISMATCH"},
           {"select abs(-9223372036854775808)", Code::data, "SQLITE_ERROR"},
           {"insert into nowhere values (1)", Code::not_found, "SQLITE_ERROR"},
           {"insert into t (i, nothing) values (1, 2)", Code::syntax, "SQLITE_ERROR"},
           {"create table t (x)", Code::already_exists, "SQLITE_ERROR"}}) {
    SCOPED_TRACE(each.sql);
    const Error failed =
        error(*session, "insert into t values (7, 'seven', null); " + each.sql, Mode::write);
    EXPECT_EQ(failed.code, each.code) << failed.message;
    EXPECT_EQ(failed.native_code, each.native);
    EXPECT_EQ(failed.effect, Effect::none);
    EXPECT_TRUE(failed.code != Code::constraint || !failed.hint.empty());
    EXPECT_EQ(content(), "1a 2b");
    EXPECT_FALSE(session->broken());
  }
}

TEST_F(Write, CanBeRehearsed) {
  const auto session = connect_file(file_, Tier::write);
  const auto ran =
      run(*session, "delete from t; create table u(x); insert into u values (1) returning x",
          Mode::rehearse);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_THAT(ran->summaries[0].affected, Optional(2u));
  EXPECT_THAT(ran->rows, ElementsAre(ElementsAre("1")));
  EXPECT_EQ(content(), "1a 2b");
  // What only the commit would refuse is refused as well.
  const Error failed = error(*session, "insert into t values (9, 'x', 77)", Mode::rehearse);
  EXPECT_EQ(failed.code, Code::constraint);
  EXPECT_EQ(error(*session, "vacuum", Mode::rehearse).code, Code::unsupported);
}

TEST_F(Write, NeedsItsTier) {
  const auto reader = connect_file(file_);
  EXPECT_EQ(error(*reader, "delete from t", Mode::write).code, Code::forbidden);
  EXPECT_EQ(error(*reader, "delete from t", Mode::rehearse).code, Code::forbidden);
  EXPECT_EQ(error(*reader, "select 1", Mode::write).code, Code::forbidden);
  const auto writer = connect_file(file_, Tier::write);
  EXPECT_EQ(error(*writer, "pragma journal_mode = wal", Mode::write).code, Code::forbidden);
  EXPECT_EQ(error(*writer, "vacuum; delete from t", Mode::write).code, Code::invalid_argument);
  EXPECT_TRUE(rows(*writer, "vacuum", Mode::write).empty());
  EXPECT_TRUE(
      run(*writer, "pragma user_version = 7; reindex; analyze; pragma optimize", Mode::write));
  EXPECT_EQ(rows(*writer, "pragma user_version"), Table({{"7"}}));
  const auto admin = connect_file(file_, Tier::admin);
  EXPECT_EQ(rows(*admin, "pragma journal_mode = wal", Mode::write), Table({{"'wal'"}}));
  EXPECT_TRUE(run(*admin, "pragma wal_checkpoint(truncate)", Mode::write));
}

TEST_F(Write, ChangesTheSchema) {
  const auto session = connect_file(file_, Tier::write);
  const auto ran =
      run(*session,
          "create table n(a, b text); create index n_a on n(a); create view w as select a from n;"
          "create trigger tr after insert on n begin update n set b = 'seen'; end;"
          "insert into n values (1, 'x'); alter table n rename to m; alter table m rename column b "
          "to c;"
          "alter table m add column d; alter table m drop column d; drop trigger tr; drop view w; "
          "drop index n_a;"
          "create virtual table f using fts5(x); insert into f values ('one'); insert into f(f) "
          "values ('optimize');"
          "create virtual table r using rtree(id, a, b); insert into r values (1, 0, 1);"
          "drop table f; drop table r",
          Mode::write);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(sqlite_text(file_, "select group_concat(name) from sqlite_schema where type = 'table'"),
            "t,m");
  EXPECT_EQ(sqlite_text(file_, "select c from m"), "seen");
}

TEST_F(Write, LeavesNoTracesInTheSession) {
  sqlite(folder_.path("b.db"), "create table o(x); insert into o values (5)");
  ConnectionOptions wanted = options("sqlite:" + file_, Tier::write);
  wanted.settings = {{"attach_roots", folder_.path("")}};
  const auto session = connect(wanted);
  const auto ran = run(*session,
                       "attach '" + folder_.path("b.db") +
                           "' as b; create temp table x as select * from b.o; "
                           "create temp view y as select * from x; insert into t select x, 'five', "
                           "null from y; insert into b.o values (6)",
                       Mode::write);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(content(), "1a 2b 5five");
  EXPECT_EQ(sqlite_text(folder_.path("b.db"), "select group_concat(x) from o"), "5,6");
  EXPECT_FALSE(session->broken());
  EXPECT_EQ(rows(*session,
                 "select count(*) from pragma_database_list where name not in ('main', 'temp')"),
            Table({{"0"}}));
  EXPECT_EQ(rows(*session, "select count(*) from sqlite_temp_schema"), Table({{"0"}}));
  EXPECT_EQ(error(*session, "select * from y").code, Code::not_found);
}

TEST_F(Write, AttachesOnlyBelowItsRoots) {
  const Folder outside;
  sqlite(outside.path("c.db"), "create table o(x)");
  std::filesystem::create_symlink(outside.path("c.db"), folder_.path("link.db"));
  const auto plain = connect_file(file_, Tier::admin);
  EXPECT_THAT(error(*plain, "attach '" + file_ + "' as b", Mode::write).message,
              HasSubstr("attach_roots"));
  ConnectionOptions wanted = options("sqlite:" + file_, Tier::admin);
  wanted.settings = {{"attach_roots", folder_.path("")}};
  const auto session = connect(wanted);
  for (const std::string& file :
       {outside.path("c.db"), folder_.path("link.db"), folder_.path("../c.db"),
        std::string("file:") + folder_.path("a.db"), std::string("/etc/passwd"),
        std::string(":memory:")}) {
    SCOPED_TRACE(file);
    EXPECT_EQ(error(*session, "attach '" + file + "' as b", Mode::write).code, Code::forbidden);
  }
  EXPECT_EQ(error(*session, "attach '" + folder_.path("a") + "' || '.db' as b", Mode::write).code,
            Code::forbidden);
  EXPECT_EQ(error(*session, "attach '" + folder_.path("missing.db") + "' as b", Mode::write).code,
            Code::io);
  EXPECT_FALSE(std::filesystem::exists(folder_.path("missing.db")));
}

TEST_F(Write, IsRolledBackWhenItIsDropped) {
  const auto session = connect_file(file_, Tier::write);
  const auto script =
      connector().dialect().parse("insert into t values (3, 'c', null) returning i; delete from t");
  const Parameters none;
  {
    const auto results = session->queries()->run(Context(), *script, none, Mode::write);
    ASSERT_TRUE(results);
    EXPECT_TRUE((*results)->next(Context()));
  }
  EXPECT_EQ(content(), "1a 2b");
  EXPECT_TRUE(run(*session, "insert into t values (3, 'c', null)", Mode::write));
}

TEST_F(Write, EndsEvenIfItsRowsAreNotRead) {
  const auto session = connect_file(file_, Tier::write);
  const auto script = connector().dialect().parse(
      "with recursive c(n) as (values(10) union all select n + 1 from c where n < 5000) insert "
      "into t select n, 'r' || n, null from c returning i; select 1");
  const Parameters none;
  const auto results = session->queries()->run(Context(), *script, none, Mode::write);
  for (Result<Stream*> at = (*results)->next(Context()); at && *at;
       at = (*results)->next(Context()))
    continue;
  EXPECT_EQ(sqlite_text(file_, "select count(*) from t"), "4993");
}

TEST_F(Write, WaitsForOthersAndGivesUp) {
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &app), SQLITE_OK);
  sqlite3_exec(app, "begin immediate", nullptr, nullptr, nullptr);
  const auto session = connect(options("sqlite:" + file_ + "?busy_timeout_ms=30", Tier::write));
  Error failed = error(*session, "delete from t", Mode::write);
  EXPECT_EQ(failed.code, Code::busy);
  EXPECT_TRUE(failed.retryable);
  EXPECT_EQ(failed.effect, Effect::none);
  EXPECT_TRUE(run(*session, "select * from t"));
  sqlite3_exec(app, "rollback", nullptr, nullptr, nullptr);
  // A reader in the way of the commit: all is rolled back, and may be tried again.
  sqlite3_stmt* reading = nullptr;
  sqlite3_prepare_v2(app, "select * from t", -1, &reading, nullptr);
  ASSERT_EQ(sqlite3_step(reading), SQLITE_ROW);
  failed = error(*session, "delete from t", Mode::write);
  EXPECT_EQ(failed.code, Code::busy);
  EXPECT_TRUE(failed.retryable);
  EXPECT_EQ(failed.effect, Effect::none);
  sqlite3_finalize(reading);
  sqlite3_close(app);
  EXPECT_EQ(content(), "1a 2b");
  EXPECT_TRUE(run(*session, "delete from t where i = 2", Mode::write));
}

TEST_F(Write, WorksBesideOtherSessions) {
  constexpr int kSessions = 4, kWrites = 25;
  std::vector<std::thread> threads;
  for (int i = 0; i < kSessions; ++i)
    threads.emplace_back([&, i] {
      const auto session = connect_file(file_, Tier::write);
      for (int n = 0; n < kWrites; ++n) {
        EXPECT_TRUE(
            run(*session,
                "insert into t(s) values ('" + std::to_string(i) + "-" + std::to_string(n) + "')",
                Mode::write));
        EXPECT_TRUE(run(*session, "select count(*), max(s) from t"));
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sqlite_text(file_, "select count(*) from t"), std::to_string(2 + kSessions * kWrites));
}

TEST_F(Write, FindsTheFileFull) {
  FaultyVfs vfs(3, Fault::full, Times::from_then_on);
  const auto full = connect_file(file_, Tier::write);
  const Error failed = error(*full,
                             "with recursive c(n) as (values(1) union all select n + 1 from c "
                             "where n < 5000) insert into t(s) select hex(randomblob(50)) from c",
                             Mode::write);
  EXPECT_EQ(failed.code, Code::exhausted);
  EXPECT_EQ(failed.native_code, "SQLITE_FULL");
  EXPECT_EQ(failed.effect, Effect::none);
}

// Whatever single operation on the disk fails, the transaction is whole or absent, and the effect
// that is told is true.
class Disk : public ::testing::TestWithParam<std::tuple<std::string, Fault, Times>> {};

TEST_P(Disk, SurvivesEveryFailure) {
  const auto& [journal, fault, times] = GetParam();
  constexpr int kOperationsMax = 500;
  for (int fail_at = 1;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    ASSERT_LT(fail_at, kOperationsMax);
    const Folder folder;
    const std::string file = folder.path("a.db");
    sqlite(file,
           "pragma journal_mode = " + journal +
               "; create table t(i integer primary key, s text); insert into t values (0, 'zero')");
    Result<Ran> ran = fail(Code::internal, "");
    bool fired = false;
    {
      FaultyVfs vfs(fail_at, fault, times);
      const auto session = connect_file(file, Tier::write);
      ran =
          run(*session,
              "with recursive c(n) as (values(1) union all select n + 1 from c where n < 40) "
              "insert into t select n, hex(zeroblob(300)) from c; update t set s = 'x' where i = 0",
              Mode::write);
      fired = vfs.fired();
    }
    EXPECT_EQ(sqlite_text(file, "pragma integrity_check"), "ok");
    const std::string count = sqlite_text(file, "select count(*) from t");
    const std::string zero = sqlite_text(file, "select s from t where i = 0");
    EXPECT_TRUE((count == "41" && zero == "x") || (count == "1" && zero == "zero"))
        << count << " " << zero;
    if (ran) {
      EXPECT_EQ(count, "41");
    } else {
      EXPECT_TRUE(ran.error().code == Code::exhausted || ran.error().code == Code::io)
          << ran.error().message;
      if (ran.error().effect == Effect::none) {
        EXPECT_EQ(count, "1") << ran.error().message;
      }
    }
    if (!fired) {
      EXPECT_TRUE(ran);
      EXPECT_GT(fail_at, 5);  // There were operations to fail.
      return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Disk,
                         ::testing::Combine(::testing::Values("delete", "truncate", "wal"),
                                            ::testing::Values(Fault::full, Fault::io),
                                            ::testing::Values(Times::once, Times::from_then_on)));

}  // namespace
}  // namespace dbops::sqlite::testing
