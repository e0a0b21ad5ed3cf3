#include "connectors/elasticsearch/removals.h"

#include <gtest/gtest.h>

#include "connectors/elasticsearch/dialect.h"

namespace dbops::elasticsearch {
namespace {

std::string aliases(std::string_view action) {
  return R"({"actions": [{"add": {"index": "a*", "alias": "x"}}, )" + std::string(action) + "]}";
}

TEST(Removals, ByAliasesAreNamed) {
  for (const char* action :
       {R"({"remove_index": {"index": "logs-*"}})", R"({"remove_index": {"index": "*"}})",
        R"({"remove_index": {"indices": ["a", "b*"]}})", R"({"remove_index": {"index": "_all"}})",
        R"({"remove_index": {"index": "a,_all"}})", R"({"remove_index": {"index": "logs-\u002a"}})",
        R"({"remove\u005findex": {"index": "*", "must_exist": false}})",
        R"({"remove_index": {"index": "a", "index": "b*"}})",
        R"({"remove_index": {"index": "a"}, "remove_index": {"index": "*"}})"}) {
    const auto checked = check_removals("/_aliases", aliases(action));
    ASSERT_FALSE(checked) << action;
    EXPECT_EQ(checked.error().code, Code::forbidden);
    EXPECT_FALSE(check_removals("/%5Faliases?timeout=1s", aliases(action))) << action;
    EXPECT_FALSE(check_removals("/_aliases", "{}\n" + aliases(action))) << action;
    EXPECT_EQ(dialect().parse("POST /_aliases " + aliases(action)).error().code, Code::forbidden);
  }
  EXPECT_FALSE(check_removals("/_aliases?source=%7B%7D", ""));
}

TEST(Removals, OfNamesAndOfAliasesAreLetThrough) {
  for (const char* action :
       {R"({"remove_index": {"index": "a"}})", R"({"remove": {"index": "a*", "alias": "x"}})"})
    EXPECT_TRUE(check_removals("/_aliases", aliases(action))) << action;
  EXPECT_TRUE(check_removals("/a/_doc/1", aliases(R"({"remove_index": {"index": "*"}})")));
  EXPECT_TRUE(check_removals("/_aliases", ""));
}

TEST(Removals, AreToldToWhoConfirmsThem) {
  const auto danger = [](std::string_view action) {
    return dialect().parse("POST /_aliases " + aliases(action))->statements[0].danger;
  };
  EXPECT_EQ(danger(R"({"remove_index": {"indices": ["a", "b"]}})"),
            "this removes the index a, b with all its documents");
  EXPECT_EQ(danger(R"({"remove": {"index": "a", "alias": "x"}})"),
            "_aliases may move names, and remove indices");
}

}  // namespace
}  // namespace dbops::elasticsearch
