// Attempts to write, or to reach out of the database, through what only reads. Each is tried on a
// connection of the tier read, as a read on one of the tier admin, and past the dialect, as if it
// had been taken in: what the dialect lets through by mistake SQLite must refuse.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "connectors/sqlite/testing.h"

namespace dbops::sqlite::testing {
namespace {

std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

std::vector<std::string> files_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

const std::vector<std::string>& attempts() {
  static const std::vector<std::string> kAttempts = {
      // Plain writes, and how they may be dressed.
      "insert into t values (9, 'x')",
      "INSERT OR REPLACE INTO t VALUES (1, 'x')",
      "replace into t values (1, 'x')",
      "update t set s = 'x'",
      "delete from t",
      "/* select */ delete from t",
      "-- select 1\ndelete from t",
      "\xef\xbb\xbf"
      "delete from t",
      "with a as (select 1) delete from t",
      "with a as (select 1) insert into t select 7, 'x' from a",
      "with a(x) as (values (1)) update t set s = 'x' where i in (select x from a)",
      "insert into t values (9, 'x') returning *",
      "delete from t returning i",
      "insert into v values (1)",
      "insert into t values (1, 'x') on conflict (i) do update set s = 'y'",
      // Several statements.
      "select 1; delete from t",
      "select 1;;\n/* */; drop table t",
      "select ';' ; update t set s = 'x'; select 1",
      "explain select 1; delete from t",
      // The schema.
      "create table x (a)",
      "create table if not exists x as select * from t",
      "create temp table x (a)",
      "create temporary view x as select 1",
      "create temp trigger x after insert on t begin select 1; end",
      "create index x on t (s)",
      "create view x as select 1",
      "create virtual table x using fts5 (a)",
      "create virtual table x using dbstat",
      "drop table t",
      "drop view if exists v",
      "drop trigger r",
      "alter table t rename to u",
      "alter table t add column z",
      "alter table t drop column s",
      "reindex",
      "analyze",
      "vacuum",
      "vacuum into 'out.db'",
      "vacuum main into '/tmp/dbops-attempt-out.db'",
      // Other files.
      "attach 'other.db' as o",
      "attach database ':memory:' as o",
      "attach '' as o",
      "attach 'file:other.db?mode=rwc' as o",
      "attach 'oth' || 'er.db' as o",
      "detach main",
      // Functions.
      "select load_extension('x.so')",
      "select load_extension('x.so', 'main')",
      "select writefile('x', 'y')",
      "select readfile('/etc/passwd')",
      "select edit('x')",
      "select fts3_tokenizer('simple')",
      "select fts3_tokenizer('simple', x'0000000000000000')",
      "select optimize(g) from g limit 1",
      "select sqlite_rename_table('main', 'table', 't', '', 't', 'u', 0)",
      "select fts5(?1)",
      // Pragmas.
      "pragma writable_schema = 1",
      "pragma writable_schema(on)",
      "pragma main.writable_schema = reset",
      "pragma user_version = 7",
      "pragma application_id = 7",
      "pragma schema_version = 7",
      "pragma journal_mode = wal",
      "pragma journal_mode('off')",
      "pragma query_only = 0",
      "pragma query_only(off)",
      "pragma trusted_schema = 1",
      "pragma foreign_keys = 0",
      "pragma ignore_check_constraints = 1",
      "pragma wal_checkpoint",
      "pragma wal_checkpoint(truncate)",
      "pragma incremental_vacuum(10)",
      "pragma optimize",
      "pragma auto_vacuum = full",
      "pragma page_size = 512",
      "pragma encoding = 'UTF-16'",
      "pragma locking_mode = exclusive",
      "pragma secure_delete = 1",
      "pragma synchronous = off",
      "pragma temp_store_directory = '/tmp'",
      "pragma hard_heap_limit = 1000",
      "pragma soft_heap_limit = 1000",
      "pragma mmap_size = 268435456",
      "pragma key = 'k'",
      "pragma rekey = 'k'",
      "explain pragma user_version = 7",
      "explain pragma journal_mode = wal",
      "select * from pragma_user_version(7)",
      "select * from pragma_journal_mode('wal')",
      "select * from pragma_wal_checkpoint",
      // Transactions that would outlive the call.
      "begin",
      "begin exclusive",
      "begin; delete from t; commit",
      "savepoint a",
      "rollback",
      "end",
      // Tables that are more than tables.
      "insert into f(f) values ('rebuild')",
      "insert into f(f, rank) values ('pgsz', 100)",
      "insert into g(g) values ('optimize')",
      "delete from f_data",
      "delete from b_node",
      "insert into b values (3, 1, 2)",
      "update sqlite_schema set sql = ''",
      "delete from sqlite_master",
      "insert into sqlite_sequence values ('t', 5)",
      "update sqlite_dbpage set data = x'00' where pgno = 1",
      "drop table sqlite_stat1",
      "explain drop table t",
      "explain create table x (a)",
      "explain attach 'other.db' as o",
      "explain vacuum",
  };
  return kAttempts;
}

class ReadTier : public ::testing::Test {
 protected:
  ReadTier() : file_(folder_.path("a.db")) {
    sqlite(file_,
           "create table t(i integer primary key, s text);"
           "insert into t values (1, 'a'), (2, 'b');"
           "create table log(s);"
           "create view v as select * from t;"
           "create trigger r instead of insert on v begin delete from t; end;"
           "create virtual table f using fts5(x); insert into f values ('one two');"
           "create virtual table g using fts4(x); insert into g values ('one two');"
           "create virtual table b using rtree(id, x0, x1); insert into b values (1, 0, 1);"
           "create view evil as select load_extension('x.so') as e;"
           "create table auto(i integer primary key autoincrement); analyze;");
    sqlite(folder_.path("other.db"), "create table o(x)");
    before_ = bytes_of(file_);
    files_ = files_in(folder_.path(""));
  }

  void expect_untouched() {
    EXPECT_EQ(bytes_of(file_), before_);
    EXPECT_EQ(files_in(folder_.path("")), files_);
  }

  const Folder folder_;
  const std::string file_;
  std::string before_;
  std::vector<std::string> files_;
};

TEST_F(ReadTier, CannotBeTalkedRound) {
  ASSERT_GE(attempts().size(), 100u);
  for (const Tier tier : {Tier::read, Tier::admin}) {
    const auto session = connect_file(file_, tier);
    for (const std::string& attempt : attempts()) {
      SCOPED_TRACE(attempt);
      EXPECT_FALSE(run(*session, attempt));
      EXPECT_FALSE(session->broken());
      expect_untouched();
    }
    EXPECT_EQ(rows(*session, "select count(*) from t"), Table({{"2"}}));
  }
}

// The script as a dialect would answer it that takes everything for a harmless read.
Script trusting(const std::string& sql, const std::string& verb) {
  Script script;
  script.text = sql;
  Statement statement;
  statement.size = sql.size();
  statement.verb = verb;
  statement.tier = Tier::read;
  script.statements.push_back(statement);
  return script;
}

TEST_F(ReadTier, IsEnforcedBySqliteAsWell) {
  for (const Tier tier : {Tier::read, Tier::admin}) {
    const auto session = connect_file(file_, tier);
    for (const std::string& attempt : attempts()) {
      for (const std::string verb : {"SELECT", "PRAGMA", "EXPLAIN"}) {
        SCOPED_TRACE(verb + ": " + attempt);
        const Script script = trusting(attempt, verb);
        const Parameters none;
        const auto results = session->queries()->run(Context(), script, none, Mode::read);
        if (!results) continue;
        const auto stream = (*results)->next(Context());
        // A plan of a change changes nothing, so SQLite may make one.
        const bool plan = attempt.starts_with("explain ");
        EXPECT_TRUE(plan || !stream);
        if (stream && *stream != nullptr) {
          Batch batch;
          while ((*stream)->next(Context(), batch).value_or(false)) continue;
        }
        expect_untouched();
      }
    }
    EXPECT_EQ(rows(*session, "select count(*) from t"), Table({{"2"}}));
  }
}

TEST_F(ReadTier, SaysWhyItRefuses) {
  const auto session = connect_file(file_);
  Error failed = error(*session, "delete from t");
  EXPECT_EQ(failed.code, Code::forbidden);
  EXPECT_THAT(failed.message, ::testing::HasSubstr("DELETE changes data"));
  failed = error(*session, "select load_extension('x.so')");
  EXPECT_EQ(failed.code, Code::forbidden);
  EXPECT_THAT(failed.message, ::testing::HasSubstr("load_extension()"));
  // A view is no way round.
  EXPECT_FALSE(run(*session, "select * from evil"));
}

TEST_F(ReadTier, LetsReadsThrough) {
  for (const Tier tier : {Tier::read, Tier::admin}) {
    const auto session = connect_file(file_, tier);
    for (const std::string sql :
         {"select * from t",
          "values (1)",
          "select * from v",
          "select * from sqlite_schema",
          "with recursive c(n) as (values(1) union all select n + 1 from c where n < 9) select "
          "sum(n) from c",
          "select highlight(f, 0, '<', '>'), bm25(f) from f where f match 'one'",
          "select snippet(g), offsets(g) from g where g match 'two'",
          "select * from f('one')",
          "select * from b where x0 < 5",
          "select * from b_node",
          "select json_extract('{\"a\":1}', '$.a'), '{\"a\":2}' ->> 'a'",
          "select * from json_each('[1,2]')",
          "select date('now'), random(), abs(-1), printf('%d', 1), row_number() over () from t",
          "select name, pgsize from dbstat",
          "select * from pragma_table_info('t')",
          "pragma table_list",
          "pragma table_info = t",
          "pragma index_list('t')",
          "pragma integrity_check",
          "pragma quick_check(1)",
          "pragma foreign_key_check",
          "pragma journal_mode",
          "pragma user_version",
          "pragma page_count",
          "pragma encoding",
          "pragma compile_options",
          "pragma function_list",
          "pragma database_list",
          "pragma foreign_keys",
          "pragma query_only",
          "pragma cache_size",
          "explain select * from t",
          "explain query plan select * from t where i = 1",
          "explain query plan delete from t",
          "explain insert into t values (1, 'x')",
          "explain with a as (select 1) update t set s = 'x'",
          "explain pragma user_version",
          "select 1; select 2; select * from t",
          "select * from t where s like 'a%' escape '\\'"}) {
      SCOPED_TRACE(sql);
      const auto ran = run(*session, sql);
      EXPECT_TRUE(ran) << ran.error().message;
      expect_untouched();
    }
  }
}

}  // namespace
}  // namespace dbops::sqlite::testing
