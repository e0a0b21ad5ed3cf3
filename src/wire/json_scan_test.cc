#include "wire/json_scan.h"

#include <gtest/gtest.h>

#include <string>

namespace dbops {
namespace {

// "whole N" with the bytes that belong to the value, "open", or the code with the position.
std::string scan(std::string_view text, size_t piece = SIZE_MAX) {
  JsonScan scan;
  size_t taken = 0;
  const auto say = [](const Error& error) {
    return std::string(name(error.code)) +
           (error.position ? ' ' + std::to_string(*error.position) : "");
  };
  while (taken < text.size() && !scan.done()) {
    const auto part = scan.feed(text.substr(taken, piece));
    if (!part) return say(part.error());
    taken += *part;
  }
  if (const auto end = scan.finish(); !end) return say(end.error());
  return "whole " + std::to_string(taken);
}

TEST(JsonScan, FindsTheEndOfEachKindOfValue) {
  for (const std::string_view text :
       {"{}", "[]", "\"\"", "\"a\\\"\\u00e9\"", "0", "-0.5e+7", "12", "1E5", "true", "false",
        "null", " \t\r\n[1, 2 ,[ ],{\"a\" : {\"b\":[null]} , \"c\":-1.5}]"}) {
    EXPECT_EQ(scan(text), "whole " + std::to_string(text.size())) << text;
    EXPECT_EQ(scan(text, 1), "whole " + std::to_string(text.size())) << text;
  }
}

TEST(JsonScan, LeavesWhatFollows) {
  EXPECT_EQ(scan("{} {}"), "whole 2");
  EXPECT_EQ(scan("12,"), "whole 2");
  EXPECT_EQ(scan("1.5]"), "whole 3");
  EXPECT_EQ(scan("\"a\"b"), "whole 3");
  EXPECT_EQ(scan("nullx"), "whole 4");
}

TEST(JsonScan, SaysWhereItIsNone) {
  EXPECT_EQ(scan(""), "syntax 1");
  EXPECT_EQ(scan("{\"a\" 1}"), "syntax 6");
  EXPECT_EQ(scan("{a:1}"), "syntax 2");
  EXPECT_EQ(scan("[1,]"), "syntax 4");
  EXPECT_EQ(scan("{\"a\":1,}"), "syntax 8");
  EXPECT_EQ(scan("[1}"), "syntax 3");
  EXPECT_EQ(scan("[01]"), "syntax 3");
  EXPECT_EQ(scan("[1.]"), "syntax 4");
  EXPECT_EQ(scan("[-]"), "syntax 3");
  EXPECT_EQ(scan("[1e]"), "syntax 4");
  EXPECT_EQ(scan("[1e+]"), "syntax 5");
  EXPECT_EQ(scan("\"\\x\""), "syntax 3");
  EXPECT_EQ(scan("\"\\u12g4\""), "syntax 6");
  EXPECT_EQ(scan("\"a\nb\""), "syntax 3");
  EXPECT_EQ(scan("tru"), "syntax 4");
  EXPECT_EQ(scan("trux"), "syntax 4");
  EXPECT_EQ(scan("[1"), "syntax 3");
  EXPECT_EQ(scan("'a'"), "syntax 1");
  EXPECT_EQ(scan("{\"a\":1 \"b\":2}"), "syntax 8");
}

TEST(JsonScan, SaysWhatIsMissing) {
  const std::pair<const char*, const char*> cases[] = {
      {"[,", "a value must stand here"},
      {"nul", "a value must stand here"},
      {"{1", "a key in quotes must stand here"},
      {"{\"a\":1,}", "a key in quotes must stand here"},
      {"{\"a\",", "a colon must stand behind a key"},
      {"[1 2", "a comma or closing bracket is missing"},
      {"[1", "a comma or closing bracket is missing"},
      {"-", "a number lacks its digits"},
      {"1.e", "a number lacks its digits"},
      {"\"a", "a string is never closed"},
      {"\"\\", "a string is never closed"},
      {"\"\\x", "a backslash with nothing known behind it"},
      {"\"\n", "a control character in a string"},
  };
  for (const auto& [text, problem] : cases)
    EXPECT_EQ(JsonScan::measure(text).error().message, problem) << text;
}

TEST(JsonScan, GoesNoDeeperThanItMay) {
  const std::string deep = std::string(kJsonDepthMax, '[') + std::string(kJsonDepthMax, ']');
  EXPECT_EQ(scan(deep), "whole " + std::to_string(deep.size()));
  EXPECT_EQ(scan('[' + deep + ']'), "too_large");
}

}  // namespace
}  // namespace dbops
