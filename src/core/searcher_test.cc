#include "core/searcher.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/value_text.h"

namespace dbops {
namespace {

Result<std::vector<SearchCondition>> read(std::string_view text) {
  return read_conditions(parse_json(text).value().as_object());
}

// "field test value,value;..."
std::string told(std::string_view text) {
  const auto conditions = read(text);
  if (!conditions) return std::string(name(conditions.error().code));
  std::string all;
  for (const SearchCondition& condition : *conditions) {
    all += condition.field + ' ' + std::to_string(static_cast<int>(condition.test));
    for (const Parameter& each : condition.values.items) {
      all += ' ' + std::string(name(each.value.kind())) + '=';
      append_text(all, each.value);
    }
    all += ';';
  }
  return all;
}

TEST(SearchConditions, AreReadFromPlainValuesAndTests) {
  EXPECT_EQ(told("{}"), "");
  EXPECT_EQ(told(R"({"a": "x", "b": 5, "c": null, "d": true, "e": 0.5})"),
            "a 0 text=x;b 0 integer=5;c 0 null=;d 0 boolean=true;e 0 real=0.5;");
  EXPECT_EQ(told(R"({"a": {"gte": 1, "lt": 9}, "b": {"in": [1, "x"]}, "c": {"ne": null}})"),
            "a 5 integer=1;a 2 integer=9;b 6 integer=1 text=x;c 1 null=;");
  EXPECT_EQ(told(R"({"a": {"lte": 18446744073709551615, "gt": -1, "eq": 2}})"),
            "a 3 decimal=18446744073709551615;a 4 integer=-1;a 0 integer=2;");
}

TEST(SearchConditions, SayWhatIsWrong) {
  for (const std::string_view wrong :
       {R"({"a": {"like": "x"}})", R"({"a": {}})", R"({"a": [1]})", R"({"a": {"in": 5}})",
        R"({"a": {"eq": {"b": 1}}})", R"({"a": {"lt": null}})", R"({"a": {"in": [null]}})"}) {
    SCOPED_TRACE(wrong);
    const auto conditions = read(wrong);
    ASSERT_FALSE(conditions);
    EXPECT_EQ(conditions.error().code, Code::invalid_argument);
    EXPECT_NE(conditions.error().message.find("\"a\""), std::string::npos);
    EXPECT_FALSE(conditions.error().hint.empty());
  }
}

TEST(SearchWords, AreTakenFromAText) {
  const auto told = [](std::string_view text) {
    std::string all;
    for (const SearchWord& word : search_words(text))
      all += (word.wanted ? "+" : "-") + word.text + (word.phrase ? "\";" : ";");
    return all;
  };
  EXPECT_EQ(told("red \"two words\"-no\t-\"not this\" - 'it''s"),
            "+red;+two words\";-no;-not this\";+'it''s;");
  EXPECT_EQ(told("say\"open"), "+say;+open\";");
  EXPECT_EQ(told(" \"\" -\"\" \n"), "");
  EXPECT_EQ(wanted_words("-a -b").error().code, Code::invalid_argument);
  EXPECT_EQ(wanted_words("-a b")->size(), 2U);
}

TEST(SearchConditions, AreBounded) {
  boost::json::object many;
  for (size_t i = 0; i < kSearchConditionsMax; ++i) many[std::to_string(i)] = 1;
  EXPECT_TRUE(read_conditions(many));
  many["one more"] = 1;
  EXPECT_EQ(read_conditions(many).error().code, Code::too_large);
  std::string in = R"({"a": {"in": [0)";
  for (size_t i = 0; i < kSearchConditionsMax; ++i) in += ",1";
  EXPECT_EQ(told(in + "]}}"), "too_large");
}

}  // namespace
}  // namespace dbops
