// Writing to a real server: transactions, rehearsals, and what becomes of them when the link fails.

#include <gmock/gmock-matchers.h>

#include <atomic>
#include <thread>

#include "base/time.h"
#include "connectors/postgres/testing.h"
#include "gate/gate.h"

namespace dbops::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string rows_of(const std::string& table) {
  return one(*open_session(),
             "select coalesce(string_agg(a::text, ',' order by a), '') from " + table);
}

TEST(Write, ManyStatementsAreOneTransaction) {
  Scratch scratch("dbops_write");
  const Answer answer = run(scratch.session(),
                            "create table dbops_write.t (a int primary key);"
                            "insert into dbops_write.t select generate_series(1, 3);"
                            "update dbops_write.t set a = a + 10 where a > 1 returning a;"
                            "delete from dbops_write.t where a = 1;"
                            "select count(*) from dbops_write.t;"
                            "create table dbops_write.u as select * from dbops_write.t",
                            Mode::write);
  ASSERT_EQ(answer.summaries.size(), 6U);
  std::vector<std::string> commands;
  std::vector<int64_t> affected;
  for (const Summary& summary : answer.summaries) {
    commands.push_back(summary.command);
    affected.push_back(summary.affected ? static_cast<int64_t>(*summary.affected) : -1);
  }
  EXPECT_THAT(commands,
              ElementsAre("CREATE TABLE", "INSERT", "UPDATE", "DELETE", "SELECT", "SELECT"));
  EXPECT_THAT(affected, ElementsAre(-1, 3, 2, 1, -1, 2));
  EXPECT_THAT(answer.rows[2], ElementsAre(Row{"12"}, Row{"13"}));
  EXPECT_EQ(rows_of("dbops_write.t"), "\"12,13\"");

  const auto failed = try_run(
      scratch.session(),
      "insert into dbops_write.t values (1); insert into dbops_write.t values (12)", Mode::write);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::constraint);
  EXPECT_EQ(failed.error().effect, Effect::none);
  EXPECT_THAT(failed.error().message, HasSubstr("(a)=(12)"));
  EXPECT_EQ(rows_of("dbops_write.t"), "\"12,13\"");
}

TEST(Write, ARehearsalTellsAndTakesBack) {
  Scratch scratch("dbops_rehearse");
  scratch.write("create table dbops_rehearse.t as select generate_series(1, 5) as a");
  const Answer answer =
      run(scratch.session(),
          "delete from dbops_rehearse.t where a > 2; select count(*) from dbops_rehearse.t",
          Mode::rehearse);
  EXPECT_EQ(answer.summaries[0].affected, 3U);
  EXPECT_EQ(answer.rows[1][0][0], "2");
  EXPECT_EQ(rows_of("dbops_rehearse.t"), "\"1,2,3,4,5\"");
  const auto vacuum = try_run(scratch.session(), "vacuum dbops_rehearse.t", Mode::rehearse);
  ASSERT_FALSE(vacuum);
  EXPECT_EQ(vacuum.error().code, Code::unsupported);
}

TEST(Write, WhatIsLeftHalfReadIsRolledBack) {
  Scratch scratch("dbops_left");
  scratch.write("create table dbops_left.t (a int)");
  {
    const Script script = *connector().dialect().parse(
        "insert into dbops_left.t select generate_series(1, 10000) returning a");
    const Context context = context_of();
    const auto results = *scratch.session().queries()->run(context, script, {}, Mode::write);
    Batch batch(1);
    ASSERT_TRUE(*(*results->next(context))->next(context, batch));
  }
  EXPECT_FALSE(scratch.session().broken());
  EXPECT_EQ(rows_of("dbops_left.t"), "\"\"");
  scratch.write("insert into dbops_left.t values (1)");
  EXPECT_EQ(rows_of("dbops_left.t"), "\"1\"");
}

TEST(Write, ADeferredConstraintFailsAtTheCommit) {
  Scratch scratch("dbops_deferred");
  scratch.write(
      "create table dbops_deferred.p (a int primary key);"
      "create table dbops_deferred.t (a int references dbops_deferred.p deferrable initially "
      "deferred)");
  const auto failed =
      try_run(scratch.session(), "insert into dbops_deferred.t values (1)", Mode::write);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::constraint);
  EXPECT_EQ(failed.error().effect, Effect::none);
  EXPECT_FALSE(failed.error().session_broken);
  EXPECT_EQ(rows_of("dbops_deferred.t"), "\"\"");
}

TEST(Write, RunsWhatRefusesTransactionsAlone) {
  Scratch scratch("dbops_alone");
  scratch.write("create table dbops_alone.t as select 1 as a union all select 1");
  for (const std::string_view statement :
       {"vacuum dbops_alone.t", "create index concurrently i on dbops_alone.t (a)",
        "reindex index concurrently dbops_alone.i", "drop index concurrently dbops_alone.i"})
    EXPECT_TRUE(try_run(scratch.session(), statement, Mode::write)) << statement;
  const auto together = try_run(scratch.session(), "select 1; vacuum dbops_alone.t", Mode::write);
  ASSERT_FALSE(together);
  EXPECT_EQ(together.error().code, Code::invalid_argument);
  // It failed, but not without a trace.
  const auto failed = try_run(
      scratch.session(), "create unique index concurrently i on dbops_alone.t (a)", Mode::write);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::constraint);
  EXPECT_EQ(failed.error().effect, Effect::unknown);
  EXPECT_FALSE(failed.error().hint.empty());
  EXPECT_EQ(one(scratch.session(),
                "select indisvalid from pg_index where indexrelid = "
                "'dbops_alone.i'::regclass"),
            "false");
  const auto missing = try_run(scratch.session(), "vacuum dbops_alone.none", Mode::write);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().effect, Effect::none);
  // Reads are guarded again.
  EXPECT_EQ(one(scratch.session(), "show default_transaction_read_only"), "\"on\"");
}

// What a script does to its session is gone before the next one.
TEST(Write, LeavesNothingInTheSession) {
  Scratch scratch("dbops_session");
  Session& session = scratch.session();
  run(session,
      "select set_config('work_mem', '123kB', false), set_config('search_path', 'dbops_session', "
      "false),"
      " set_config('default_transaction_read_only', 'off', false), pg_advisory_lock(4711);"
      "create temp table leftover (a int);"
      "set local lock_timeout = 5",
      Mode::write);
  EXPECT_EQ(one(session, "show default_transaction_read_only"), "\"on\"");
  EXPECT_NE(one(session, "show work_mem"), "\"123kB\"");
  EXPECT_EQ(one(session, "show lock_timeout"), "\"0\"");
  EXPECT_EQ(one(session,
                "select count(*) from pg_locks where locktype = 'advisory' and "
                "pid = pg_backend_pid()"),
            "0");
  EXPECT_EQ(one(session, "select to_regclass('pg_temp.leftover') is null"), "true");
  EXPECT_THAT(one(session, "show search_path"), HasSubstr("public"));
  run(session, "set local role pg_monitor; select current_user", Mode::write);
  EXPECT_EQ(one(session, "select current_user::text"), "\"postgres\"");
}

TEST(Write, NeedsTheTierOfItsConnection) {
  Scratch scratch("dbops_tiers");
  scratch.write("create table dbops_tiers.t (a int)");
  auto reader = open_session(Tier::read);
  auto writer = open_session(Tier::write);
  for (const Mode mode : {Mode::write, Mode::rehearse}) {
    const auto refused = try_run(*reader, "insert into dbops_tiers.t values (1)", mode);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::forbidden);
    const auto admin = try_run(*writer, "create role dbops_never", mode);
    ASSERT_FALSE(admin);
    EXPECT_EQ(admin.error().code, Code::forbidden);
  }
  EXPECT_TRUE(try_run(*writer, "insert into dbops_tiers.t values (1)", Mode::write));
}

TEST(Faults, ALostReplyToTheCommitIsUnknown) {
  Scratch scratch("dbops_doubt");
  scratch.write("create table dbops_doubt.t (a int)");
  gate::Gate gate(server_port());
  auto session = open_session(Tier::write, server_url_at(gate.port()));
  const Script script = *connector().dialect().parse("insert into dbops_doubt.t values (1)");
  const Context context = context_of();
  {
    const auto results = *session->queries()->run(context, script, {}, Mode::write);
    Stream* stream = *results->next(context);
    Batch batch;
    ASSERT_FALSE(*stream->next(context, batch));
    // From here on nothing comes back: the COMMIT arrives, its reply does not.
    gate.arm({.action = gate::Action::reset, .direction = gate::Direction::to_client, .after = 0});
    const auto end = results->next(context);
    ASSERT_FALSE(end);
    EXPECT_EQ(end.error().effect, Effect::unknown) << end.error().message;
    EXPECT_EQ(end.error().code, Code::disconnected);
    EXPECT_FALSE(end.error().retryable);
    EXPECT_TRUE(end.error().session_broken);
  }
  EXPECT_TRUE(session->broken());
  EXPECT_EQ(rows_of("dbops_doubt.t"), "\"1\"") << "this time it was committed";
}

TEST(Faults, ACutBeforeTheCommitChangesNothing) {
  Scratch scratch("dbops_cut");
  scratch.write("create table dbops_cut.t (a int)");
  gate::Gate gate(server_port());
  for (const gate::Action action : {gate::Action::reset, gate::Action::finish}) {
    auto session = open_session(Tier::write, server_url_at(gate.port()));
    const Script script =
        *connector().dialect().parse("insert into dbops_cut.t values (1); select 1");
    const Context context = context_of();
    {
      const auto results = *session->queries()->run(context, script, {}, Mode::write);
      ASSERT_TRUE(results->next(context));
      gate.apply(action);
      const auto next = results->next(context);
      ASSERT_FALSE(next);
      EXPECT_EQ(next.error().code, Code::disconnected) << next.error().message;
      EXPECT_EQ(next.error().effect, Effect::none);
    }
    EXPECT_TRUE(session->broken());
  }
  EXPECT_EQ(rows_of("dbops_cut.t"), "\"\"");
}

// The link is cut after so many bytes of rows: never a row that is wrong, and a session that says
// so.
TEST(Faults, ALinkThatDiesInTheMidstOfARow) {
  gate::Gate gate(server_port());
  for (const uint64_t after : {1ULL, 7ULL, 100ULL, 5'000ULL, 70'001ULL, 300'007ULL}) {
    SCOPED_TRACE(after);
    auto session = open_session(Tier::read, server_url_at(gate.port()));
    const Script script = *connector().dialect().parse(
        "select i, repeat('x', 100), i from generate_series(1, 100000) i");
    const Context context = context_of();
    {
      const auto results = *session->queries()->run(context, script, {}, Mode::read);
      gate.arm({.action = after % 2 ? gate::Action::reset : gate::Action::finish, .after = after});
      auto stream = results->next(context);
      Error error;
      int64_t expected = 1;
      if (!stream) {
        error = stream.error();
      } else {
        Batch batch;
        Result<bool> more = true;
        while ((more = (*stream)->next(context, batch)) && *more)
          for (size_t i = 0; i < batch.rows(); ++i, ++expected) {
            ASSERT_EQ(batch.row(i)[0].as_integer(), expected);
            ASSERT_EQ(batch.row(i)[2].as_integer(), expected);
          }
        ASSERT_FALSE(more);
        error = more.error();
      }
      EXPECT_EQ(error.code, Code::disconnected) << error.message;
      EXPECT_EQ(error.effect, Effect::none);
      EXPECT_LT(expected, 100'000);
    }
    EXPECT_TRUE(session->broken());
    gate.flow();
  }
}

// A server that answers nothing any more, not even a cancel: the caller is free after a second.
TEST(Faults, AServerThatFreezesIsLeft) {
  gate::Gate gate(server_port());
  auto session = open_session(Tier::read, server_url_at(gate.port()));
  ASSERT_TRUE(session->ping(context_of()));
  gate.apply(gate::Action::stall);
  const Stopwatch watch;
  const auto answer =
      try_run(*session, "select 1", Mode::read, {}, context_of(std::chrono::milliseconds(100)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::timeout);
  EXPECT_LT(watch.elapsed(), std::chrono::milliseconds(100) + std::chrono::milliseconds(1500));
  EXPECT_TRUE(session->broken());
}

TEST(Faults, SlowLinksOnlyTakeLonger) {
  gate::Gate gate(server_port());
  gate.delay(std::chrono::milliseconds(2));
  auto session = open_session(Tier::read, server_url_at(gate.port()));
  ASSERT_TRUE(session);
  EXPECT_EQ(one(*session, "select sum(i) from generate_series(1, 1000) i"), "500500");
  EXPECT_EQ(run(*session, "select repeat('x', 1000) from generate_series(1, 500)").rows[0].size(),
            500U);
}

TEST(Faults, AKilledSessionSaysSoAndIsBroken) {
  auto session = open_session();
  auto admin = open_session(Tier::admin);
  const std::string id = one(*session, "select pg_backend_pid()");
  const auto ended = operate(*admin, "terminate_session", "{\"session\": " + id + "}");
  ASSERT_TRUE(ended) << ended.error().message;
  Error error;
  // The server ends it in its own time.
  for (const Stopwatch watch; error.message.empty() && watch.elapsed() < std::chrono::seconds(10);)
    if (const auto answer = try_run(*session, "select 1"); !answer) error = answer.error();
  EXPECT_EQ(error.code, Code::disconnected) << error.message;
  EXPECT_TRUE(error.session_broken);
  EXPECT_TRUE(session->broken());
  // It says goodbye before it leaves the list of sessions.
  error = {};
  for (const Stopwatch watch; error.message.empty() && watch.elapsed() < std::chrono::seconds(10);)
    if (const auto again = operate(*admin, "terminate_session", "{\"session\": " + id + "}");
        !again)
      error = again.error();
  EXPECT_EQ(error.code, Code::not_found) << error.message;
}

TEST(Faults, ACancelByAnotherIsNoTimeout) {
  auto session = open_session();
  auto admin = open_session(Tier::admin);
  const std::string id = one(*session, "select pg_backend_pid()");
  std::thread canceller([&] {
    const std::string running = "select count(*) from pg_stat_activity where pid = " + id +
                                " and query like '%pg_sleep%' "
                                "and state = 'active'";
    for (const Stopwatch watch;
         one(*admin, running) != "1" && watch.elapsed() < std::chrono::seconds(10);) {
    }
    EXPECT_TRUE(operate(*admin, "cancel_query", "{\"session\": " + id + "}"));
  });
  const auto answer = try_run(*session, "select pg_sleep(30)");
  canceller.join();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::cancelled) << answer.error().message;
  EXPECT_FALSE(session->broken());
  EXPECT_EQ(one(*session, "select 1"), "1");
}

TEST(Faults, ADeadlockIsAConflictThatMayBeTriedAgain) {
  Scratch scratch("dbops_deadlock");
  scratch.write("create table dbops_deadlock.t as select generate_series(1, 2) as a, 0 as n");
  std::atomic<int> ready{0};
  std::atomic<int> conflicts{0};
  const auto update = [&](int first, int second) {
    auto session = open_session(Tier::write);
    const Context context = context_of();
    const auto set = [](int a) {
      return "update dbops_deadlock.t set n = n + 1 where a = " + std::to_string(a);
    };
    const Script script = *connector().dialect().parse(set(first) + ';' + set(second));
    const auto results = *session->queries()->run(context, script, {}, Mode::write);
    ASSERT_TRUE(results->next(context));
    ++ready;
    while (ready < 2) std::this_thread::yield();
    Result<Stream*> next = results->next(context);
    while (next && *next) next = results->next(context);
    if (next) return;
    EXPECT_EQ(next.error().code, Code::conflict) << next.error().message;
    EXPECT_TRUE(next.error().retryable);
    EXPECT_EQ(next.error().effect, Effect::none);
    ++conflicts;
  };
  std::thread other([&] { update(1, 2); });
  update(2, 1);
  other.join();
  EXPECT_EQ(conflicts, 1);
  EXPECT_EQ(one(*open_session(), "select sum(n) from dbops_deadlock.t"), "2");
}

}  // namespace
}  // namespace dbops::postgres
