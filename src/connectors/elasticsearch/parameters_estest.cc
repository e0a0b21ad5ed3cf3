// Parameters in the bodies of requests: each comes back as the one value that it is, and reaches no
// further than the request would without it.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "connectors/elasticsearch/connector.h"
#include "connectors/elasticsearch/testing.h"

namespace dbops::elasticsearch {
namespace {

using testing::HasSubstr;

class ElasticParameters : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    static_cast<void>(elasticsearch::run(*session_, "DELETE /params"));
    ASSERT_TRUE(elasticsearch::run(*session_,
                                   R"(PUT /params {"settings": {"number_of_replicas": 0},
        "mappings": {"properties": {"k": {"type": "keyword"}, "n": {"type": "long"}}}})"));
  }
  void TearDown() override {
    if (session_) static_cast<void>(elasticsearch::run(*session_, "DELETE /params"));
  }

  Result<std::string> run(std::string_view text, std::initializer_list<Value> values,
                          Mode mode = Mode::write) {
    Parameters parameters;
    for (const Value& value : values) parameters.add({}, value);
    DBOPS_ASSIGN(const Script script, connector().dialect().parse(text));
    DBOPS_ASSIGN(const auto results, session_->queries()->run({}, script, parameters, mode));
    DBOPS_ASSIGN(Stream* const stream, results->next({}));
    return read_all({}, *stream);
  }

  std::unique_ptr<Session> session_;
};

TEST_P(ElasticParameters, ComeBackAsTheyWere) {
  const std::string odd = "\"}}, {\"match_all\": {}} $2 größe ✈ \\ \n";
  ASSERT_TRUE(
      run("POST /params/_bulk?refresh=true\n{\"index\": {\"_id\": \"$4\"}}\n"
          "{\"k\": \"$1\", \"n\": \"$2\", \"all\": \"$3\"}",
          {Value::text(odd), Value::integer(INT64_MAX),
           Value::view(Kind::json, "{\"a\":\n[1, null]}"), Value::text("a\"b")}));
  ASSERT_TRUE(run("POST /params/_doc?refresh=true {\"k\": \"$1\"}", {Value::text("other")}));
  const std::string search = R"(GET /params/_search {"query": {"term": {"$F": "$1"}}, "size": "$2",
      "_source": ["n", "all"]})";
  const auto by = [&](const std::string& field) {
    return std::string(search).replace(search.find("$F"), 2, field);
  };
  const auto by_text = run(by("k"), {Value::text(odd), Value::integer(5)}, Mode::read);
  EXPECT_THAT(by_text.value_or("?"), HasSubstr(R"("n":9223372036854775807)"));
  EXPECT_THAT(by_text.value_or("?"), HasSubstr(R"("all":{"a":[1,null]})"));
  EXPECT_EQ(by_text.value_or("?").find('\n'), std::string::npos);  // One hit, not both.
  const auto by_number = run(by("n"), {Value::integer(INT64_MAX), Value::integer(5)}, Mode::read);
  EXPECT_THAT(by_number.value_or("?"), HasSubstr("params|a\"b|"));
  EXPECT_EQ(run(by("k"), {Value::text("$2"), Value::integer(5)}, Mode::read).value_or("?"), "");
}

TEST_P(ElasticParameters, AreRefusedWhereTheyWouldNotBeValues) {
  for (const char* text : {"GET /$1/_search {}", "GET /params/_search?q=$1",
                           "GET /params/_search {\"query\": {\"term\": {\"$1\": \"a\"}}}",
                           "GET /params/_search {\"query\": {\"term\": {\"k\": \"x $1\"}}}"}) {
    const auto answer = run(text, {Value::text("k")}, Mode::read);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Code::invalid_argument) << text;
  }
  // Without parameters the text is the user's own.
  EXPECT_TRUE(run("GET /params/_search {\"query\": {\"term\": {\"k\": \"$1\"}}}", {}, Mode::read));
}

TEST_P(ElasticParameters, ReachNoFurtherThanTheRulesOfTheConnection) {
  ConnectionOptions options;
  options.name = "e";
  options.url = Secret(server_url(GetParam()));
  options.tier = Tier::read;
  options.access = *Access::make({.allow = {"params"}});
  auto session = connector().connect({}, options);
  ASSERT_TRUE(session) << session.error().message;
  session_ = std::move(*session);
  const auto get = [&](std::string_view index) {
    return run("GET /_mget {\"docs\": [{\"_index\": \"$1\", \"_id\": \"1\"}]}",
               {Value::text(index)}, Mode::read);
  };
  EXPECT_TRUE(get("params"));
  const auto other = get("hidden");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, Code::forbidden) << other.error().message;
  session_ = *connect_to(server_url(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, ElasticParameters, testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
    [](const auto& each) {
      return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
    });

}  // namespace
}  // namespace dbops::elasticsearch
