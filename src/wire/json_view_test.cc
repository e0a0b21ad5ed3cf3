#include "wire/json_view.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

JsonView view(std::string_view text) {
  auto parsed = JsonView::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(JsonView());
}

TEST(JsonView, TakesObjectsAndArraysApart) {
  constexpr std::string_view kText =
      R"( { "a" : [1, "]" , {"b":{}}] ,"c":null,"a\u0062": -1.50 } )";
  const auto members = view(kText).members();
  ASSERT_EQ(members.size(), 3U);
  EXPECT_EQ(members[0].first, "a");
  EXPECT_EQ(members[0].second.text(), R"([1, "]" , {"b":{}}])");
  EXPECT_EQ(members[2].first, "ab");
  EXPECT_EQ(members[2].second.text(), "-1.50");  // As it was written.
  const auto elements = members[0].second.elements();
  ASSERT_EQ(elements.size(), 3U);
  EXPECT_EQ(elements[1].string(), "]");
  EXPECT_TRUE(view("{}").members().empty());
  EXPECT_TRUE(view("[\"a\"]").members().empty());
  EXPECT_EQ(view(R"({"\\":"\\\"","b":"\\\\"})").members()[0].second.text(), R"("\\\"")");
  EXPECT_TRUE(view("[ ]").elements().empty());
  EXPECT_TRUE(view("1").elements().empty());
}

TEST(JsonView, LooksUpNamesAndPaths) {
  const JsonView json = view(R"({"a":{"b":{"c":7}},"x":1,"x":2})");
  EXPECT_EQ(json.at({"a", "b", "c"}).integer(), 7);
  EXPECT_EQ(json["x"].integer(), 2);
  EXPECT_TRUE(json.at({"a", "no", "c"}).is_null());
  EXPECT_TRUE(JsonView().is_null());
}

TEST(JsonView, ReadsStringsExactly) {
  EXPECT_EQ(view(R"("a\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00")").string(), "a\"\\/\b\f\n\r\té€😀");
  EXPECT_EQ(view(R"("\u0000")").string(), std::string("\0", 1));
  for (const char* half : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")"}) {
    EXPECT_EQ(view(half).exact_string(), std::nullopt) << half;
    EXPECT_EQ(view(half).string().substr(0, 3), "\xEF\xBF\xBD") << half;
  }
  EXPECT_EQ(view("\"\xff\"").exact_string(), std::nullopt);
}

TEST(JsonView, ReadsNumbersAndWhatStandsForThem) {
  EXPECT_EQ(view("-9223372036854775808").integer(), INT64_MIN);
  EXPECT_EQ(view("9223372036854775808").integer(), std::nullopt);
  EXPECT_EQ(view("\"12\"").integer(), 12);
  EXPECT_EQ(view("1.5").integer(), std::nullopt);
  EXPECT_EQ(view("1.5").real(), 1.5);
  EXPECT_EQ(view("1e999").real(), std::nullopt);
  EXPECT_EQ(view("null").integer(), std::nullopt);
}

TEST(JsonView, TakesNothingElse) {
  for (const char* text : {"", " ", "{", "[1] 2", "{\"a\"}", "nul", "01", "-"})
    EXPECT_EQ(JsonView::parse(text).error().code, Code::syntax) << text;
}

}  // namespace
}  // namespace dbops
