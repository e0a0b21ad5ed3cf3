// Attempts to get round a policy on a real server, as a superuser.
#include <gmock/gmock-matchers.h>

#include "connectors/postgres/session.h"
#include "connectors/postgres/testing.h"

namespace dbops::postgres {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "hidden-value";

class Policy : public testing::Test {
 protected:
  Policy() : scratch_("dbops_policy") {
    scratch_.write(
        "set local search_path = dbops_policy;"
        "create table open (id int primary key, note text);"
        "insert into open values (1, 'a'), (2, 'b');"
        "create table secret (id int, value text);"
        "insert into secret values (1, 'hidden-value');"
        "create table users (id int, name text, ssn text);"
        "insert into users values (1, 'ann', 'hidden-value');"
        "create view secret_view as select value from secret;"
        "create view secret_deep as select * from secret_view;"
        "create materialized view secret_kept as select value from secret;"
        "create view users_view as select name, ssn as number from users;"
        "create view users_renamed as select u.c from users u(a, b, c);"
        "create view users_row as select u as r from users u;"
        "create view users_plain as select id, name from users;"
        "create view by_xml as select query_to_xml('select * from dbops_policy.secret', true, "
        "true, '') as x;"
        "create table heir () inherits (secret);"
        "create table parent (id int, value text) partition by range (id);"
        "create table part partition of parent for values from (0) to (10);"
        "insert into parent values (1, 'hidden-value');"
        "create function peek() returns text stable language sql as "
        "'select value from dbops_policy.secret';"
        "create function peek_row(open) returns text stable language sql as "
        "'select value from dbops_policy.secret';"
        "create function peek_given(open, int default 1) returns text stable language sql as "
        "'select value from dbops_policy.secret'");
  }

  std::unique_ptr<Session> session(AccessRules rules, Tier tier = Tier::read) {
    ConnectionOptions options = options_for(server_url(), tier);
    options.access = *Access::make(std::move(rules));
    auto made = connector().connect(context_of(), options);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  void refuses_all(Session& session, std::initializer_list<std::string_view> attempts) {
    for (const std::string_view text : attempts) {
      const auto answer = try_run(session, text);
      ASSERT_FALSE(answer) << text;
      EXPECT_EQ(answer.error().code, Code::forbidden) << text << ": " << answer.error().message;
      EXPECT_THAT(answer.error().message, Not(HasSubstr(kSecret)));
    }
  }

  Scratch scratch_;
};

TEST_F(Policy, ATableThatIsNotThereIsNotLikeAHiddenOne) {
  const auto session = this->session({.deny = {"secret"}});
  const auto answer = try_run(*session, "select * from dbops_policy.secre");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().native_code, "42P01");
  EXPECT_THAT(answer.error().hint, Not(HasSubstr("secret")));
}

TEST_F(Policy, ADeniedTableCanNotBeRead) {
  const auto session = this->session({.deny = {"secret", "parent", "part_*"}});
  refuses_all(
      *session,
      {"select * from dbops_policy.secret", "select * from dbops_policy.\"secret\"",
       "select * from only dbops_policy.secret", "table dbops_policy.secret",
       "select count(*) from dbops_policy.secret", "select from dbops_policy.secret",
       "select s.value from dbops_policy.secret s",
       "select * from dbops_policy.secret tablesample system (100)",
       "with a as (select * from dbops_policy.secret) select * from a",
       "with recursive a(x) as (select value from dbops_policy.secret union select x from a) "
       "select * from a",
       "select (select value from dbops_policy.secret)",
       "select array(select value from dbops_policy.secret)",
       "select exists (select from dbops_policy.secret)",
       "select * from dbops_policy.open where note in (select value from dbops_policy.secret)",
       "select * from dbops_policy.open natural join dbops_policy.secret",
       "select * from dbops_policy.open, lateral (select value from dbops_policy.secret) s",
       "select note from dbops_policy.open union all select value from dbops_policy.secret",
       "values ((select value from dbops_policy.secret))", "select secret from dbops_policy.secret",
       "select row_to_json(s) from dbops_policy.secret s",
       "select 1 order by (select value from dbops_policy.secret)",
       "select * from dbops_policy.secret_view", "select * from dbops_policy.secret_deep",
       "select * from dbops_policy.secret_kept", "select * from dbops_policy.heir",
       "select * from dbops_policy.part", "explain select * from dbops_policy.secret",
       "explain select * from dbops_policy.secret_deep", "explain delete from dbops_policy.secret",
       "set local search_path = dbops_policy; select * from secret",
       // Functions.
       "select dbops_policy.peek()", "select * from dbops_policy.peek()",
       "select o.peek_row from dbops_policy.open o",
       "select dbops_policy.peek_row(o) from "
       "dbops_policy.open o",
       "select (o).peek_row from dbops_policy.open o",
       "select o.peek_given from dbops_policy.open o",
       "select query_to_xml('select * from dbops_policy.secret', true, true, '')",
       "select table_to_xml('dbops_policy.secret', true, true, '')",
       "select schema_to_xml('dbops_policy', true, true, '')",
       "select database_to_xml(true, true, '')", "select * from dbops_policy.by_xml",
       "select ts_stat('select value::tsvector from dbops_policy.secret')",
       "select pg_get_viewdef('dbops_policy.secret_view'::regclass)",
       "select pg_relation_size('dbops_policy.secret')",
       "select has_table_privilege('dbops_policy.secret', 'select')",
       // The catalogue.
       "select * from pg_stats", "select * from pg_catalog.pg_statistic", "select * from pg_class",
       "select * from pg_attribute", "select * from information_schema.columns",
       "select * from pg_stat_activity", "select * from pg_stat_user_tables",
       "select * from pg_settings", "show data_directory"});
  EXPECT_EQ(run(*session, "select note from dbops_policy.open order by 1").rows[0],
            (std::vector<Row>{{"\"a\""}, {"\"b\""}}));
  EXPECT_TRUE(try_run(*session,
                      "with a as (select upper(note) as n from dbops_policy.open) "
                      "select count(*), max(n) from a"));
  EXPECT_TRUE(try_run(*session, "explain select * from dbops_policy.open"));
}

TEST_F(Policy, OnlyWhatIsAllowed) {
  const auto session = this->session({.allow = {"dbops_policy.open", "users_plain", "users"}});
  EXPECT_TRUE(try_run(*session, "select * from dbops_policy.open, dbops_policy.users_plain"));
  EXPECT_TRUE(try_run(*session, "select 1 + 1, now()"));
  refuses_all(*session,
              {"select * from dbops_policy.secret", "select * from dbops_policy.users_view",
               "select * from dbops_policy.open, dbops_policy.heir"});
}

TEST_F(Policy, AMaskedColumnCanNotBeRead) {
  const auto session = this->session({.masks = {"users.ssn"}});
  refuses_all(
      *session,
      {"select * from dbops_policy.users", "select u.* from dbops_policy.users u",
       "table dbops_policy.users", "select ssn from dbops_policy.users",
       "select \"ssn\" from dbops_policy.users", "select U&\"s\\0073n\" from dbops_policy.users",
       "select u.ssn from dbops_policy.users u",
       "select dbops_policy.users.ssn from dbops_policy.users",
       "select (u).ssn from dbops_policy.users u", "select ssn(u) from dbops_policy.users u",
       "select users from dbops_policy.users", "select u from dbops_policy.users u",
       "select u::text from dbops_policy.users u", "select to_json(u) from dbops_policy.users u",
       "select jsonb_agg(u) from dbops_policy.users u", "select row(u.*) from dbops_policy.users u",
       // A function that is written as a column of the row.
       "select u.to_json from dbops_policy.users u",
       "select users.row_to_json from dbops_policy.users",
       "select dbops_policy.users.to_jsonb from dbops_policy.users",
       "select u.\"json_agg\" from dbops_policy.users u",
       "select u.array_agg from dbops_policy.users u", "select u.concat from dbops_policy.users u",
       "select u.record_out from dbops_policy.users u",
       "select id from dbops_policy.users u where u.quote_literal like '%hidden%'",
       "select j.to_json from (dbops_policy.users join dbops_policy.open on true) as j",
       "select c from dbops_policy.users as u(a, b, c)",
       "select c from (dbops_policy.users join dbops_policy.open on true) as j(a, b, c)",
       "select j from (dbops_policy.users join dbops_policy.open on true) as j",
       "with a(x, y, z) as (table dbops_policy.users) select z from a",
       "select id from dbops_policy.users where ssn = 'hidden-value'",
       "select id from dbops_policy.users order by ssn",
       "select id from dbops_policy.users group by id, ssn",
       "select o.id from dbops_policy.open o join dbops_policy.users u on u.ssn = o.note",
       "select users.id from dbops_policy.users join (select 'hidden-value' as ssn) x using (ssn)",
       "select users.id from dbops_policy.users natural join (select 'hidden-value' as ssn) x",
       "select count(*) filter (where ssn like 'h%') from dbops_policy.users",
       "select max(ssn) over () from dbops_policy.users",
       "select name from dbops_policy.users u where u.ssn is not null",
       "select name from dbops_policy.users u where u = row(1, 'ann', 'hidden-value')",
       "select number from dbops_policy.users_view", "select c from dbops_policy.users_renamed",
       "select r from dbops_policy.users_row",
       "explain select id from dbops_policy.users where ssn = 'x'",
       "select most_common_vals from pg_stats where tablename = 'users'"});
  EXPECT_EQ(run(*session, "select id, name from dbops_policy.users").rows[0],
            (std::vector<Row>{{"1", "\"ann\""}}));
  EXPECT_EQ(run(*session, "select name from dbops_policy.users_plain").rows[0],
            (std::vector<Row>{{"\"ann\""}}));
}

TEST_F(Policy, NothingIsWrittenUnderRules) {
  const auto session = this->session({.deny = {"secret"}}, Tier::admin);
  for (const char* text :
       {"insert into dbops_policy.open select id, value from dbops_policy.secret",
        "delete from dbops_policy.secret returning value",
        "update dbops_policy.open set note = 'x'", "copy dbops_policy.secret to stdout",
        "create table dbops_policy.copy as table dbops_policy.secret",
        "alter table dbops_policy.secret rename to free", "do $$ begin end $$"}) {
    const auto answer = try_run(*session, text, Mode::write);
    ASSERT_FALSE(answer) << text;
  }
  EXPECT_EQ(
      one(scratch_.session(), "select string_agg(note, ',' order by id) from dbops_policy.open"),
      "\"a,b\"");
}

}  // namespace
}  // namespace dbops::postgres
