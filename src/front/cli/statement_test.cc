#include "front/cli/statement.h"

#include <gtest/gtest.h>

#include "front/cli/line_editor.h"

namespace dbops::cli {
namespace {

Parameter only(const Result<Parameters>& parameters) {
  EXPECT_TRUE(parameters) << parameters.error().message;
  EXPECT_EQ(parameters->size(), 1u);
  return parameters->items.at(0);
}

TEST(Parameters, PlainNumbersAreNumbersAndAllElseIsText) {
  struct Case {
    std::string text;
    Kind kind;
  };
  const Case cases[] = {
      {"5", Kind::integer},    {"-5", Kind::integer},
      {"0", Kind::integer},    {"9223372036854775807", Kind::integer},
      {"1.50", Kind::decimal}, {"-0.5", Kind::decimal},
      {"", Kind::text},        {"9223372036854775808", Kind::text},
      {"007", Kind::text},     {"+5", Kind::text},
      {"1e5", Kind::text},     {"1.", Kind::text},
      {".5", Kind::text},      {"true", Kind::text},
      {"null", Kind::text},    {"2026-11-25", Kind::text},
      {"12 ", Kind::text},     {"0x10", Kind::text},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.text);
    const auto parameters = read_parameters({each.text}, "");
    const Parameter parameter = only(parameters);
    EXPECT_EQ(parameter.value.kind(), each.kind);
    EXPECT_EQ(parameter.name, "");
    if (each.kind == Kind::integer) continue;
    EXPECT_EQ(parameter.value.as_text(), each.text);
  }
}

TEST(Parameters, NamesStandBeforeAnEqualsSign) {
  const auto named = read_parameters({"id=42"}, "");
  EXPECT_EQ(only(named).name, "id");
  EXPECT_EQ(only(named).value.as_integer(), 42);
  const auto empty = read_parameters({"id="}, "");
  EXPECT_EQ(only(empty).value.as_text(), "");
  // What is no name belongs to the value, and a leading '=' says that all of it is a value.
  const auto sum = read_parameters({"a+b=c"}, "");
  EXPECT_EQ(only(sum).value.as_text(), "a+b=c");
  const auto plain = read_parameters({"=id=42"}, "");
  EXPECT_EQ(only(plain).name, "");
  EXPECT_EQ(only(plain).value.as_text(), "id=42");
}

TEST(Parameters, JsonHasExactTypes) {
  const auto array = read_parameters({}, R"([1, "1", null, true, 1.5])");
  ASSERT_TRUE(array);
  ASSERT_EQ(array->size(), 5u);
  EXPECT_EQ(array->items[0].value.kind(), Kind::integer);
  EXPECT_EQ(array->items[1].value.kind(), Kind::text);
  EXPECT_EQ(array->items[2].value.kind(), Kind::null);
  EXPECT_EQ(array->items[3].value.kind(), Kind::boolean);
  const auto object = read_parameters({}, R"({"id": 42, "name": "x"})");
  ASSERT_TRUE(object);
  ASSERT_EQ(object->size(), 2u);
  EXPECT_EQ(object->items[0].name, "id");
  EXPECT_EQ(object->items[1].value.as_text(), "x");
}

TEST(Parameters, BadOnesAreExplained) {
  EXPECT_EQ(read_parameters({}, "[1").error().code, Code::invalid_argument);
  EXPECT_EQ(read_parameters({}, "1").error().code, Code::invalid_argument);
  EXPECT_EQ(read_parameters({"1"}, "[1]").error().message,
            "-p and --json-params exclude each other");
}

TEST(Statement, ComesFromOnePlace) {
  Terminal terminal;
  terminal.input = true;
  const auto both =
      read_statement({.argument = "select 1", .file = "x.sql"}, real_files(), terminal);
  EXPECT_EQ(both.error().code, Code::invalid_argument);
  const auto none = read_statement({}, real_files(), terminal);
  EXPECT_EQ(none.error().message, "no statement is given");
  EXPECT_EQ(
      read_statement({.argument = "\xEF\xBB\xBFselect 1", .file = ""}, real_files(), terminal),
      "select 1");
  const auto missing =
      read_statement({.argument = {}, .file = "/nowhere/x.sql"}, real_files(), terminal);
  EXPECT_EQ(missing.error().code, Code::not_found);
}

TEST(History, KeepsNoSecrets) {
  for (const char* text :
       {"alter role x PASSWORD 'y'", "create user x identified by 'y'", "select api_token from t",
        "\\c postgresql://me:pw@host/db", "\\c me:pw@host/db",
        "select dblink('host=h pwd=x', 'select 1')", "select $$api_key: x$$"})
    EXPECT_TRUE(may_hold_secret(text)) << text;
  for (const char* text : {"select * from flights", "\\d t", "select 'a@b:c'",
                           "select 1::text,\n '@'", "select 'https://example.com/@me'"})
    EXPECT_FALSE(may_hold_secret(text)) << text;
}

}  // namespace
}  // namespace dbops::cli
