// Every value that SQLite has, read, and sent back as a parameter.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <limits>

#include "connectors/sqlite/testing.h"

namespace dbops::sqlite::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Values : public ::testing::Test {
 protected:
  const std::unique_ptr<Session> session_ = connect(options("sqlite::memory:", Tier::write));
};

TEST_F(Values, AreReadExactly) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9007199254740993", "9007199254740993"},
      {"0.1", "0.10000000000000001"},
      {"1e999", "inf"},
      {"-1e999", "-inf"},
      {"1e999 - 1e999", "NULL"},  // SQLite has no NaN.
      {"5e-324", "4.9406564584124654e-324"},
      {"''", "''"},
      {"null", "NULL"},
      {"x''", "x''"},
      {"x'00ff'", "x'00ff'"},
      {"cast(x'61ff' as text)", "x'61ff'"},  // Text that is not UTF-8.
      {"cast(x'eda080' as text)", "x'eda080'"},
      {"cast(x'610062' as text)", std::string("'a\0b'", 5)},
      {"'\xf0\x9f\x9b\xab'", "'\xf0\x9f\x9b\xab'"},
      {"true", "1"},
      {"zeroblob(3)", "x'000000'"},
  };
  for (const auto& [sql, shown] : cases) {
    SCOPED_TRACE(sql);
    EXPECT_EQ(rows(*session_, "select " + sql), Table({{shown}}));
    EXPECT_EQ(rows(*session_,
                   "create table t(a, b int, c text, d real, e blob); insert into t(a) values (" +
                       sql + "); select a from t; drop table t",
                   Mode::write),
              Table({{shown}}));
  }
}

TEST_F(Values, AreBoundExactly) {
  const std::string tiny = "0." + std::string(400, '0') + "1";
  const std::vector<std::pair<Value, std::string>> cases = {
      {Value(), "NULL"},
      {Value::boolean(true), "1"},
      {Value::boolean(false), "0"},
      {Value::integer(std::numeric_limits<int64_t>::min()), "-9223372036854775808"},
      {Value::integer(std::numeric_limits<int64_t>::max()), "9223372036854775807"},
      {Value::real(0.1), "0.10000000000000001"},
      {Value::real(-0.0), "-0.0"},
      {Value::real(std::numeric_limits<double>::infinity()), "inf"},
      {Value::text(""), "''"},
      {Value::text(std::string_view("a\0b", 3)), std::string("'a\0b'", 5)},
      {Value::view(Kind::bytes, ""), "x''"},
      {Value::view(Kind::bytes, std::string_view("\0\xff", 2)), "x'00ff'"},
      {Value::view(Kind::decimal, "14.5"), "14.5"},
      {Value::view(Kind::decimal, "-0.10"), "-0.10000000000000001"},
      {Value::view(Kind::decimal, "0.00123456789012345"), "0.00123456789012345"},
      {Value::view(Kind::decimal, "123456789012345.000"), "123456789012345.0"},
      // More digits than a double keeps, or beyond all of them.
      {Value::view(Kind::decimal, "0.12345678901234567890"), "'0.12345678901234567890'"},
      {Value::view(Kind::decimal, "123456789012345678901234567890.10"),
       "'123456789012345678901234567890.10'"},
      {Value::view(Kind::decimal, tiny), "'" + tiny + "'"},
      {Value::view(Kind::decimal, "NaN"), "'NaN'"},
      {Value::view(Kind::decimal, "Infinity"), "'Infinity'"},
      {Value::view(Kind::date, "2026-11-24"), "'2026-11-24'"},
      {Value::view(Kind::json, "{\"a\": 1}"), "'{\"a\": 1}'"},
  };
  for (const auto& [value, shown] : cases) {
    SCOPED_TRACE(shown);
    Parameters parameters;
    parameters.add("", value);
    EXPECT_EQ(rows(*session_, "select ?", Mode::read, parameters), Table({{shown}}));
  }
}

TEST_F(Values, AreNotBoundWhereSqliteHasNoneSuch) {
  Parameters nan;
  nan.add("", Value::real(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(error(*session_, "select ?", Mode::read, nan).code, Code::invalid_argument);
  Parameters list;
  const Value items[] = {Value::integer(1)};
  list.add("a", Value::items(Kind::list, items));
  EXPECT_THAT(error(*session_, "select :a", Mode::read, list).message, HasSubstr(":a"));
}

struct Given {
  std::string sql;
  std::vector<std::pair<std::string, int>> parameters;
  std::string outcome;  // The row, or part of the error.
};

TEST_F(Values, FindTheirParameters) {
  const std::vector<Given> cases = {
      {"select ?, ?", {{"", 1}, {"", 2}}, "1 2"},
      {"select ?2, ?1", {{"", 1}, {"", 2}}, "2 1"},
      {"select ?1, ?1", {{"", 1}}, "1 1"},
      {"select :a, @b, $c", {{"c", 3}, {"a", 1}, {"b", 2}}, "1 2 3"},
      {"select :a, :a", {{"a", 1}}, "1 1"},
      {"select :a, :b", {{"", 1}, {"", 2}}, "1 2"},
      {"select ?, :a", {{"", 1}, {"a", 2}}, "1 2"},
      {"select ?, ?", {{"", 1}}, "parameter ?2 has no value (the statement has 2 parameters)"},
      {"select :a, :b", {{"a", 1}}, "parameter :b has no value"},
      {"select 1", {{"", 1}}, "0 parameters, but 1 value"},
      {"select ?", {{"", 1}, {"", 2}}, "1 parameter, but 2 values"},
      {"select :origin", {{"orign", 1}}, "named orign"},
      {"select ?", {{"a", 1}}, "named a"},
      {"select :a", {{"a", 1}, {"", 2}}, "given twice"},
      {"select ':a', \"?\", -- ?\n 1", {}, "':a' '?' 1"},
  };
  for (const Given& each : cases) {
    SCOPED_TRACE(each.sql);
    Parameters parameters;
    for (const auto& [name, value] : each.parameters) parameters.add(name, Value::integer(value));
    const auto ran = run(*session_, each.sql, Mode::read, parameters);
    std::string outcome;
    if (ran)
      for (const std::string& cell : ran->rows.at(0))
        outcome += (outcome.empty() ? "" : " ") + cell;
    else
      EXPECT_EQ(ran.error().code, Code::invalid_argument);
    EXPECT_THAT(ran ? outcome : ran.error().message, HasSubstr(each.outcome));
  }
  Parameters wrong;
  wrong.add("orign", Value::integer(1));
  EXPECT_THAT(error(*session_, "select :origin", Mode::read, wrong).hint, HasSubstr("origin"));
  Parameters one;
  one.add("", Value::integer(1));
  EXPECT_EQ(error(*session_, "select ?; select ?", Mode::read, one).code, Code::invalid_argument);
}

TEST_F(Values, ComeInManyColumns) {
  std::string names, ones;
  for (int i = 0; i < 2000; ++i) {
    names += (i == 0 ? "c" : ", c") + std::to_string(i) + " int";
    ones += i == 0 ? "1" : ", 1";
  }
  const auto ran = run(*session_,
                       "create table wide(" + names + "); insert into wide values (" + ones +
                           "); select * from wide; drop table wide",
                       Mode::write);
  ASSERT_TRUE(ran) << ran.error().message;
  EXPECT_EQ(ran->rows.at(0).size(), 2000u);
  EXPECT_EQ(error(*session_, "select " + ones + ", 1, 1").code, Code::too_large);
}

TEST_F(Values, MayBeLarge) {
  const auto size = [&](const std::string& sql) { return rows(*session_, sql).at(0).at(0).size(); };
  EXPECT_EQ(size("select replace(hex(zeroblob(1 << 19)), '0', 'x')"), (1u << 20) + 2);
  EXPECT_EQ(error(*session_, "select zeroblob(300 << 20)").code, Code::too_large);
  EXPECT_EQ(error(*session_, "select replace(hex(zeroblob(130 << 20)), '0', 'xx')").code,
            Code::too_large);
  Parameters parameters;
  parameters.add("", Value::text(std::string(1 << 20, 'x')));
  EXPECT_EQ(rows(*session_, "select length(?)", Mode::read, parameters), Table({{"1048576"}}));
  // The memory of all together is bounded, whatever each may hold.
  std::string many = "select zeroblob(250 << 20)";
  for (int i = 0; i < 20; ++i) many += ", zeroblob(250 << 20)";
  EXPECT_EQ(error(*session_, many).code, Code::exhausted);
  EXPECT_EQ(rows(*session_, "select 1"), Table({{"1"}}));
}

TEST_F(Values, HaveDeclaredTypes) {
  const auto ran = run(*session_,
                       "create table t(a varchar(20), b, c INTEGER); insert into t values (1, 2, "
                       "3); select a, b, c, a + 1 as d, count(*) from t; drop table t",
                       Mode::write);
  ASSERT_TRUE(ran);
  const auto selected = run(*session_, "select 1 as x");
  EXPECT_EQ(selected->schema.at(0).name, "x");
  EXPECT_EQ(selected->schema.at(0).kind, Kind::null);
}

TEST(ValuesOfAFile, InUtf16AreText) {
  const Folder folder;
  sqlite(folder.path("a.db"),
         "pragma encoding = 'UTF-16le'; create table t(x); insert into t values "
         "('\xc3\xa4\xf0\x9f\x9b\xab')");
  EXPECT_EQ(rows(*connect_file(folder.path("a.db")), "select x from t"),
            Table({{"'\xc3\xa4\xf0\x9f\x9b\xab'"}}));
}

}  // namespace
}  // namespace dbops::sqlite::testing
