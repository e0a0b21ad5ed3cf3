// Nothing goes by a pattern: each way to remove by one is refused with the tier admin or asks a
// person first, and the server still has everything afterwards.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "connectors/elasticsearch/connector.h"
#include "connectors/elasticsearch/testing.h"

namespace dbops::elasticsearch {
namespace {

class ElasticRemovals : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    drop();
    for (const char* index : {"gone_a", "gone_b"}) {
      const std::string name = index;
      done("PUT /" + name + R"( {"settings": {"number_of_replicas": 0}})");
      done("POST /" + name + R"(/_doc/1?refresh=true {"n": 1})");
      done("PUT /" + name + "/_alias/gone_name");
      done("PUT /_index_template/" + name + R"( {"index_patterns": [")" + name + R"(_x"]})");
      done("PUT /_component_template/" + name + R"( {"template": {}})");
    }
  }
  void TearDown() override {
    if (session_) drop();
  }

  void done(const std::string& text) {
    const auto answer = run(*session_, text);
    ASSERT_TRUE(answer) << text << ": " << answer.error().message;
  }
  void drop() {
    static_cast<void>(run(*session_, "DELETE /gone_a,gone_b?ignore_unavailable=true"));
    for (const char* kind : {"_index_template", "_component_template"})
      for (const char* name : {"gone_a", "gone_b"})
        static_cast<void>(run(*session_, std::string("DELETE /") + kind + '/' + name));
  }
  // All that the tests have made, as the server lists it.
  std::string there() {
    std::string all;
    for (const char* text :
         {"GET /gone_*/_count?filter_path=count", "GET /gone_*/_alias?filter_path=*.aliases",
          "GET /_index_template/gone_*?filter_path=index_templates.name",
          "GET /_component_template/gone_*?filter_path=component_templates.name"})
      all += run(*session_, text, Mode::read).value_or("?") + '\n';
    return all;
  }

  std::unique_ptr<Session> session_;
};

TEST_P(ElasticRemovals, ByAPatternAreRefused) {
  const std::string before = there();
  EXPECT_THAT(before, testing::StartsWith("2\n"));
  EXPECT_EQ(before.find('?'), std::string::npos) << before;
  for (const char* text : {
           "DELETE /gone_*",
           "DELETE /gone_a,gone_*",
           "DELETE /gone%5f%2A",
           "DELETE /_all",
           "DELETE /gone_a,_all",
           "DELETE /*,-gone_x?expand_wildcards=all",
           "DELETE /_data_stream/*",
           "DELETE /_index_template/gone_*",
           "DELETE /_component_template/*",
           "DELETE /_template/*",
           "DELETE /_ingest/pipeline/*",
           "DELETE /_snapshot/*",
           "DELETE /_snapshot/repo/*",
           "DELETE /gone_*/_alias/gone_name",
           "DELETE /gone_a/_alias/*",
           "DELETE /gone_a/_aliases/_all",
           R"(POST /_aliases {"actions": [{"remove_index": {"index": "gone_*"}}]})",
           R"(POST /_aliases {"actions": [{"remove_index": {"indices": ["gone_a", "*"]}}]})",
           R"(POST /_aliases {"actions": [{"remove_index": {"index": "gone_\u002a"}}]})",
           R"(POST /_aliases {"actions": [{"remove_index": {"index": "g*", "must_exist": true}}]})",
       }) {
    const auto answer = run(*session_, text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Code::forbidden) << text << ": " << answer.error().message;
    EXPECT_EQ(answer.error().effect, Effect::none) << text;
    EXPECT_FALSE(answer.error().hint.empty());
  }
  EXPECT_EQ(operate(*session_, "delete_index", R"({"index": "gone_*"})").error().code,
            Code::invalid_argument);
  EXPECT_EQ(there(), before);
}

// A parameter is looked at with its value in place, where it would go out.
TEST_P(ElasticRemovals, ByAPatternThatIsAParameterAreRefused) {
  const std::string before = there();
  const auto with = [&](const char* text, const Value& value) {
    Parameters parameters;
    parameters.add({}, value);
    const Script script = *connector().dialect().parse(text);
    EXPECT_NE(script.statements[0].danger, "");
    const auto results = session_->queries()->run({}, script, parameters, Mode::write);
    if (!results) return results.error().code;
    const auto stream = (*results)->next({});
    return stream ? Code::internal : stream.error().code;
  };
  EXPECT_EQ(with(R"(POST /_aliases {"actions": ["$1"]})",
                 Value::view(Kind::json, R"({"remove_index": {"index": "gone_*"}})")),
            Code::forbidden);
  // Whoever confirms it must see what goes.
  EXPECT_EQ(with(R"(POST /_aliases {"actions": [{"remove_index": {"index": "$1"}}]})",
                 Value::text("gone_a")),
            Code::invalid_argument);
  EXPECT_EQ(there(), before);
}

TEST_P(ElasticRemovals, ThatAreAllowedAreConfirmed) {
  for (const char* text : {
           "DELETE /gone_a",
           "DELETE /gone_a/_alias/gone_name",
           "DELETE /_index_template/gone_a",
           "DELETE /_scripts/x",
           R"(POST /*/_delete_by_query {"query": {"match_all": {}}})",
           R"(POST /_all/_update_by_query {"query": {"match_all": {}}})",
           R"(POST /_reindex {"source": {"index": "gone_*"}, "dest": {"index": "gone_b"}})",
           R"(POST /_aliases {"actions": [{"remove": {"index": "*", "alias": "*"}}]})",
           R"(POST /_aliases {"actions": [{"remove_index": {"index": "gone_a"}}]})",
       }) {
    const auto script = connector().dialect().parse(text);
    ASSERT_TRUE(script) << text << ": " << script.error().message;
    EXPECT_NE(script->statements[0].danger, "") << text;
    const auto read = run(*session_, text, Mode::read);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Code::forbidden) << text;
  }
}

// By its name, and no other with it.
TEST_P(ElasticRemovals, OfOneIndexTakeThatOne) {
  done(R"(POST /_aliases {"actions": [{"remove_index": {"index": "gone_a"}}]})");
  EXPECT_EQ(run(*session_, "HEAD /gone_a", Mode::read).value_or("?"), "false");
  EXPECT_EQ(run(*session_, "HEAD /gone_b", Mode::read).value_or("?"), "true");
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ElasticRemovals, testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
    [](const auto& each) {
      return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
    });

}  // namespace
}  // namespace dbops::elasticsearch
