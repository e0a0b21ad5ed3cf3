#include "connectors/postgres/dialect.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "connectors/postgres/parse_tree.h"

namespace dbops::postgres {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

struct Case {
  std::string_view text;
  std::string_view verb;
  Tier tier = Tier::read;
  std::string_view reason = {};  // A part of it.
  std::string_view danger = {};  // A part of it; empty: nothing to confirm.
  bool transactional = true;
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.text; }

class Classified : public testing::TestWithParam<Case> {};

TEST_P(Classified, AsItShould) {
  const Case& each = GetParam();
  const auto script = dialect().parse(each.text);
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->statements.size(), 1U);
  const Statement& statement = script->statements.front();
  EXPECT_EQ(statement.verb, each.verb);
  EXPECT_EQ(name(statement.tier), name(each.tier));
  EXPECT_EQ(statement.reason.empty(), each.tier == Tier::read) << statement.reason;
  EXPECT_THAT(statement.reason, HasSubstr(std::string(each.reason)));
  EXPECT_EQ(statement.danger.empty(), each.danger.empty()) << statement.danger;
  EXPECT_THAT(statement.danger, HasSubstr(std::string(each.danger)));
  EXPECT_EQ(statement.transactional, each.transactional);
  EXPECT_EQ(script->statement_text(0), each.text);
}

constexpr Tier kWrite = Tier::write;
constexpr Tier kAdmin = Tier::admin;

INSTANTIATE_TEST_SUITE_P(
    Reads, Classified,
    testing::Values(
        Case{"SELECT 1", "SELECT"},
        Case{"select * from t where a = $1 order by b limit 3", "SELECT"},
        Case{"values (1), (2)", "VALUES"}, Case{"table t", "SELECT"},
        Case{"with recursive x as (select 1 union all select 2) select * from x", "SELECT"},
        Case{"select 1 union (select 2 except select 3)", "SELECT"}, Case{"show work_mem", "SHOW"},
        Case{"show all", "SHOW"}, Case{"explain select 1", "EXPLAIN"},
        Case{"explain (analyze, buffers) select 1", "EXPLAIN"},
        Case{"explain delete from t", "EXPLAIN"},
        Case{"explain (analyze false) delete from t", "EXPLAIN"},
        Case{"explain (analyze off) delete from t", "EXPLAIN"},
        Case{"explain select nextval('s')", "EXPLAIN"},
        Case{"select random(), clock_timestamp(), gen_random_uuid(), pg_sleep(1)", "SELECT"},
        Case{"select current_setting('x'), pg_total_relation_size('t')", "SELECT"},
        Case{"select 'delete from t' as \"drop table\"", "SELECT"},
        Case{"select $$ drop table t; $$", "SELECT"}));

INSTANTIATE_TEST_SUITE_P(
    Data, Classified,
    testing::Values(
        Case{"insert into t values (1)", "INSERT", kWrite, "INSERT changes data"},
        Case{"insert into t select * from u on conflict do nothing returning a", "INSERT", kWrite},
        Case{"update t set a = 1 where id = 3", "UPDATE", kWrite, "UPDATE changes data"},
        Case{"update s.t set a = 1",
             "UPDATE",
             kWrite,
             {},
             "UPDATE without WHERE changes every row of s.t"},
        Case{"delete from t where id = 1", "DELETE", kWrite},
        Case{"delete from only t",
             "DELETE",
             kWrite,
             {},
             "DELETE without WHERE removes every row of t"},
        Case{"delete from t where true", "DELETE", kWrite, {}, "always true"},
        Case{"delete from t where 1 = 1", "DELETE", kWrite, {}, "always true"},
        Case{"delete from t where id = id", "DELETE", kWrite, {}, "always true"},
        Case{"delete from t where id = 1 or true", "DELETE", kWrite, {}, "always true"},
        Case{"delete from t where now() is not null", "DELETE", kWrite, {}, "always true"},
        Case{"delete from t where t.id = id + 0", "DELETE", kWrite},
        Case{"delete from t where exists (select from u)", "DELETE", kWrite},
        Case{"delete from t where current of c", "DELETE", kWrite},
        Case{"delete from \"o\"\"dd\".\"Ta ble\"", "DELETE", kWrite, {}, "o\"dd.Ta ble"},
        Case{"merge into t using u on t.id = u.id when matched then delete", "MERGE", kWrite},
        Case{"merge into t using u on true when matched and t.a = 1 then delete", "MERGE", kWrite},
        Case{"merge into t using u on true when not matched then insert values (1)", "MERGE",
             kWrite},
        Case{"merge into a.t using u on true when matched then delete", "MERGE", kWrite,
             "MERGE changes data", "MERGE removes every row of a.t"},
        Case{"merge into t using u on t.id = t.id when matched and 1 = 1 then update set a = 1",
             "MERGE",
             kWrite,
             {},
             "MERGE changes every row of t"},
        Case{"truncate a.b, c cascade",
             "TRUNCATE",
             kWrite,
             {},
             "every row of a.b, c and of the tables"},
        Case{"with x as (delete from a.b returning *) select * from x", "SELECT", kWrite,
             "DELETE changes data", "every row of a.b"},
        Case{"with x as (insert into t values (1) returning a) table x", "SELECT", kWrite,
             "INSERT"},
        Case{"select * into t from u", "SELECT", kWrite, "SELECT INTO creates a table"},
        Case{"select * from t for update skip locked", "SELECT", kWrite, "locks rows"},
        Case{"select * from (select * from t for key share) x", "SELECT", kWrite, "locks rows"},
        Case{"explain analyze delete from t", "EXPLAIN", kWrite,
             "EXPLAIN ANALYZE runs it: DELETE changes data", "every row of t"},
        Case{"explain (analyze) create table t as select 1", "EXPLAIN", kWrite, "CREATE TABLE"},
        Case{"select nextval('s')", "SELECT", kWrite, "nextval() advances or sets a sequence"},
        Case{"select lo_create(0)", "SELECT", kWrite, "large objects"},
        Case{"select set_config('role', 'c', true)", "SELECT", kAdmin, "set_config()"},
        Case{"select set_config('standard_conforming_strings', 'off', true)", "SELECT", kAdmin},
        Case{"select pg_catalog.pg_advisory_lock(1)", "SELECT", kWrite, "locks"},
        Case{"select query_to_xml('select lo_export(1, ''x'')', true, true, '')", "SELECT", kAdmin,
             "as SQL"},
        Case{"select * from crosstab('select lo_export(1, ''x'')') as t(a text)", "SELECT", kAdmin,
             "as SQL"},
        Case{"select pg_notify('a', 'b')", "SELECT", kWrite},
        Case{"select (select (array[(select nextval('s'))])[1])", "SELECT", kWrite, "nextval()"},
        Case{"call f(1)", "CALL", kWrite, "runs a procedure"},
        Case{"lock table t", "LOCK", kWrite, "takes locks"}, Case{"notify a", "NOTIFY", kWrite},
        Case{"refresh materialized view concurrently v", "REFRESH MATERIALIZED VIEW", kWrite},
        Case{"set local work_mem = '1MB'", "SET", kWrite, "SET LOCAL work_mem changes a setting"},
        Case{"set constraints all deferred", "SET CONSTRAINTS", kWrite}));

INSTANTIATE_TEST_SUITE_P(
    Schema, Classified,
    testing::Values(
        Case{"create table t (a int)", "CREATE TABLE", kWrite, "changes the schema"},
        Case{"create table t as select 1", "CREATE TABLE AS", kWrite},
        Case{"create materialized view v as select 1", "CREATE MATERIALIZED VIEW AS", kWrite},
        Case{"create or replace view v as select 1", "CREATE VIEW", kWrite},
        Case{"create index i on t (a)", "CREATE INDEX", kWrite},
        Case{"create index concurrently on t (a)", "CREATE INDEX", kWrite, {}, {}, false},
        Case{"create type m as enum ('a')", "CREATE TYPE", kWrite},
        Case{"create type c as (a int)", "CREATE TYPE", kWrite},
        Case{"create domain d as int", "CREATE DOMAIN", kWrite},
        Case{"create schema s", "CREATE SCHEMA", kWrite},
        Case{"create function f() returns int language sql as 'select 1'", "CREATE FUNCTION",
             kWrite},
        Case{"create function f() returns int language sql set search_path = pg_catalog "
             "set work_mem from current as 'select 1'",
             "CREATE FUNCTION", kWrite},
        Case{"alter function f() set work_mem = '1MB' reset all", "ALTER FUNCTION", kWrite},
        Case{"create procedure p() begin atomic insert into t values (1); end", "CREATE PROCEDURE",
             kWrite},
        Case{"create trigger g before insert on t execute function f()", "CREATE TRIGGER", kWrite},
        Case{"alter table t add b int", "ALTER TABLE", kWrite},
        Case{"alter table s.t drop column b cascade",
             "ALTER TABLE",
             kWrite,
             {},
             "removes column b of s.t, with its data and everything"},
        Case{"alter table t alter b type text", "ALTER TABLE", kWrite, {}, "type of column b of t"},
        Case{"alter table t drop constraint k", "ALTER TABLE", kWrite, {}, "constraint k"},
        Case{"alter table t detach partition p concurrently", "ALTER TABLE", kWrite, {}, {}, false},
        Case{"alter table t rename column a to b", "ALTER TABLE", kWrite},
        Case{"alter index i rename to j", "ALTER INDEX", kWrite},
        Case{"alter type m add value 'b'", "ALTER ENUM", kWrite},
        Case{"comment on table t is 'x'", "COMMENT", kWrite},
        Case{"drop table if exists a.b, c cascade",
             "DROP TABLE",
             kWrite,
             {},
             "DROP TABLE removes a.b, c and everything that depends on it"},
        Case{"drop schema s cascade", "DROP SCHEMA", kWrite, {}, "removes s and everything"},
        Case{"drop function f(int)", "DROP FUNCTION", kWrite, {}, "removes f"},
        Case{"drop trigger g on a.t", "DROP TRIGGER", kWrite, {}, "removes a.t.g"},
        Case{"drop index concurrently i", "DROP INDEX", kWrite, {}, "removes i", false},
        Case{"drop materialized view v", "DROP MATERIALIZED VIEW", kWrite, {}, "removes v"},
        Case{"vacuum t", "VACUUM", kWrite, {}, {}, false}, Case{"analyze t", "ANALYZE", kWrite},
        Case{"reindex table t", "REINDEX", kWrite},
        Case{"reindex table concurrently t", "REINDEX", kWrite, {}, {}, false},
        Case{"reindex database d", "REINDEX", kWrite, {}, {}, false},
        Case{"cluster t", "CLUSTER", kWrite}, Case{"cluster", "CLUSTER", kWrite, {}, {}, false}));

INSTANTIATE_TEST_SUITE_P(
    TimescaleDB, Classified,
    testing::Values(Case{"select time_bucket_gapfill('1 h', t), locf(avg(x)) from m", "SELECT"},
                    Case{"select hypertable_size('m')", "SELECT"},
                    Case{"select drop_chunks('m', interval '1 day')", "SELECT", kAdmin,
                         "drops chunks", "drop_chunks() drops chunks with their rows"},
                    Case{"select add_retention_policy('m', interval '1 day')", "SELECT", kAdmin,
                         "drop", "again and again"},
                    Case{"select delete_job(1000)", "SELECT", kAdmin, "job", "removes a job"},
                    Case{"call refresh_continuous_aggregate('m', null, null)",
                         "CALL",
                         kWrite,
                         "procedure",
                         {},
                         false},
                    Case{"call run_job(1000)", "CALL", kWrite, "procedure", {}, false}));

INSTANTIATE_TEST_SUITE_P(
    System, Classified,
    testing::Values(
        Case{"grant select on t to x", "GRANT", kAdmin, "who may do what"},
        Case{"revoke select on t from x", "REVOKE", kAdmin, {}, "takes privileges from x"},
        Case{"grant a to b", "GRANT", kAdmin},
        Case{"revoke a from b", "REVOKE", kAdmin, {}, "from b"},
        Case{"create role x superuser", "CREATE ROLE", kAdmin},
        Case{"alter role x nologin", "ALTER ROLE", kAdmin, {}, "what x may do"},
        Case{"alter role current_user set a = 1", "ALTER ROLE", kAdmin, {}, "the current role"},
        Case{"drop role a, b", "DROP ROLE", kAdmin, {}, "removes a, b"},
        Case{"drop owned by x", "DROP OWNED", kAdmin, {}, "everything that x owns"},
        Case{"reassign owned by x to y", "REASSIGN OWNED", kAdmin, {}, "that x owns"},
        Case{"alter table t owner to x", "ALTER TABLE", kAdmin},
        Case{"create schema s grant select on t to x", "CREATE SCHEMA", kAdmin, "GRANT"},
        Case{"create policy p on t", "CREATE POLICY", kAdmin},
        Case{"create extension hstore", "CREATE EXTENSION", kAdmin},
        Case{"create database d", "CREATE DATABASE", kAdmin, {}, {}, false},
        Case{"drop database if exists d", "DROP DATABASE", kAdmin, {}, "removes d", false},
        Case{"create tablespace s location '/x'", "CREATE TABLESPACE", kAdmin, {}, {}, false},
        Case{"alter system set a = 1", "ALTER SYSTEM", kAdmin, {}, "configuration", false},
        Case{"checkpoint", "CHECKPOINT", kAdmin}, Case{"load 'x'", "LOAD", kAdmin},
        Case{"do $$ begin end $$", "DO", kAdmin, "can't be looked into", "can't be looked into"},
        Case{"copy t to '/tmp/x'", "COPY", kAdmin, "files", "on the server"},
        Case{"copy t from program 'rm'", "COPY", kAdmin, "programs", "on the server"},
        Case{"copy (select 1) to program 'x'", "COPY", kAdmin, {}, "on the server"},
        Case{"create server s foreign data wrapper w", "CREATE FOREIGN SERVER", kAdmin},
        Case{"create foreign table t (a int) server s", "CREATE FOREIGN TABLE", kAdmin},
        Case{"create event trigger e on ddl_command_start execute function f()",
             "CREATE EVENT TRIG", kAdmin, "not known to be harmless"},
        Case{"create function f() returns int language plpython3u as 'x'", "CREATE FUNCTION",
             kAdmin, "language plpython3u"},
        Case{"create function f() returns int security definer language sql as 'select 1'",
             "CREATE FUNCTION", kAdmin, "SECURITY DEFINER"},
        Case{"create function f() returns int as 'x', 'y' language c", "CREATE FUNCTION", kAdmin},
        Case{"alter function f() security definer", "ALTER FUNCTION", kAdmin, "SECURITY DEFINER"},
        Case{"create function f() returns int language sql set role = x as 'select 1'",
             "CREATE FUNCTION", kAdmin, "SET role"},
        Case{"alter function f() set Transaction_Read_Only = off", "ALTER FUNCTION", kAdmin,
             "SET transaction_read_only"},
        Case{"set local role x", "SET", kAdmin, "who the session is"},
        Case{"select pg_read_file('x')", "SELECT", kAdmin,
             "pg_read_file() reads the server's files"},
        Case{"select * from pg_catalog.pg_ls_dir('.')", "SELECT", kAdmin, "files"},
        Case{"select PG_Terminate_Backend(1)", "SELECT", kAdmin, "ends another session",
             "ends another session"},
        Case{"select \"pg_terminate_backend\"(1)", "SELECT", kAdmin, {}, "ends another session"},
        Case{"select u&\"\\0070g_read_file\"('x')", "SELECT", kAdmin, "pg_read_file()"},
        Case{"select dblink_exec('', 'x')", "SELECT", kAdmin, "other servers"},
        Case{"select lo_export(1, '/x')", "SELECT", kAdmin, "files"},
        Case{"select pg_stat_statements_reset()", "SELECT", kAdmin, "statistics"}));

struct Refused {
  std::string_view text;
  Code code;
  std::string_view message = {};  // A part of it.
};

TEST(Dialect, RefusesWhatMakesNoSenseHere) {
  for (const Refused& each : {
           Refused{"begin", Code::unsupported, "transaction of its own"},
           Refused{"commit", Code::unsupported},
           Refused{"rollback to s", Code::unsupported},
           Refused{"prepare transaction 'x'", Code::unsupported},
           Refused{"start transaction read write", Code::unsupported},
           Refused{"select 1; commit; drop table t", Code::unsupported, "COMMIT"},
           Refused{"set a = 1", Code::unsupported, "session"},
           Refused{"reset all", Code::unsupported},
           Refused{"create schema s; set a = 1", Code::unsupported, "session"},
           Refused{"set transaction read write", Code::unsupported},
           Refused{"set session characteristics as transaction read write", Code::unsupported},
           Refused{"set local transaction_read_only = off", Code::unsupported, "relies on"},
           Refused{"set local standard_conforming_strings = off", Code::unsupported},
           Refused{"set local Transaction_Read_Only = off", Code::unsupported},
           Refused{"prepare p as select 1", Code::unsupported},
           Refused{"execute p", Code::unsupported},
           Refused{"explain analyze execute p", Code::unsupported},
           Refused{"create table t as execute p", Code::unsupported},
           Refused{"deallocate p", Code::unsupported},
           Refused{"discard all", Code::unsupported},
           Refused{"listen a", Code::unsupported},
           Refused{"unlisten *", Code::unsupported},
           Refused{"declare c cursor for select 1", Code::unsupported},
           Refused{"fetch c", Code::unsupported},
           Refused{"close c", Code::unsupported},
           Refused{"copy t to stdout", Code::unsupported, "COPY TO STDOUT"},
           Refused{"copy t from stdin", Code::unsupported, "COPY FROM STDIN"},
           Refused{"", Code::invalid_argument},
           Refused{" ; -- nothing\n;", Code::invalid_argument},
           Refused{"selec 1", Code::syntax, "selec"},
           Refused{"select 'a", Code::syntax},
           Refused{"select (1", Code::syntax},
       }) {
    const auto script = dialect().parse(each.text);
    ASSERT_FALSE(script) << each.text;
    EXPECT_EQ(name(script.error().code), name(each.code)) << each.text;
    EXPECT_THAT(script.error().message, HasSubstr(std::string(each.message)));
    if (each.code == Code::unsupported) {
      EXPECT_THAT(script.error().hint, testing::Not(IsEmpty())) << each.text;
    }
  }
}

TEST(Dialect, SaysWhereTheSyntaxIsWrongInCharacters) {
  const auto script = dialect().parse("select 'é✈️' fro x y");
  ASSERT_FALSE(script);
  EXPECT_EQ(script.error().position, 18U);
}

TEST(Dialect, PlacesEveryStatementWithoutWhatIsAroundIt) {
  const auto script = dialect().parse(
      " -- first\n select 1 ;;\n/* two /* nested */ ; */ delete from t where a = ';' \n;\tvalues "
      "(2) -- end");
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->statements.size(), 3U);
  EXPECT_EQ(script->statement_text(0), "select 1");
  EXPECT_EQ(script->statement_text(1), "delete from t where a = ';'");
  EXPECT_EQ(script->statement_text(2), "values (2) -- end");
  EXPECT_EQ(script->tier(), Tier::write);
}

// Fits are bounded by the parser's and our own limits, not by the stack or the memory.
// What came with PostgreSQL 16 and 17 is a read, or no language at all.
TEST(Dialect, KnowsTheLanguageOfItsGrammar) {
  for (const char* text :
       {"select 0xFF_FF",
        "select j.* from json_table('[1]', '$[*]' columns (a int path '$')) as j"}) {
    const auto script = dialect().parse(text);
    if (grammar_release() >= 17) {
      ASSERT_TRUE(script) << script.error().message;
      EXPECT_EQ(script->tier(), Tier::read);
    } else {
      ASSERT_FALSE(script);
      EXPECT_EQ(script.error().code, Code::syntax);
    }
  }
}

TEST(Dialect, HoldsOutAgainstTextsThatAreTooMuch) {
  const auto repeated = [](std::string_view start, std::string_view part, size_t count) {
    std::string text(start);
    for (size_t i = 0; i < count; ++i) text += part;
    return text;
  };
  for (const std::string& text :
       {repeated("select 1", "+1", 200'000), repeated("select ", "(", 100'000),
        repeated("select ", "not ", 100'000), repeated("select 1", ",1", 4'000'000),
        repeated("select ", "array[", 100'000), repeated("select 1", " union select 1", 50'000),
        repeated("select 1, 2", " union select 1, 2", 100'000),
        repeated("select 1", "+f(1, 1)", 100'000),
        repeated("select 1", "+case when true and true then 1 end", 100'000),
        repeated("select 1 from a", " join b using (x, y)", 100'000)}) {
    const auto script = dialect().parse(text);
    ASSERT_FALSE(script) << text.substr(0, 40);
    EXPECT_TRUE(script.error().code == Code::too_large || script.error().code == Code::syntax)
        << name(script.error().code);
  }
}

TEST(Dialect, TakesLongTextsThatAreNotDeep) {
  std::string text = "select 1 where false";
  for (int i = 0; i < 5'000; ++i) text += " or x = " + std::to_string(i);
  for (int i = 0; i < 5'000; ++i) text += " union select 1, 2, (3), a[4], 'it''s, that'";
  text += "; select 1 in (0";
  for (int i = 0; i < 100'000; ++i) text += ", '2026-01-01'::date -- a comment, and more\n";
  EXPECT_TRUE(dialect().parse(text + ")"));
}

TEST(Dialect, TakesAnInsertOfTenMegabytes) {
  std::string text = "insert into t values (0, 'x', 1.5, null, true)";
  for (int i = 1; text.size() < 10U << 20; ++i)
    text += ",(" + std::to_string(i) + ",'name " + std::to_string(i) + "',1.5,null,true)";
  const auto script = dialect().parse(text);
  ASSERT_TRUE(script) << script.error().message;
  EXPECT_EQ(script->statements[0].verb, "INSERT");
  EXPECT_EQ(script->statements[0].tier, Tier::write);
  EXPECT_EQ(script->statements[0].size, text.size());
  EXPECT_TRUE(dialect().parse("select '" + std::string(10U << 20, 'x') + "'"));
}

// What a data-modifying CTE does is seen however many stand before it.
TEST(Dialect, SeesTheLastOfManyParts) {
  std::string text = "with a0 as (select 1)";
  for (int i = 1; i < 300; ++i) text += ", a" + std::to_string(i) + " as (select 1)";
  text += ", z as (delete from t) select 1";
  const auto script = dialect().parse(text);
  ASSERT_TRUE(script);
  EXPECT_EQ(script->tier(), Tier::write);
  EXPECT_THAT(script->statements[0].danger, HasSubstr("every row of t"));
  std::string explain = "explain (costs";
  for (int i = 0; i < 300; ++i) explain += ", costs";
  EXPECT_EQ(dialect().parse(explain + ", analyze) delete from t")->tier(), Tier::write);
  std::string alter = "alter table t add a int";
  for (int i = 0; i < 300; ++i) alter += ", add b" + std::to_string(i) + " int";
  EXPECT_THAT(dialect().parse(alter + ", drop column c")->statements[0].danger,
              HasSubstr("column c"));
  EXPECT_EQ(dialect().parse(alter + ", owner to x")->tier(), Tier::admin);
  std::string where = "delete from t where a = 0";
  for (int i = 0; i < 300; ++i) where += " or a = " + std::to_string(i);
  EXPECT_THAT(dialect().parse(where)->statements[0].danger, IsEmpty());
  EXPECT_THAT(dialect().parse(where + " or true")->statements[0].danger, HasSubstr("every row"));
  std::string values = "values (0)";
  for (int i = 0; i < 300; ++i) values += ", (0)";
  EXPECT_EQ(dialect().parse(values + ", (nextval('s'))")->tier(), Tier::write);
}

TEST(Dialect, QuotesWhatIsNoPlainName) {
  const Dialect& sql = dialect();
  EXPECT_EQ(sql.quote("flights"), "flights");
  EXPECT_EQ(sql.quote("_a1"), "_a1");
  EXPECT_EQ(sql.quote("Flights"), "\"Flights\"");
  EXPECT_EQ(sql.quote("select"), "\"select\"");
  EXPECT_EQ(sql.quote("between"), "\"between\"");
  EXPECT_EQ(sql.quote("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(sql.quote("a b.c;"), "\"a b.c;\"");
  EXPECT_EQ(sql.quote("1a"), "\"1a\"");
  EXPECT_EQ(sql.quote("✈️"), "\"✈️\"");
  EXPECT_EQ(sql.quote(""), "\"\"");
  EXPECT_TRUE(std::ranges::is_sorted(sql.keywords()));
}

}  // namespace
}  // namespace dbops::postgres
