// Reading from a real server: types, parameters, prepared statements, sizes.

#include <gmock/gmock-matchers.h>

#include <charconv>
#include <thread>

#include "connectors/postgres/core.h"
#include "connectors/postgres/session.h"
#include "connectors/postgres/testing.h"

namespace dbops::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Types, TheServersOwnAreNamedAsItNamesThem) {
  Scratch scratch("dbops_types");
  scratch.write(
      "create type dbops_types.mood as enum ('sad', 'so''so', '\"ok\"');"
      "create domain dbops_types.price as numeric(10,2) check (value > 0);"
      "create domain dbops_types.dear as dbops_types.price;"
      "create domain dbops_types.tags as text[];"
      "create type dbops_types.pair as (a int, b text);"
      "create table dbops_types.t (m dbops_types.mood, ms dbops_types.mood[], p dbops_types.dear,"
      " ps dbops_types.price[], g dbops_types.tags, c dbops_types.pair, cs dbops_types.pair[],"
      " v varchar(7), n numeric(5,2)[], b bit varying(9), ts timestamp(3), iv interval day to "
      "second,"
      " x xml, tsv tsvector, bx box[], i8r int8range, tid tid, \"select\" text);"
      "insert into dbops_types.t values ('so''so', '{sad,\"\\\"ok\\\"\"}', 1.50, '{1.50,NULL}',"
      " '{a,b}', '(1,\"x,y\")', '{\"(1,a)\"}', 'abc', '{{1,2},{3,4}}', B'101',"
      " '2026-11-24 01:02:03.4567', '1 day 02:00', '<a/>', 'a:1 b:2', '{(1,1),(0,0);(2,2),(1,1)}',"
      " '[1,5)', '(0,1)', 'x')");
  auto session = open_session();
  const Answer answer = run(*session, "select * from dbops_types.t");
  std::vector<std::string> types, kinds;
  for (const Column& column : answer.schemas[0]) {
    types.push_back(column.type);
    kinds.emplace_back(name(column.kind));
  }
  EXPECT_THAT(types,
              ElementsAre("dbops_types.mood", "dbops_types.mood[]", "numeric(10,2)",
                          "dbops_types.price[]", "text[]", "dbops_types.pair", "dbops_types.pair[]",
                          "character varying(7)", "numeric(5,2)[]", "bit varying(9)",
                          "timestamp(3) without time zone", "interval day to second", "xml",
                          "tsvector", "box[]", "int8range", "tid", "text"));
  EXPECT_THAT(kinds, ElementsAre("text", "list", "decimal", "list", "list", "text", "list", "text",
                                 "list", "text", "timestamp", "interval", "text", "text", "list",
                                 "text", "text", "text"));
  EXPECT_THAT(
      answer.rows[0][0],
      ElementsAre("\"so'so\"", R"(["sad","\"ok\""])", "\"1.50\"", R"(["1.50",null])",
                  R"(["a","b"])", "\"(1,\\\"x,y\\\")\"", "[\"(1,a)\"]", "\"abc\"",
                  R"([["1.00","2.00"],["3.00","4.00"]])", "\"101\"", "\"2026-11-24 01:02:03.457\"",
                  "\"1 day 02:00:00\"", "\"<a/>\"", "\"'a':1 'b':2\"",
                  "[\"(1,1),(0,0)\",\"(2,2),(1,1)\"]", "\"[1,5)\"", "\"(0,1)\"", "\"x\""));
}

TEST(Types, SpellTheSameWhateverTheServerIsSetTo) {
  Scratch scratch("dbops_spelling");
  scratch.write(
      "alter database postgres set datestyle = 'German';"
      "alter database postgres set intervalstyle = 'sql_standard';"
      "alter database postgres set timezone = 'Asia/Tokyo';"
      "alter database postgres set bytea_output = 'escape';"
      "alter database postgres set extra_float_digits = -5");
  auto session = open_session();
  EXPECT_EQ(one(*session, "select date '2026-11-24'"), "\"2026-11-24\"");
  EXPECT_EQ(one(*session, "select timestamptz '2026-11-24 17:00+00'"),
            "\"2026-11-24 17:00:00+00\"");
  EXPECT_EQ(one(*session, "select interval '1 day 2 hours'"), "\"1 day 02:00:00\"");
  EXPECT_EQ(one(*session, "select '\\x00'::bytea"), "{\"base64\":\"AA==\"}");
  EXPECT_EQ(one(*session, "select 0.1::float8 + 0.2::float8"), "0.30000000000000004");
  scratch.write("alter database postgres reset all");
}

TEST(Types, WhatIsNoUtf8IsBytes) {
  auto admin = open_session(Tier::admin);
  run(*admin, "drop database if exists dbops_ascii", Mode::write);
  run(*admin,
      "create database dbops_ascii encoding 'SQL_ASCII' template template0 lc_collate 'C' lc_ctype "
      "'C'",
      Mode::write);
  {
    std::string url = server_url();
    const size_t at = url.find("/postgres", url.find('@'));
    auto session = open_session(Tier::write, url.replace(at, 9, "/dbops_ascii"));
    ASSERT_TRUE(session);
    run(*session,
        "create table t as select convert_from('\\x61ff', 'SQL_ASCII') as bad, 'é'::text as good",
        Mode::write);
    const Answer answer = run(*session, "select bad, good, array[bad] from t");
    EXPECT_THAT(answer.rows[0][0],
                ElementsAre("{\"base64\":\"Yf8=\"}", "\"é\"", "[{\"base64\":\"Yf8=\"}]"));
    EXPECT_TRUE(session->catalog()->list(context_of(), {"public"}, {}));
  }
  run(*admin, "drop database dbops_ascii with (force)", Mode::write);
}

TEST(Parameters, AreTypedByWhereTheyStand) {
  Scratch scratch("dbops_params");
  scratch.write(
      "create table dbops_params.t (id int primary key, j jsonb, b bytea, a int[], d date);"
      "insert into dbops_params.t select i, jsonb_build_object('k', i), null, null, "
      "date '2026-01-01' + i from generate_series(1, 10000) i;"
      "analyze dbops_params.t");
  auto session = open_session();
  const auto plan = run(*session, "explain select 1 from dbops_params.t where id = 5");
  EXPECT_THAT(plan.rows[0][0][0], HasSubstr("Index"));
  // A value of 64 bits finds an int4 key by its index.
  const auto by_index = session->explainer()->explain(
      context_of(), *connector().dialect().parse("select 1 from dbops_params.t where id = $1"),
      values({Value::integer(77)}), true, Mode::read);
  ASSERT_TRUE(by_index) << by_index.error().message;
  EXPECT_THAT(by_index->text, HasSubstr("t_pkey"));

  const auto answer = [&](std::string_view text, std::initializer_list<Value> given) {
    return one(*session, text, values(given));
  };
  EXPECT_EQ(answer("select count(*) from dbops_params.t where id < $1", {Value::integer(8)}), "7");
  EXPECT_EQ(answer("select $1::int + 1", {Value::text("41")}), "42");
  EXPECT_EQ(answer("select id from dbops_params.t where d = $1", {Value::text("2026-01-08")}), "7");
  EXPECT_EQ(answer("select j -> $1 from dbops_params.t where id = 3", {Value::text("k")}), "\"3\"");
  EXPECT_EQ(answer("select substr('hello', $1, 2)", {Value::integer(2)}), "\"el\"");
  EXPECT_EQ(answer("select date '2026-11-24' + $1", {Value::integer(7)}), "\"2026-12-01\"");
  EXPECT_EQ(answer("select count(*) from dbops_params.t where id = any($1)",
                   {Value::items(Kind::list, std::vector{Value::integer(1), Value::integer(2)})}),
            "2");
  EXPECT_EQ(answer("select $1::jsonb ->> 'a'", {Value::view(Kind::json, "{\"a\":1}")}), "\"1\"");
  EXPECT_EQ(answer("select octet_length($1)", {Value::view(Kind::bytes, {"\0\xff", 2})}), "2");
}

TEST(Parameters, AreTypedByTheirValueWhereNothingElseDoes) {
  auto session = open_session();
  const auto answer = [&](std::string_view text, std::initializer_list<Value> given) {
    return one(*session, text, values(given));
  };
  EXPECT_EQ(answer("select $1", {Value::integer(5)}), "5");
  EXPECT_EQ(answer("select $1", {Value::text("5")}), "\"5\"");
  EXPECT_EQ(answer("select $1", {Value::real(0.5)}), "0.5");
  EXPECT_EQ(answer("select $1", {Value::boolean(true)}), "true");
  EXPECT_EQ(answer("select $1", {Value()}), "null");
  EXPECT_EQ(answer("select $1 as x", {Value::view(Kind::decimal, "1.50")}), "\"1.50\"");
  EXPECT_EQ(answer("select $1 is null", {Value::integer(5)}), "false");
  EXPECT_EQ(answer("select $1 is null", {Value::text("x")}), "false");
  EXPECT_EQ(answer("select $1 is null", {Value()}), "true");
  EXPECT_EQ(answer("select $1 + $2", {Value::integer(1), Value::integer(2)}), "3");
  EXPECT_EQ(answer("select to_json($1)", {Value::integer(7)}), "\"7\"");
  EXPECT_EQ(answer("select pg_typeof($1)::text", {Value::text("x")}), "\"text\"");
}

TEST(Parameters, MustBeAsManyAsTheStatementHas) {
  auto session = open_session();
  for (const auto& [text, given] : {std::pair{"select $1::int", Parameters()},
                                    {"select 1", values({Value::integer(1)})},
                                    {"select $2::int", values({Value::integer(1)})}}) {
    const auto answer = try_run(*session, text, Mode::read, given);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Code::invalid_argument);
    EXPECT_FALSE(answer.error().session_broken);
  }
  EXPECT_EQ(one(*session, "select 1"), "1");
}

int64_t number(const std::string& digits) {
  int64_t value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

int64_t prepared_on_server(Session& session) {
  return number(one(session, "select count(*) from pg_prepared_statements"));
}

TEST(Prepared, StatementsAreKeptAndUsedAgain) {
  auto session = open_session();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(one(*session, "select $1::int * 2", values({Value::integer(i)})),
              std::to_string(2 * i));
  EXPECT_EQ(one(*session,
                "select generic_plans + custom_plans from pg_prepared_statements "
                "where statement = 'select $1::int * 2'"),
            "5");
}

TEST(Prepared, StatementsAreBoundedInNumberAndLength) {
  auto session = open_session();
  for (int i = 0; i < 400; ++i) run(*session, "select " + std::to_string(i));
  EXPECT_LE(prepared_on_server(*session), static_cast<int64_t>(Core::kPreparedMax) + 1);
  const std::string long_text = "select '" + std::string(Core::kPreparedBytesMax, 'x') + "' as a";
  for (int i = 0; i < 3; ++i) run(*session, long_text);
  EXPECT_EQ(
      one(*session, "select count(*) from pg_prepared_statements where length(statement) > 60000"),
      "0");
}

TEST(Prepared, FollowWhatHappensToTheirTables) {
  Scratch scratch("dbops_replan");
  scratch.write("create table dbops_replan.t as select 1 as a");
  auto session = open_session();
  EXPECT_EQ(one(*session, "select * from dbops_replan.t"), "1");
  scratch.write("alter table dbops_replan.t add b text default 'x'");
  const Answer wider = run(*session, "select * from dbops_replan.t");
  EXPECT_THAT(wider.rows[0][0], ElementsAre("1", "\"x\""));
  scratch.write("drop table dbops_replan.t; create table dbops_replan.t as select 'y' as c");
  EXPECT_EQ(one(*session, "select * from dbops_replan.t"), "\"y\"");
  // The server has lost them all.
  run(*session, "select 1");
  auto& core = dynamic_cast<PostgresSession&>(*session).core();
  ASSERT_TRUE(core.link().command(context_of(), "DEALLOCATE ALL"));
  EXPECT_EQ(one(*session, "select 1"), "1");
  EXPECT_EQ(one(*session, "select * from dbops_replan.t"), "\"y\"");
}

TEST(Prepared, CanBeLeftOutForAPooler) {
  ConnectionOptions options = options_for(server_url());
  options.settings = {{"prepare", "off"}, {"lock_timeout_ms", "77"}};
  auto connected = connector().connect(context_of(), options);
  ASSERT_TRUE(connected) << connected.error().message;
  Session& session = **connected;
  EXPECT_EQ(one(session, "select $1::int * 2", values({Value::integer(4)})), "8");
  EXPECT_EQ(one(session, "select count(*) from pg_prepared_statements"), "0");
  EXPECT_EQ(one(session, "show transaction_read_only"), "\"on\"");
  EXPECT_EQ(one(session, "show lock_timeout"), "\"77ms\"");
  EXPECT_EQ(one(session, "select timestamptz '2026-11-24 17:00+00'"), "\"2026-11-24 17:00:00+00\"");
  EXPECT_EQ(run(session, "select 1; select 2").rows.size(), 2U);
  Scratch scratch("dbops_pooled");
  EXPECT_FALSE(try_run(session, "create table dbops_pooled.t (a int)", Mode::write));
}

TEST(Limits, AVeryLargeCellIsReadAndALargerOneRefused) {
  auto session = open_session();
  const Script script = *connector().dialect().parse("select repeat('x', 200 * 1024 * 1024)");
  {
    const Context context = context_of();
    const auto results = session->queries()->run(context, script, {}, Mode::read);
    ASSERT_TRUE(results);
    Batch batch;
    const auto more = (*(*results)->next(context))->next(context, batch);
    ASSERT_TRUE(more && *more);
    EXPECT_EQ(batch.row(0)[0].as_text().size(), 200U << 20);
  }
  EXPECT_TRUE(session->broken()) << "libpq keeps the memory, so the session must not be pooled";

  session = open_session();
  const auto refused = try_run(*session, "select repeat('x', 300 * 1024 * 1024)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::too_large) << refused.error().message;
}

TEST(Limits, AStatementOfTenMegabytesRuns) {
  Scratch scratch("dbops_long");
  scratch.write("create table dbops_long.t (a int, b text)");
  std::string text = "insert into dbops_long.t values (0, 'x')";
  int rows = 1;
  for (; text.size() < 10U << 20; ++rows) text += ",(" + std::to_string(rows) + ",'some text')";
  const Answer answer = run(scratch.session(), text, Mode::write);
  EXPECT_EQ(answer.summaries[0].affected, static_cast<uint64_t>(rows));
  EXPECT_EQ(one(*open_session(), "select count(*) from dbops_long.t"), std::to_string(rows));
  auto session = open_session();
  EXPECT_EQ(one(*session, "select length('" + std::string(10U << 20, 'y') + "')"), "10485760");
  EXPECT_EQ(one(*session, "select length($1)", values({Value::text(std::string(10U << 20, 'z'))})),
            "10485760");
}

TEST(Limits, TheServersOwnTimeLimitIsArmed) {
  auto session = open_session();
  const auto limit = [&](const Context& context) {
    const auto answer = try_run(*session,
                                "select setting::int from pg_settings "
                                "where name = 'statement_timeout'",
                                Mode::read, {}, context);
    return answer ? static_cast<double>(number(answer->rows[0][0][0])) : -1;
  };
  EXPECT_NEAR(limit(context_of(std::chrono::seconds(30))), 30'000, 100);
  EXPECT_NEAR(limit(context_of(std::chrono::seconds(29))), 30'000, 100) << "near enough: kept";
  EXPECT_NEAR(limit(context_of(std::chrono::seconds(5))), 5'000, 100);
  EXPECT_NEAR(limit(context_of(std::chrono::seconds(60))), 60'000, 100);
  EXPECT_EQ(limit(Context()), 0);
  Context held = context_of(std::chrono::seconds(10));
  held.hold = std::chrono::seconds(10);
  EXPECT_GT(limit(held), 600'000);
}

// A cancel request that the server gets before the statement is lost on it.
TEST(Cancelling, StopsTheServerHoweverEarlyItComes) {
  auto session = open_session();
  Scratch watcher("dbops_cancelling");
  one(*session, "select count(pg_sleep(0))");  // Its functions are known from here on.
  for (int round = 0; round < 60; ++round) {
    Context context = context_of();
    std::thread early([&] {
      const auto moment = std::chrono::steady_clock::now() + round * std::chrono::microseconds(25);
      while (std::chrono::steady_clock::now() < moment) std::this_thread::yield();
      context.cancel.request();
    });
    const auto answer = try_run(*session, "select pg_sleep(20)", Mode::read, {}, context);
    early.join();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::cancelled);
    ASSERT_FALSE(session->broken()) << "in round " << round;
    ASSERT_EQ(one(watcher.session(),
                  "select count(*) from pg_stat_activity where state = 'active' and query = "
                  "'select pg_sleep(20)'"),
              "0");
  }
}

TEST(Limits, WaitingForALockIsBusy) {
  Scratch scratch("dbops_locked");
  scratch.write("create table dbops_locked.t (a int)");
  auto holder = open_session(Tier::write);
  const Script script = *connector().dialect().parse("lock table dbops_locked.t; select 1");
  const Context context = context_of();
  const auto held = *holder->queries()->run(context, script, {}, Mode::write);
  ASSERT_TRUE(held->next(context));
  ConnectionOptions options = options_for(server_url());
  options.settings = {{"lock_timeout_ms", "50"}};
  const auto session = connector().connect(context_of(), options);
  const auto answer = try_run(**session, "select * from dbops_locked.t");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::busy) << answer.error().message;
  EXPECT_TRUE(answer.error().retryable);
  EXPECT_FALSE(answer.error().hint.empty());
  // The blocking tree names both.
  auto waiting = open_session();
  const auto findings = open_session()->diagnostics()->diagnose(context_of(), "activity");
  EXPECT_TRUE(findings);
}

TEST(Summaries, HoldTheServersNotices) {
  auto session = open_session(Tier::admin);
  const Answer answer = run(*session,
                            "do $$ begin raise notice 'hello % \x1b[31m', 1; raise warning 'two'; "
                            "raise debug 'three'; end $$",
                            Mode::write);
  EXPECT_THAT(answer.summaries[0].warnings,
              ElementsAre("NOTICE: hello 1 \\x1b[31m", "WARNING: two"));
  const Answer many =
      run(*session, "do $$ begin for i in 1..500 loop raise notice '%', i; end loop; end $$",
          Mode::write);
  EXPECT_EQ(many.summaries[0].warnings.size(), Link::kNoticesMax + 1);
  EXPECT_EQ(many.summaries[0].warnings.back(), "and 400 notices more");
  EXPECT_TRUE(run(*session, "select 1").summaries[0].warnings.empty());
}

TEST(Errors, CarryWhatTheServerSaid) {
  auto session = open_session();
  const auto error_of = [&](std::string_view text) {
    const auto answer = try_run(*session, text);
    EXPECT_FALSE(answer) << text;
    return answer ? Error() : answer.error();
  };
  Error error = error_of("select 1; select é from pg_class");
  EXPECT_EQ(error.native_code, "42703");
  EXPECT_EQ(error.position, 18U);
  error = error_of("select nosuch(1)");
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_FALSE(error.hint.empty());
  error = error_of("select 'x'::int");
  EXPECT_EQ(error.code, Code::data);
  error = error_of("select * from pg_clas");
  EXPECT_EQ(error.native_code, "42P01");
  EXPECT_FALSE(error.session_broken);
  EXPECT_EQ(one(*session, "select 1"), "1");
}

TEST(Errors, ATableThatIsNotThereIsLikeOneThatIs) {
  auto session = open_session(Tier::admin);
  ASSERT_TRUE(try_run(*session,
                      "create schema \"Odd one\"; create table \"Odd one\".flights(); "
                      "create table airports_meant()",
                      Mode::write));
  const auto hint_of = [&](std::string_view text) {
    const auto answer = try_run(*session, text);
    EXPECT_FALSE(answer) << text;
    return answer ? std::string() : answer.error().hint;
  };
  EXPECT_EQ(hint_of("select * from airport_meant"), "did you mean airports_meant?");
  EXPECT_EQ(hint_of("select 'é', x.* from Airports_Ment as x"), "did you mean airports_meant?");
  EXPECT_EQ(hint_of("select 1; select * from airport_meant"), "did you mean airports_meant?");
  EXPECT_EQ(hint_of("select * from \"Odd one\".fligths"), "did you mean \"Odd one\".flights?");
  EXPECT_EQ(hint_of("select * from nothing_is_like_this_one"),
            "look at what is there with explore");
  EXPECT_EQ(one(*session, "select 1"), "1");
  ASSERT_TRUE(
      try_run(*session, "drop schema \"Odd one\" cascade; drop table airports_meant", Mode::write));
}

}  // namespace
}  // namespace dbops::postgres
