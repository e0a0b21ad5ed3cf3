#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/sqlite/testing.h"

namespace dbops::sqlite::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Session, ReadsRows) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file,
         "create table t(i integer, r real, s text, b blob, n); "
         "insert into t values (9223372036854775807, 0.0, '', x'00ff', null), (1, 1e999, 'a', "
         "x'', 'x')");
  const auto session = connect_file(file);
  EXPECT_THAT(rows(*session, "select * from t"),
              ElementsAre(ElementsAre("9223372036854775807", "0.0", "''", "x'00ff'", "NULL"),
                          ElementsAre("1", "inf", "'a'", "x''", "'x'")));
  const auto info = session->info(Context());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->product, "SQLite");
  EXPECT_EQ(info->granted, Tier::admin);
  EXPECT_TRUE(session->ping(Context()));
}

TEST(Session, WritesInOneTransaction) {
  const Folder folder;
  const std::string file = folder.path("a.db");
  sqlite(file, "create table t(i integer primary key, s text unique)");
  const auto session = connect_file(file, Tier::write);
  const auto ran =
      run(*session,
          "insert into t values (1,'a'),(2,'b'); update t set s = s || 'x' where i = 2 returning s",
          Mode::write);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->summaries[0].affected, 2u);
  EXPECT_EQ(ran->summaries[1].affected, 1u);
  EXPECT_THAT(ran->rows, ElementsAre(ElementsAre("'bx'")));
  EXPECT_EQ(sqlite_text(file, "select group_concat(s) from t"), "a,bx");
  const Error failed =
      error(*session, "insert into t values (3,'c'); insert into t values (4,'a')", Mode::write);
  EXPECT_EQ(failed.code, Code::constraint);
  EXPECT_EQ(failed.native_code, "SQLITE_CONSTRAINT_UNIQUE");
  EXPECT_EQ(failed.effect, Effect::none);
  EXPECT_EQ(sqlite_text(file, "select count(*) from t"), "2");
  ASSERT_TRUE(run(*session, "delete from t", Mode::rehearse));
  EXPECT_EQ(sqlite_text(file, "select count(*) from t"), "2");
}

}  // namespace
}  // namespace dbops::sqlite::testing
