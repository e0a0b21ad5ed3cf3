#include "connectors/sqlite/dialect.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace dbops::sqlite {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string sql;
  std::string verb;
  Tier tier;
  std::string danger = {};  // Part of it; empty: there must be none.
  bool transactional = true;
};

TEST(Dialect, ClassifiesStatements) {
  const std::vector<Case> cases = {
      {"select 1", "SELECT", Tier::read},
      {"  -- why\n /* because */ SELECT 1", "SELECT", Tier::read},
      {"\xef\xbb\xbfselect 1", "SELECT", Tier::read},
      {"values (1), (2)", "VALUES", Tier::read},
      {"with a as (select 1), b(x, y) as not materialized (select 1, ')') select * from a, b",
       "SELECT", Tier::read},
      {"with recursive c(n) as (values(1) union all select n+1 from c where n<9) select n from c",
       "SELECT", Tier::read},
      {"with replace as (select 1 delete) select * from replace", "SELECT", Tier::read},
      {"with a as (select 1) insert into t select * from a", "INSERT", Tier::write},
      {"with a as (select 1) update t set x = 1", "UPDATE", Tier::write, "every row of t"},
      {"with \"select\" as (select 1 where 1) delete from t", "DELETE", Tier::write,
       "without WHERE removes every row of t"},
      {"insert into t values (1) returning *", "INSERT", Tier::write},
      {"insert into t values (1) on conflict do update set x = 1", "INSERT", Tier::write},
      {"replace into t values (1)", "REPLACE", Tier::write},
      {"update or ignore main.\"a b\" set x = (select 1 where 1)", "UPDATE", Tier::write,
       "main.a b"},
      {"update t set x = 1 where id = 3", "UPDATE", Tier::write},
      {"delete from [t] where id in (select 1)", "DELETE", Tier::write},
      {"delete from t where 1 = 1", "DELETE", Tier::write, "names no column"},
      {"delete from t where true and 'a' = 'a' returning id", "DELETE", Tier::write,
       "names no column"},
      {"delete from t where (x)", "DELETE", Tier::write},
      {"delete from t order by x limit 3", "DELETE", Tier::write, "without WHERE"},
      {"create table t (a)", "CREATE TABLE", Tier::write},
      {"create temp view v as select 1", "CREATE VIEW", Tier::write},
      {"create unique index i on t (a)", "CREATE INDEX", Tier::write},
      {"create virtual table f using fts5 (x)", "CREATE VIRTUAL TABLE", Tier::write},
      {"create trigger r after insert on t begin delete from t; select case when 1 then 2 end; end",
       "CREATE TRIGGER", Tier::write},
      {"drop table if exists main.t", "DROP TABLE", Tier::write, "removes main.t and all its rows"},
      {"drop index i", "DROP INDEX", Tier::write, "removes i"},
      {"alter table t add column b", "ALTER TABLE", Tier::write},
      {"alter table t rename to u", "ALTER TABLE", Tier::write},
      {"alter table t drop b", "ALTER TABLE", Tier::write, "removes b of t"},
      {"alter table t drop column b", "ALTER TABLE", Tier::write, "removes b of t"},
      {"pragma table_info(t)", "PRAGMA", Tier::read},
      {"pragma main.table_info('t')", "PRAGMA", Tier::read},
      {"pragma user_version", "PRAGMA", Tier::read},
      {"pragma user_version = -3", "PRAGMA", Tier::write},
      {"pragma journal_mode", "PRAGMA", Tier::read},
      {"pragma journal_mode = wal", "PRAGMA", Tier::admin, "", false},
      {"pragma journal_mode('WAL')", "PRAGMA", Tier::admin, "", false},
      {"pragma wal_checkpoint(truncate)", "PRAGMA", Tier::write, "", false},
      {"pragma optimize", "PRAGMA", Tier::write},
      {"pragma integrity_check(3)", "PRAGMA", Tier::read},
      {"vacuum", "VACUUM", Tier::write, "", false},
      {"vacuum main", "VACUUM", Tier::write, "", false},
      {"analyze", "ANALYZE", Tier::write},
      {"reindex t", "REINDEX", Tier::write},
      {"attach 'x.db' as x", "ATTACH", Tier::write},
      {"detach x", "DETACH", Tier::write},
      {"explain select 1", "EXPLAIN", Tier::read},
      {"explain query plan delete from t", "EXPLAIN", Tier::read},
      {"explain with a as (select 1) update t set x = 1", "EXPLAIN", Tier::read},
      {"explain drop table t", "EXPLAIN", Tier::write, "removes t"},
      {"explain pragma user_version = 3", "EXPLAIN", Tier::write},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.sql);
    const auto script = dialect().parse(each.sql);
    ASSERT_TRUE(script) << script.error().message;
    ASSERT_EQ(script->statements.size(), 1u);
    const Statement& statement = script->statements[0];
    EXPECT_EQ(statement.verb, each.verb);
    EXPECT_EQ(statement.tier, each.tier);
    EXPECT_EQ(statement.reason.empty(), each.tier == Tier::read) << statement.reason;
    EXPECT_EQ(statement.danger.empty(), each.danger.empty()) << statement.danger;
    EXPECT_THAT(statement.danger, HasSubstr(each.danger));
    EXPECT_EQ(statement.transactional, each.transactional);
  }
}

TEST(Dialect, CutsWhereSqliteCuts) {
  const std::string trigger =
      "create trigger \"begin\" before delete on t when old.x in (1) begin\n"
      "  insert into log values ('a;b'); -- ; end\n"
      "  update t set x = case when 1 then 2 end where id = 1;\n"
      "end";
  const std::string text =
      ";; select ';' ; " + trigger + " ; /* ; */ select \"a;\", [b;], `c;` from t;\n";
  const auto script = dialect().parse(text);
  ASSERT_TRUE(script) << script.error().message;
  ASSERT_EQ(script->statements.size(), 3u);
  EXPECT_EQ(script->statement_text(0), "select ';'");
  EXPECT_EQ(script->statement_text(1), trigger);
  EXPECT_EQ(script->statement_text(2), "select \"a;\", [b;], `c;` from t");
  EXPECT_EQ(script->tier(), Tier::write);
}

struct Bad {
  std::string sql;
  Code code;
  std::optional<uint64_t> position = {};
  std::string hint = {};
};

TEST(Dialect, RefusesWhatItCantTake) {
  const std::vector<Bad> cases = {
      {"", Code::invalid_argument},
      {" ; -- nothing\n ;", Code::invalid_argument},
      {std::string("select 1\0", 9), Code::invalid_argument},
      {"select '\xff'", Code::invalid_argument},
      {std::string(kScriptBytesMax + 1, ' '), Code::too_large},
      {"selct 1", Code::syntax, 1, "SELECT"},
      {"select 1; deleet from t", Code::syntax, 11, "DELETE"},
      {"-- \xc3\xa4\xc3\xb6\n12", Code::syntax, 7},
      {"select 'open", Code::syntax, 8, "never closed"},
      {"select #", Code::syntax, 8},
      {"select 12abc", Code::syntax, 8},
      {"with a (select 1) select 1", Code::syntax, 19},
      {"with a as (select 1)", Code::syntax, 21},
      {"drop everything", Code::syntax, 6},
      {"begin", Code::unsupported, 1, "one call"},
      {"COMMIT", Code::unsupported, 1},
      {"savepoint x", Code::unsupported, 1},
      {"pragma writable_schema = on", Code::forbidden, 1},
      {"pragma foreign_keys = off", Code::forbidden, 1, "settings"},
      {"pragma journal_mode = off", Code::forbidden, 1, "wal"},
      {"pragma no_such_pragma", Code::forbidden, 1},
      {"pragma key = 'secret'", Code::forbidden, 1},
      {"vacuum into 'x.db'", Code::forbidden, 1, "vacuum_into"},
      {"vacuum main into 'x.db'", Code::forbidden, 1, "vacuum_into"},
      {"explain vacuum into 'x.db'", Code::forbidden, 1},
  };
  for (const Bad& each : cases) {
    SCOPED_TRACE(each.sql.substr(0, 100));
    const auto script = dialect().parse(each.sql);
    ASSERT_FALSE(script);
    EXPECT_EQ(script.error().code, each.code) << script.error().message;
    if (each.position) {
      EXPECT_EQ(script.error().position, each.position);
    }
    EXPECT_THAT(script.error().hint, HasSubstr(each.hint));
    EXPECT_FALSE(script.error().message.empty());
  }
}

TEST(Dialect, CountsStatements) {
  std::string text;
  for (size_t i = 0; i < kStatementsMax; ++i) text += "select 1;";
  ASSERT_TRUE(dialect().parse(text));
  EXPECT_EQ(dialect().parse(text + "select 1").error().code, Code::too_large);
}

TEST(Dialect, Quotes) {
  EXPECT_EQ(dialect().quote("flights"), "flights");
  EXPECT_EQ(dialect().quote("_x9"), "_x9");
  EXPECT_EQ(dialect().quote("select"), "\"select\"");
  EXPECT_EQ(dialect().quote("a\"b.c;"), "\"a\"\"b.c;\"");
  EXPECT_EQ(dialect().quote("9lives"), "\"9lives\"");
  EXPECT_EQ(dialect().quote("\xf0\x9f\x9b\xab"), "\"\xf0\x9f\x9b\xab\"");
  EXPECT_EQ(dialect().quote(""), "\"\"");
}

TEST(Dialect, KnowsKeywords) {
  const auto words = dialect().keywords();
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  EXPECT_THAT(words, ::testing::Contains("RETURNING"));
}

}  // namespace
}  // namespace dbops::sqlite
