// Attempts to get round a policy that denies the table `secret` and masks users.ssn, each on a real
// file: refused, or answered without a value that the policy hides.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "connectors/sqlite/sample.h"
#include "connectors/sqlite/session.h"
#include "connectors/sqlite/testing.h"
#include "core/loader.h"

namespace dbops::sqlite::testing {
namespace {

constexpr const char* kSecret = "hidden-value";

class Policy : public ::testing::Test {
 protected:
  void SetUp() override {
    sqlite(file_, R"(
      create table open(id integer primary key, note text);
      insert into open values (1, 'a'), (2, 'b');
      create table secret(id integer primary key, value text);
      insert into secret values (1, 'hidden-value');
      create table users(id integer primary key, name text, ssn text);
      insert into users values (1, 'ann', 'hidden-value'), (2, 'bob', 'other');
      create index users_ssn on users(ssn);
      create table log(text text);
      create view secret_view as select value from secret;
      create view joined as select open.note from open join (select ssn as note from users) using (note);
      create view users_view(who, number) as select name, ssn from users;
      create trigger open_log after insert on open begin insert into log select value from secret; end;
      create trigger users_log after update on users begin insert into log values (old.ssn); end;
      create virtual table docs using fts5(title, body);
      insert into docs values ('t', 'hidden-value');
      create virtual table users_index using fts5(name, ssn, content='users', content_rowid='id');
      insert into users_index(users_index) values ('rebuild');
      create virtual table secret_index using fts5(value, content = "secret", content_rowid=id);
      insert into secret_index(secret_index) values ('rebuild');
      create virtual table short_index using fts5(value, c=secret, content_rowid=id);
      create view secret_part as select id as rid, upper(value) as val from secret;
      create view secret_twice as select s.rid as rowid, s.val, o.note from secret_part s, open o;
      create virtual table part_index using fts5(val, content='secret_part', content_rowid='rid');
      insert into part_index(part_index) values ('rebuild');
      create virtual table twice_index using fts4(content="secret_twice", val, note);
      create virtual table part_words using fts5vocab(part_index, 'row');
      create virtual table part_words2 using fts5vocab("part_index", instance);
      create virtual table twice_words using fts4aux(twice_index);
      create view users_part as select id as rid, name, lower(ssn) as em from users;
      create virtual table users_part_index using fts5(name, em, content='users_part', content_rowid='rid');
      insert into users_part_index(users_part_index) values ('rebuild');
      create virtual table users_words using fts5vocab(users_part_index, 'row');
      create view names as select id as rid, name from users;
      create virtual table names_index using fts5(name, content='names', content_rowid='rid');
      insert into names_index(names_index) values ('rebuild');
      create virtual table lost_index using fts5(x, content='gone');
      analyze;
    )");
  }

  std::unique_ptr<Session> session(AccessRules rules, Tier tier = Tier::read) {
    ConnectionOptions given = options("sqlite:" + file_, tier);
    given.access = *dbops::Access::make(std::move(rules));
    return connect(given);
  }

  Folder folder_;
  const std::string file_ = folder_.path("policy.db");
};

// Every row of a table as the operation `sample` sees it, which looks with dbops' own rights.
std::string sampled(Session& session, const std::string& table) {
  const auto found = sample_rows(static_cast<SqliteSession&>(session).database(), table, 100);
  if (!found) return "error: " + found.error().message;
  std::string text;
  Batch batch;
  while (*(*found)->next(Context(), batch))
    for (size_t i = 0; i < batch.rows(); ++i)
      for (const Value& cell : batch.row(i)) text += show(cell) + "|";
  return text;
}

std::string all_text(const Ran& ran) {
  std::string text;
  for (const auto& row : ran.rows)
    for (const std::string& cell : row) text += cell + "|";
  return text;
}

TEST_F(Policy, ADeniedTableCanNotBeRead) {
  const auto session = this->session({.deny = {"secret", "docs"}}, Tier::admin);
  for (const char* sql : {
           "select * from secret",
           "select * from SECRET",
           "select * from main.secret",
           "select * from \"secret\"",
           "select count(*) from secret",
           "select 1 from secret limit 1",
           "select exists (select 1 from secret)",
           "select s.value from secret as s",
           "with a as (select * from secret) select * from a",
           "with recursive a(x) as (select value from secret union select x from a) select * from "
           "a",
           "select (select value from secret)",
           "select * from open where note in (select value from secret)",
           "select * from open natural join secret",
           "select * from open join secret using (id)",
           "select note from open union all select value from secret",
           "select * from secret_view",
           "select * from (select * from (select * from secret_view))",
           "values ((select value from secret))",
           "select max(value) over () from secret",
           "select 1 order by (select value from secret)",
           "explain select * from secret",
           "explain query plan select * from secret_view",
           // What tells of it.
           "select sql from sqlite_schema",
           "select sql from sqlite_master",
           "select sql from main.sqlite_schema",
           "select * from sqlite_stat1",
           "select * from sqlite_temp_schema",
           "pragma table_info(secret)",
           "pragma table_list",
           "select * from pragma_table_info('secret')",
           "select * from pragma_table_xinfo('secret')",
           "select * from pragma_index_list('secret')",
           "select * from pragma_database_list",
           "select * from dbstat",
           "select * from sqlite_dbpage",
           // What stands for it.
           "select * from docs",
           "select * from docs where docs match 'hidden'",
           "select * from docs_content",
           "select * from docs_data",
           "select * from DOCS_CONTENT",
           // What keeps an index of it.
           "select * from secret_index",
           "select rowid from secret_index where secret_index match 'hidden'",
           "select block from secret_index_data",
           "select * from SECRET_INDEX_idx",
           "select rowid from short_index where short_index match 'hidden'",
           // What keeps one of a view of it, or of a view of that.
           "select * from part_index",
           "select rowid from part_index where part_index match 'hidden'",
           "select block from part_index_data",
           "select term from part_words",
           "select term from part_words2",
           "select note from twice_index",
           "select docid from twice_index where twice_index match 'hidden'",
           "select term from twice_words",
           "select * from twice_index_segdir",
           // What can't be told to keep none.
           "select rowid from lost_index where lost_index match 'x'",
       }) {
    const Error failed = error(*session, sql);
    // Not every SQLite has all of the tables that tell of others.
    EXPECT_THAT(failed.code, ::testing::AnyOf(Code::forbidden, Code::not_found))
        << sql << failed.message;
    EXPECT_THAT(failed.message + failed.hint, ::testing::Not(::testing::HasSubstr(kSecret)));
  }
  EXPECT_EQ(rows(*session, "select note from open"), (Table{{"'a'"}, {"'b'"}}));
}

TEST_F(Policy, ADeniedTableCanNotBeReachedByAWrite) {
  const auto session = this->session({.deny = {"secret"}}, Tier::admin);
  for (const char* sql : {
           "insert into open(note) select value from secret",
           "insert into open(note) values ('x')",  // Its trigger reads the table.
           "update open set note = (select value from secret)",
           "update open set note = value from secret",
           "delete from open where note in (select value from secret)",
           "delete from secret",
           "delete from secret returning value",
           "insert into secret values (7, 'x') returning *",
           "insert into secret values (1, 'x') on conflict (id) do update set value = value || 'x'",
           "update secret set value = 'x'",
           "replace into secret values (1, 'x')",
           "create table copy as select * from secret",
           "create view v as select * from secret",
           "create trigger t after insert on log begin select value from secret; end",
           "create index i on secret(value)",
           "create virtual table v using fts5vocab('docs', 'row')",
           "create temp table t as select * from secret",
           "alter table secret rename to public",
           "alter table secret rename column value to v",
           "alter table secret add column x",
           "drop table secret",
           "attach ':memory:' as other",
           "vacuum into 'copy.db'",
           "reindex",
           "analyze",
       })
    EXPECT_EQ(error(*session, sql, Mode::write).code, Code::forbidden) << sql;
  EXPECT_EQ(sqlite_text(file_, "select count(*) from open"), "2");
  EXPECT_EQ(sqlite_text(file_, "select count(*) from log"), "0");
  EXPECT_EQ(sqlite_text(file_, "select value from secret"), kSecret);
  EXPECT_TRUE(run(*session, "update open set note = 'c' where id = 1", Mode::write));
}

TEST_F(Policy, OnlyWhatIsAllowed) {
  const auto session = this->session({.allow = {"open", "u*"}, .deny = {"*_view"}});
  EXPECT_TRUE(run(*session, "select * from open, users"));
  for (const char* sql : {"select * from secret", "select * from log", "select * from users_view",
                          "select * from docs", "select * from open, log"})
    EXPECT_EQ(error(*session, sql).code, Code::forbidden) << sql;
  // What only computes is no table.
  EXPECT_EQ(rows(*session, "select value from json_each('[1]')"), (Table{{"1"}}));
}

TEST_F(Policy, AMaskedColumnIsNull) {
  const auto session = this->session({.masks = {"users.ssn", "docs.body"}});
  EXPECT_EQ(rows(*session, "select * from users"),
            (Table{{"1", "'ann'", "NULL"}, {"2", "'bob'", "NULL"}}));
  EXPECT_EQ(rows(*session, "select number from users_view"), (Table{{"NULL"}, {"NULL"}}));
  for (const char* sql : {
           "select ssn from users",
           "select u.SSN from users as u",
           "select \"ssn\" from users",
           "with a as (select * from users) select * from a",
           "select (select ssn from users where id = 1)",
           "select group_concat(ssn) from users",
           "select max(ssn), min(ssn) from users",
           "select ssn || '' from users",
           "select hex(ssn), quote(ssn), json_array(ssn) from users",
           "select coalesce(ssn, name) from users",
           "select case when ssn like 'h%' then 'hidden-value' end from users",
           "select 'hidden-value' from users where ssn = 'hidden-value'",
           "select 'hidden-value' from users where ssn > 'a'",
           "select 'hidden-value' from users indexed by users_ssn where ssn = 'hidden-value'",
           "select x.v from (select 'hidden-value' as v) as x join users on ssn = v",
           "select v from (select 'hidden-value' as v) where v in (select ssn from users)",
           "select ssn from (select 'hidden-value' as ssn) natural join users",
           "select name, ssn from users natural join (select 'hidden-value' as ssn)",
           "select ssn from (select 'hidden-value' as ssn) join users using (ssn)",
           "select ssn from users join (select 'hidden-value' as ssn) using (ssn)",
           "select first_value(ssn) over (order by id) from users",
           "select ssn from users group by ssn having ssn = 'hidden-value'",
           "select ssn from users union select ssn from users",
           "select number from users_view where number = 'hidden-value'",
           "select * from joined",
           "select * from (select * from joined)",
           "select * from docs",
           "select body from docs",
           "select * from docs where docs match 'hidden'",
           "select * from docs('hidden')",
           "select * from docs where body match 'hidden'",
           "select snippet(docs, 1, '', '', '', 9) from docs",
           "select highlight(docs, 1, '', '') from docs",
           "select * from docs_content",
           "select * from users order by ssn limit 1 offset 5",
       }) {
    const auto ran = run(*session, sql);
    const std::string text = ran ? all_text(*ran) : ran.error().message;
    EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr(kSecret))) << sql;
  }
  for (const char* sql :
       {"select rowid from users_index where users_index match 'hidden'",
        "select rowid from users_index where ssn match 'hidden'",
        "select rowid from users_index('ssn:hidden')", "select block from users_index_data",
        "select * from users_index_idx",
        "select rowid from users_part_index where users_part_index match 'hidden'",
        "select rowid from users_part_index where em match 'hidden'",
        "select block from users_part_index_data", "select term from users_words",
        "select * from users_part_index_idx"})
    EXPECT_EQ(error(*session, sql).code, Code::forbidden) << sql;
  // The order of the rows tells nothing either.
  EXPECT_EQ(rows(*session, "select id from users order by ssn desc, id"), (Table{{"1"}, {"2"}}));
}

TEST_F(Policy, AMaskedColumnIsNotWrittenElsewhere) {
  const auto session = this->session({.masks = {"users.ssn"}}, Tier::admin);
  for (const char* sql : {
           "insert into log select ssn from users",
           "update users set name = ssn",
           "update users set name = 'x'",  // Its trigger copies the column.
           "delete from users where ssn = 'hidden-value'",
           "delete from users returning ssn",
           "delete from users returning *",
           "create table copy as select * from users",
           "alter table users rename column ssn to open",
       })
    EXPECT_EQ(error(*session, sql, Mode::write).code, Code::forbidden) << sql;
  EXPECT_EQ(sqlite_text(file_, "select count(*) from log"), "0");
  EXPECT_EQ(sqlite_text(file_, "select name from users where ssn = 'hidden-value'"), "ann");
}

// A full-text table keeps what it has compiled for itself, whoever it was for.
TEST_F(Policy, WhatDbopsReadsForItselfOpensNothing) {
  const auto masked = this->session({.masks = {"users.ssn"}});
  const auto denied = this->session({.deny = {"secret"}});
  for (Session* session : {masked.get(), denied.get()}) {
    ASSERT_TRUE(session->catalog()->list(Context(), {}, {}));
    ASSERT_TRUE(session->catalog()->describe(Context(), {{"users_index"},
                                                         {"users_part_index"},
                                                         {"secret_index"},
                                                         {"part_index"},
                                                         {"twice_index"},
                                                         {"part_words"},
                                                         {"twice_words"}}));
    for (const char* table : {"users_index", "users_part_index", "secret_index", "twice_index"})
      EXPECT_THAT(lower(sampled(*session, table)), ::testing::HasSubstr(kSecret)) << table;
  }
  EXPECT_EQ(rows(*masked, "select ssn from users_index"), (Table{{"NULL"}, {"NULL"}}));
  EXPECT_EQ(rows(*masked, "select name, em from users_part_index"),
            (Table{{"'ann'", "NULL"}, {"'bob'", "NULL"}}));
  EXPECT_EQ(rows(*masked, "select name from names_index where names_index match 'ann'"),
            (Table{{"'ann'"}}));
  for (const char* sql : {"select value from secret_index", "select val from part_index",
                          "select val from twice_index", "select term from part_words",
                          "select term from twice_words"})
    EXPECT_EQ(error(*denied, sql).code, Code::forbidden) << sql;
  // Nor does dbops take the user's NULLs for the values.
  EXPECT_THAT(sampled(*masked, "users_index"), ::testing::HasSubstr(kSecret));
}

TEST_F(Policy, WhatIsDeniedIsNotCounted) {
  const auto session = this->session({.deny = {"secret"}});
  const auto found =
      session->catalog()->describe(Context(), {{"secret_index"}, {"part_index"}, {"docs"}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at(0).item.rows, std::nullopt);
  EXPECT_EQ(found->at(1).item.rows, std::nullopt);
  EXPECT_EQ(found->at(2).item.rows, 1);
}

TEST_F(Policy, WhatAQueryMaskedIsNotWritten) {
  const auto session = this->session({.masks = {"users.ssn"}}, Tier::write);
  EXPECT_EQ(rows(*session, "select ssn from users_index"), (Table{{"NULL"}, {"NULL"}}));
  EXPECT_EQ(
      error(*session, "insert into users_index(users_index) values ('rebuild')", Mode::write).code,
      Code::forbidden);
  EXPECT_EQ(sqlite_text(file_, "select rowid from users_index where users_index match 'other'"),
            "2");
}

TEST_F(Policy, NothingIsLoadedIntoAnIndexOfADeniedTable) {
  const auto session = this->session({.deny = {"secret"}}, Tier::write);
  const auto planned = [&](const std::string& table, const std::string& column) {
    LoadTarget target{.path = {table}};
    target.columns.push_back({.name = column, .type = {}, .kind = Kind::text});
    return session->loader()->plan(Context(), target);
  };
  EXPECT_TRUE(planned("docs", "title"));
  const auto refused = planned("secret_index", "value");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden);
}

TEST_F(Policy, FullTextTablesThatAreAllowedWork) {
  for (const Tier tier : {Tier::read, Tier::write}) {
    const auto session = this->session({.masks = {"users.ssn"}}, tier);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(rows(*session, "select title from docs where docs match 'hidden'"),
                (Table{{"'t'"}}));
      // Another program changes the schema: everything is looked at anew.
      sqlite(file_, "create table zz" + std::to_string(i) + std::string(name(tier)) + "(a)");
    }
    EXPECT_TRUE(run(*session, "explain query plan select * from docs('hidden')"));
    for (const char* sql : {"pragma data_version", "pragma main.data_version",
                            "explain pragma data_version", "select * from pragma_data_version",
                            "select 1; pragma data_version", "select rowid from sqlite_master"})
      EXPECT_EQ(error(*session, sql).code, Code::forbidden) << sql;
  }
  EXPECT_EQ(rows(*this->session({.allow = {"docs*"}}), "select body from docs('hidden')"),
            (Table{{"'hidden-value'"}}));
  const auto writer = this->session({.masks = {"users.ssn"}}, Tier::write);
  EXPECT_TRUE(run(*writer, "insert into docs values ('u', 'more')", Mode::write));
  EXPECT_TRUE(run(*writer, "delete from docs where title = 'u'", Mode::write));
  EXPECT_EQ(sqlite_text(file_, "select count(*) from docs"), "1");
}

}  // namespace
}  // namespace dbops::sqlite::testing
