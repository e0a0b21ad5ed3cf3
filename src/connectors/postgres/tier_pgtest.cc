// The read tier on a real server, as a superuser: attempts that a list of statements would not
// stop.

#include <gmock/gmock-matchers.h>

#include "connectors/postgres/session.h"
#include "connectors/postgres/testing.h"

namespace dbops::postgres {
namespace {

using testing::HasSubstr;

class ReadTier : public testing::Test {
 protected:
  ReadTier() : scratch_("dbops_tier") {
    scratch_.write(
        "create table dbops_tier.t as select i as a from generate_series(1, 10) i;"
        "create sequence dbops_tier.s;"
        "create function dbops_tier.wipe() returns int language sql as "
        "'delete from dbops_tier.t; select 1';"
        "create function dbops_tier.wipe_row(dbops_tier.t) returns int language sql as "
        "'delete from dbops_tier.t; select 1';"
        "create function dbops_tier.wipe_rows(variadic dbops_tier.t[]) returns int language sql as "
        "'delete from dbops_tier.t; select 1';"
        "create function dbops_tier.lies() returns int stable language plpgsql as "
        "$$ begin perform set_config('default_transaction_read_only', 'off', false); return 1; end "
        "$$;"
        "create function dbops_tier.frees() returns int stable language plpgsql as "
        "$$ begin perform set_config('transaction_read_only', 'off', false); "
        "execute 'delete from dbops_tier.t'; return 1; end $$;"
        "create function dbops_tier.fine(int) returns int stable language sql as 'select $1 + 1';"
        "create function dbops_tier.random() returns int language sql as "
        "'delete from dbops_tier.t; select 1';"
        "create function dbops_tier.plus(int, int) returns int language sql as "
        "'delete from dbops_tier.t; select 1';"
        "create operator dbops_tier.@@@ (leftarg = int, rightarg = int, function = "
        "dbops_tier.plus);"
        "create function dbops_tier.cast_to(text) returns int language sql as "
        "'delete from dbops_tier.t; select 1';"
        "create view dbops_tier.trap as select dbops_tier.wipe() as a;"
        "create view dbops_tier.seq as select nextval('dbops_tier.s') as a;"
        "create operator dbops_tier.@@@@ (function = pg_read_file, rightarg = text);"
        "create function dbops_tier.equal(dbops_tier.t, int) returns bool language sql as "
        "'select true';"
        "create operator dbops_tier.>= (leftarg = dbops_tier.t, rightarg = int, function = "
        "dbops_tier.equal);"
        "create type dbops_tier.pair as (a int, b text);"
        "create function dbops_tier.to_pair(text) returns dbops_tier.pair language plpgsql as "
        "$$ begin perform pg_advisory_lock(4242); return null; end $$;"
        "create cast (text as dbops_tier.pair) with function dbops_tier.to_pair(text);"
        "create function dbops_tier.add_lock(bool, int) returns bool language plpgsql as "
        "$$ begin perform pg_advisory_lock(4242); return true; end $$;"
        "create aggregate dbops_tier.locks(int) (sfunc = dbops_tier.add_lock, stype = bool);"
        "create view dbops_tier.locked as select true x from (select pg_advisory_lock(4242)) y;"
        "create view dbops_tier.deep as select x from dbops_tier.locked where x = any (array[x]);"
        "create view dbops_tier.by_operator as select operator(dbops_tier.@@@@) '/etc/hostname' a;"
        "create view dbops_tier.by_text as select table_to_xml('dbops_tier.t', true, true, '') a;"
        "create view dbops_tier.harmless as select a, random() r, now() n, max(a) over () m from "
        "dbops_tier.t;"
        "create view dbops_tier.who as select pid from pg_stat_activity join pg_locks "
        "using (pid);"
        "create materialized view dbops_tier.kept as select x from dbops_tier.locked with no data;"
        "create table dbops_tier.policed (a int);"
        "alter table dbops_tier.policed enable row level security;"
        "create policy p on dbops_tier.policed for select using (dbops_tier.add_lock(true, a));"
        "create function dbops_tier.keeps() returns int stable language plpgsql as "
        "$$ begin perform pg_advisory_lock(4242); return 1; end $$;"
        "create domain dbops_tier.checked as int check (dbops_tier.plus(value, 1) = 1);"
        "create domain dbops_tier.checked_again as dbops_tier.checked;"
        "create type dbops_tier.holder as (a dbops_tier.checked);"
        "create view dbops_tier.by_domain as select 1::dbops_tier.checked a;"
        "create table dbops_tier.defaults (a int default dbops_tier.wipe());"
        "create rule r as on insert to dbops_tier.defaults do also delete from dbops_tier.t");
    state_ = state();
    session_ = open_session();
  }
  std::string state() {
    return one(
        scratch_.session(),
        "select concat((select string_agg(a::text, ',') from dbops_tier.t), '|', (select "
        "concat(last_value, is_called) from dbops_tier.s), '|', (select count(*) from pg_class), "
        "'|', (select count(*) from pg_roles))");
  }
  Scratch scratch_;
  std::string state_;
  std::unique_ptr<Session> session_;
};

TEST_F(ReadTier, RefusesFunctionsThatMayChangeSomething) {
  for (const std::string_view text :
       {"select dbops_tier.wipe()",
        "select * from dbops_tier.wipe()",
        "select a from dbops_tier.t order by dbops_tier.wipe()",
        "select 1 where exists (select dbops_tier.wipe())",
        "with x as (select dbops_tier.wipe()) select 1 from x",
        "select case when true then dbops_tier.wipe() end",
        "values (dbops_tier.wipe())",
        "select array(select dbops_tier.wipe())",
        "select 1 from dbops_tier.t limit dbops_tier.wipe()",
        "select sum(a) filter (where dbops_tier.wipe() = 1) from dbops_tier.t",
        "select sum(a) over (partition by dbops_tier.wipe()) from dbops_tier.t",
        "select * from dbops_tier.t, lateral dbops_tier.wipe() w",
        "select * from rows from (dbops_tier.wipe()) w",
        "select coalesce(null, dbops_tier.wipe())",
        "explain analyze select dbops_tier.wipe()",
        "select \"dbops_tier\".\"wipe\"()",
        "select dbops_tier.random()",
        "select t.wipe_row from dbops_tier.t t",
        "select (t).wipe_row from dbops_tier.t t",
        "select (t.*).wipe_row from dbops_tier.t t",
        "select t.wipe_rows from dbops_tier.t t",
        "select 1; select dbops_tier.wipe()"}) {
    const auto answer = try_run(*session_, text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(name(answer.error().code), name(Code::forbidden))
        << text << ": " << answer.error().message;
    EXPECT_FALSE(answer.error().hint.empty());
  }
  EXPECT_EQ(state(), state_);
}

// Functions that no name in the text shows.
TEST_F(ReadTier, RefusesWhatCallsThemInPlaceOfTheStatement) {
  for (const auto& [text, culprit] : std::vector<std::pair<std::string_view, std::string>>{
           {"select operator(dbops_tier.@@@@) '/etc/hostname'", "pg_read_file"},
           {"select 1 operator(dbops_tier.@@@) 2", "plus"},
           {"select 1 from dbops_tier.t order by a using operator(dbops_tier.@@@)", "plus"},
           {"select 1 operator(dbops_tier.@@@) any (select a from dbops_tier.t)", "plus"},
           {"select 'x'::dbops_tier.pair", "to_pair"},
           {"select cast('x' as dbops_tier.pair)", "to_pair"},
           {"select array['x']::dbops_tier.pair[]", "to_pair"},
           {"select dbops_tier.pair('x'::text)", "to_pair"},
           {"select dbops_tier.locks(a) from dbops_tier.t", "add_lock"},
           {"select dbops_tier.locks(a) over () from dbops_tier.t", "add_lock"},
           {"select 1::dbops_tier.checked", "plus"},
           {"select 1::dbops_tier.checked_again", "plus"},
           {"select row(1)::dbops_tier.holder", "plus"},
           {"select * from json_to_record('{}') as x(a dbops_tier.checked)", "plus"},
           {"select * from dbops_tier.trap", "wipe"},
           {"table dbops_tier.seq", "nextval"},
           {"select * from dbops_tier.locked", "pg_advisory_lock"},
           {"select * from dbops_tier.deep", "pg_advisory_lock"},
           {"select 1 from dbops_tier.t where exists (select from dbops_tier.deep)",
            "pg_advisory_lock"},
           {"explain analyze select * from dbops_tier.deep", "pg_advisory_lock"},
           {"select * from dbops_tier.by_operator", "pg_read_file"},
           {"select * from dbops_tier.by_text", "table_to_xml"},
           {"select * from dbops_tier.by_domain", "plus"},
           {"select * from dbops_tier.policed", "add_lock"},
       }) {
    const auto answer = try_run(*session_, text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(name(answer.error().code), name(Code::forbidden))
        << text << ": " << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr(culprit + "()")) << text;
    EXPECT_FALSE(answer.error().hint.empty());
  }
  EXPECT_EQ(one(scratch_.session(), "select count(*) from pg_locks where locktype = 'advisory'"),
            "0");
  EXPECT_EQ(state(), state_);
}

// The operators that BETWEEN and the like stand for, where they can be seen without their schema.
TEST_F(ReadTier, RefusesOperatorsThatTheTextOnlyStandsFor) {
  run(scratch_.session(),
      "alter role current_user in database postgres set search_path = dbops_tier, public",
      Mode::write);
  const auto answer = try_run(*open_session(), "select 1 between 1 and 2");
  run(scratch_.session(), "alter role current_user in database postgres reset search_path",
      Mode::write);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("equal()"));
}

// What no name shows at all: the server's READ ONLY transaction holds by itself.
TEST_F(ReadTier, TheServerRefusesWhatHides) {
  const auto answer = try_run(*session_, "select dbops_tier.frees()");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::none);
  EXPECT_EQ(state(), state_);
}

// A function that is declared STABLE, and yet takes a lock that outlasts the statement.
TEST_F(ReadTier, ALockOfTheSessionIsFreedBeforeItsNextStatement) {
  const auto held = [&] {
    return one(scratch_.session(), "select count(*) from pg_locks where locktype = 'advisory'");
  };
  EXPECT_EQ(one(*session_, "select dbops_tier.keeps()"), "1");
  EXPECT_EQ(held(), "1");
  EXPECT_EQ(one(*session_, "select 1"), "1");
  EXPECT_EQ(held(), "0");
}

// A function that is declared STABLE, and yet turns the session's guard off.
TEST_F(ReadTier, AFunctionThatLiesDoesNotOpenTheDoor) {
  EXPECT_EQ(one(*session_, "select dbops_tier.lies()"), "1");
  auto& core = dynamic_cast<PostgresSession&>(*session_).core();
  EXPECT_FALSE(core.guarded());
  EXPECT_EQ(one(*session_, "show transaction_read_only"), "\"on\"");
  EXPECT_TRUE(core.guarded());
  EXPECT_FALSE(try_run(*session_, "select dbops_tier.frees()"));
  EXPECT_EQ(state(), state_);
}

TEST_F(ReadTier, LetsHarmlessFunctionsThrough) {
  for (const std::string_view text :
       {"select dbops_tier.fine(1)",
        "select now(), random(), clock_timestamp(), gen_random_uuid()",
        "select lower('A'), count(*), max(a) from dbops_tier.t",
        "select pg_total_relation_size('dbops_tier.t'), pg_database_size(current_database())",
        "select currval('dbops_tier.s') where false",
        "select t.a, (t).a from dbops_tier.t t",
        "select * from pg_stat_activity",
        "select * from pg_locks",
        "select * from pg_settings",
        "select * from pg_catalog.generate_series(1, 2)",
        "select extract(year from now())",
        "select json_agg(t) from dbops_tier.t t",
        "select xmlforest(1 as a)",
        "select * from information_schema.tables limit 1",
        "show all",
        "select * from dbops_tier.harmless",
        "select * from dbops_tier.who",
        "select a::text, a = 1, a between 1 and 2 from dbops_tier.t where a in (1, 2)",
        "select 1 as checked, '(1,x)' as pair from dbops_tier.t locked",
        "explain select * from dbops_tier.locked",
        "select 'trap'"}) {
    const auto answer = try_run(*session_, text);
    EXPECT_TRUE(answer) << text << ": " << answer.error().message;
  }
}

TEST_F(ReadTier, NoticesThatAFunctionHasChanged) {
  scratch_.write("set local search_path = dbops_tier, pg_catalog; select 1");
  EXPECT_TRUE(try_run(*session_, "select dbops_tier.fine(1)"));
  scratch_.write(
      "create function dbops_tier.fine(text) returns int volatile language sql as 'select 1'");
  // Another session sees it at once; this one within the life of what it knows.
  auto fresh = open_session();
  const auto answer = try_run(*fresh, "select dbops_tier.fine(1)");
  ASSERT_FALSE(answer) << "an overload that is volatile may be meant";
  EXPECT_THAT(answer.error().message, HasSubstr("fine()"));
}

TEST_F(ReadTier, AllowsFunctionsOfAnExtensionThatAreKnownToBeHarmless) {
  scratch_.write("create extension if not exists \"uuid-ossp\" schema dbops_tier");
  EXPECT_TRUE(try_run(*session_, "select dbops_tier.uuid_generate_v4()"));
  scratch_.write("create extension if not exists dblink schema dbops_tier");
  // Declared STABLE, and yet they run a text as SQL: `pg_read_file()` in it, say.
  scratch_.write("create extension if not exists tablefunc schema dbops_tier");
  for (const std::string_view text :
       {"select * from dbops_tier.dblink('', 'select 1') as x(a int)",
        "select * from dbops_tier.crosstab('select 1::text, ''a''::text, pg_read_file(''x'')') "
        "as x(a text, b text)",
        "select * from dbops_tier.crosstab2('select 1::text, ''a''::text, pg_read_file(''x'')')",
        "select * from dbops_tier.connectby('(select pg_read_file(''x'') as a, ''b'' as b) as q', "
        "'a', 'b', 'x', 0) as x(a text, b text, l int)"}) {
    const auto answer = try_run(*session_, text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Code::forbidden) << text << ": " << answer.error().message;
  }
}

TEST_F(ReadTier, ExplainsAWriteWithoutRunningIt) {
  const auto plan = session_->explainer()->explain(
      context_of(),
      *connector().dialect().parse("delete from dbops_tier.t where dbops_tier.wipe() = 1"), {},
      false, Mode::read);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr("Delete on"));
  const auto analyzed = session_->explainer()->explain(
      context_of(), *connector().dialect().parse("select dbops_tier.wipe()"), {}, true, Mode::read);
  ASSERT_FALSE(analyzed);
  EXPECT_EQ(analyzed.error().code, Code::forbidden);
  auto writer = open_session(Tier::write);
  const auto rehearsed = writer->explainer()->explain(
      context_of(), *connector().dialect().parse("delete from dbops_tier.t"), {}, true,
      Mode::write);
  ASSERT_TRUE(rehearsed) << rehearsed.error().message;
  EXPECT_EQ(state(), state_);
}

}  // namespace
}  // namespace dbops::postgres
