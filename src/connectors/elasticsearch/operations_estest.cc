// What the connector declares as operations, on real servers.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>

#include "connectors/elasticsearch/connector.h"
#include "connectors/elasticsearch/testing.h"
#include "core/catalog.h"
#include "net/http_client.h"

namespace dbops::elasticsearch {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string json_text(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

class ElasticOperations : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    static_cast<void>(run(*session_, "DELETE /ops_live"));
    ASSERT_TRUE(
        run(*session_,
            R"(PUT /ops_live {"settings": {"number_of_replicas": 0}, "mappings": {"properties":
                       {"n": {"type": "long"}, "word": {"type": "keyword"},
                        "title": {"type": "text", "fields": {"whole": {"type": "keyword"}}},
                        "body": {"type": "text"}}}})"));
    const auto filled =
        run(*session_,
            "POST /ops_live/_bulk?refresh=true\n"
            "{\"index\":{\"_id\":\"1\"}}\n{\"n\":1,\"word\":\"a\",\"title\":\"T x\"}\n"
            "{\"index\":{\"_id\":\"2\"}}\n{\"n\":2,\"word\":\"b\",\"title\":\"T x\"}\n"
            "{\"index\":{\"_id\":\"3\"}}\n{\"n\":3,\"word\":\"b\",\"body\":\"y\"}\n");
    ASSERT_TRUE(filled) << filled.error().message;
  }
  void TearDown() override {
    if (session_) static_cast<void>(run(*session_, "DELETE /ops_live"));
  }
  bool opensearch() const { return std::string_view(GetParam()).ends_with("OPENSEARCH"); }
  std::string call(std::string_view operation, std::string_view arguments) {
    const auto answer = operate(*session_, operation, arguments);
    return answer ? *answer
                  : std::string(name(answer.error().code)) + ": " + answer.error().message;
  }
  // What an operation warns of once it has ended.
  std::vector<std::string> warnings(std::string_view operation, const std::string& task) {
    const auto known =
        std::find_if(connector().operations().begin(), connector().operations().end(),
                     [&](const Operation& each) { return each.name == operation; });
    const auto parsed = parse_json("{\"task\": " + json_text(task) + "}");
    auto arguments = read_arguments(known->arguments, parsed->get_object());
    const auto stream = known->run({}, *session_, std::move(*arguments));
    if (!stream || !read_all({}, **stream)) return {"failed"};
    return (*stream)->summary().warnings;
  }

  std::unique_ptr<Session> session_;
};
class OpenSearchOperations : public ElasticOperations {};
class EsqlOperations : public ElasticOperations {};

TEST_P(ElasticOperations, TheValuesOfAField) {
  EXPECT_EQ(call("field_values", R"({"index": "ops_live", "field": "word"})"), "b|2\na|1");
  EXPECT_EQ(call("field_values", R"({"index": "ops_live", "field": "n", "size": 1})"), "1|1");
  EXPECT_EQ(call("field_values", R"({"index": "ops_live", "field": "title"})"), "T x|2")
      << "by the field beside it that keeps it whole";
  EXPECT_THAT(call("field_values", R"({"index": "ops_live", "field": "body"})"),
              StartsWith("unsupported"));
  EXPECT_EQ(call("field_values", R"({"index": "ops_live", "field": "word",
                                     "query": {"term": {"n": 1}}})"),
            "a|1");
  const auto near = operate(*session_, "field_values", R"({"index": "ops_live", "field": "wort"})");
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().code, Code::not_found);
  EXPECT_EQ(near.error().hint, "did you mean word?");
}

// The server finds nothing by it, and says nothing.
TEST_P(ElasticOperations, AFieldThatIsNowhereIsSaidByThePlan) {
  const auto plan = [&](const std::string& body) {
    const Script script = *connector().dialect().parse("GET /ops_live/_search " + body);
    const auto found = session_->explainer()->explain({}, script, {}, false, Mode::read);
    EXPECT_TRUE(found) << found.error().message;
    std::string said;
    for (const Finding& each : found->findings) said += each.subject + ": " + each.hint + '\n';
    return said;
  };
  EXPECT_EQ(plan(R"({"query": {"term": {"wort": "a"}}, "aggs": {"x": {"terms": {"field": "n"}}}})"),
            "wort: did you mean word?\n");
  EXPECT_EQ(plan(R"({"aggs": {"x": {"avg": {"field": "qqqqqqqq"}}}})"),
            "qqqqqqqq: explore shows the fields\n");
  EXPECT_EQ(plan(R"({"query": {"match": {"title.whole": "a"}}})"), "");
  EXPECT_EQ(plan(""), "");
}

TEST_P(ElasticOperations, GroupsWithPercentiles) {
  EXPECT_THAT(call("search", R"({"index": "ops_live", "group_by": "word", "measure": "n",
                                 "percentiles": true})"),
              HasSubstr("\"99.0\":"));
  EXPECT_THAT(call("search", R"({"index": "ops_live", "group_by": "word", "percentiles": true})"),
              StartsWith("invalid_argument"));
}

TEST_P(ElasticOperations, WhatIsThereBesideIndices) {
  ASSERT_TRUE(run(*session_, R"(PUT /_index_template/ops_t {"index_patterns": ["ops_t*"]})"));
  EXPECT_THAT(call("list", R"({"what": "index_templates"})"), HasSubstr("ops_t|{"));
  EXPECT_THAT(call("list", R"({"what": "index_templates", "name": "ops_t"})"),
              HasSubstr("\"index_patterns\":[\"ops_t*\"]"));
  ASSERT_TRUE(run(*session_, "DELETE /_index_template/ops_t"));
  EXPECT_THAT(call("list", R"({"what": "index_templates", "name": "ops_t"})"),
              StartsWith("not_found"));
  // Another test may have one at the time. Where there is none, the server calls that a 404.
  EXPECT_THAT(call("list", R"({"what": "pipelines"})"),
              testing::Not(testing::AnyOf(HasSubstr("ops_p|"), HasSubstr("not_found"))));
  ASSERT_TRUE(run(*session_, R"(PUT /_ingest/pipeline/ops_p {"processors": []})"));
  EXPECT_THAT(call("list", R"({"what": "pipelines"})"), HasSubstr("ops_p|{"));
  ASSERT_TRUE(run(*session_, "DELETE /_ingest/pipeline/ops_p"));
  for (const char* missing : {"transforms", "lifecycle_policies", "inference_endpoints"})
    EXPECT_THAT(call("list", "{\"what\": " + json_text(missing) + "}"), StartsWith("unsupported"))
        << "what these builds of the servers lack";
}

// Elasticsearch's build for tests has no processors.
TEST_P(ElasticOperations, APipelineIsTried) {
  const std::string documents = R"("documents": [{"a": "X", "n": 9007199254740993}, {"b": 1}])";
  if (!opensearch()) {
    EXPECT_EQ(call("simulate_pipeline", R"({"definition": {"processors": []}, )" + documents + "}"),
              "{\"a\":\"X\",\"n\":9007199254740993}|null\n{\"b\":1}|null");
    return;
  }
  const std::string lowercase = R"({"processors": [{"lowercase": {"field": "a"}}]})";
  EXPECT_EQ(call("simulate_pipeline", "{\"definition\": " + lowercase + ", " + documents + "}"),
            "{\"a\":\"x\",\"n\":9007199254740993}|null\n"
            "null|field [a] not present as part of path [a]");
  ASSERT_TRUE(run(*session_, "PUT /_ingest/pipeline/ops_lower " + lowercase));
  EXPECT_THAT(call("simulate_pipeline", "{\"pipeline\": \"ops_lower\", " + documents + "}"),
              StartsWith("{\"a\":\"x\""));
  ASSERT_TRUE(run(*session_, "DELETE /_ingest/pipeline/ops_lower"));
  EXPECT_THAT(call("simulate_pipeline", "{" + documents + "}"), StartsWith("invalid_argument"));
  EXPECT_THAT(call("simulate_pipeline", R"({"pipeline": "p", "documents": [1]})"),
              StartsWith("invalid_argument"));
}

// A task that dbops has not begun is ended only by who may do everything.
TEST_P(OpenSearchOperations, TasksAreFollowedAndEnded) {
  const auto quick =
      operate(*session_, "reindex", R"({"index": "ops_live", "target": "ops_copy"})");
  ASSERT_TRUE(quick) << quick.error().message;
  const std::string followed = call("follow_task", "{\"task\": " + json_text(*quick) + "}");
  const std::string last = followed.substr(followed.rfind('\n') + 1);
  EXPECT_THAT(last, StartsWith("ended|3|3|0|0|0|"));
  EXPECT_THAT(warnings("follow_task", *quick), testing::IsEmpty());
  ASSERT_TRUE(run(*session_, "DELETE /ops_copy"));
  EXPECT_THAT(call("follow_task", R"({"task": "nothing:1"})"), StartsWith("not_found"));

  // One document a second, so that they still run.
  const std::string path =
      "/ops_live/_update_by_query?wait_for_completion=false&"
      "requests_per_second=0.01&scroll_size=1&conflicts=proceed";
  const auto ours = run(*session_, "POST " + path);
  ASSERT_TRUE(ours) << ours.error().message;
  HttpClient other(TlsOptions{});
  const auto sent = other.send(
      {}, {.method = "POST",
           .url = "http://127.0.0.1:" + std::to_string(port_of(server_url(GetParam()))) + path});
  ASSERT_TRUE(sent) << sent.error().message;
  std::string text;
  while ((*sent)->read({}, text).value_or(false)) continue;
  const std::string theirs = text.substr(9, text.rfind('"') - 9);  // {"task":"..."}

  const auto writer = connect_to(server_url(GetParam()), Tier::write);
  ASSERT_TRUE(writer);
  const auto refused = operate(**writer, "cancel_task", "{\"task\": " + json_text(theirs) + "}");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden);
  const auto reader = connect_to(server_url(GetParam()), Tier::read);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(operate(**reader, "cancel_task", "{\"task\": " + json_text(*ours) + "}"));
  EXPECT_TRUE(operate(**writer, "cancel_task", "{\"task\": " + json_text(*ours) + "}"));
  EXPECT_TRUE(operate(*session_, "cancel_task", "{\"task\": " + json_text(theirs) + "}"));
  for (const std::string& task : {*ours, theirs}) {
    EXPECT_THAT(call("follow_task", "{\"task\": " + json_text(task) + "}"), HasSubstr("ended|"));
    EXPECT_THAT(warnings("follow_task", task),
                testing::ElementsAre(StartsWith("the task was cancelled")));
  }
}

TEST_P(OpenSearchOperations, DataStreamsAreThere) {
  static_cast<void>(run(*session_, "DELETE /_data_stream/ops_stream"));
  ASSERT_TRUE(run(*session_, R"(PUT /_index_template/ops_stream {"index_patterns": ["ops_stream*"],
                                "data_stream": {}, "priority": 9,
                                "template": {"settings": {"number_of_replicas": 0}}})"));
  const auto writer = connect_to(server_url(GetParam()), Tier::write);
  ASSERT_TRUE(writer);
  ASSERT_TRUE(run(**writer, "PUT /_data_stream/ops_stream"));
  ASSERT_TRUE(run(**writer,
                  "POST /ops_stream/_bulk?refresh=true\n{\"create\":{}}\n"
                  "{\"@timestamp\":\"2026-01-31T00:00:00Z\",\"n\":7}\n"));
  EXPECT_THAT(call("search", R"({"index": "ops_stream"})"), HasSubstr("\"n\":7"));
  const auto listed = session_->catalog()->list({}, {}, {.pattern = "ops_stream"});
  ASSERT_TRUE(listed) << listed.error().message;
  ASSERT_EQ(listed->items.size(), 1U);
  EXPECT_EQ(listed->items[0].kind, "data stream");
  const auto described = session_->catalog()->describe({}, {{"ops_stream"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ(described->at(0).item.rows, 1);

  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(server_url(GetParam()));
  options.access = *Access::make({.deny = {"ops_stream"}});
  auto under = connector().connect({}, options);
  ASSERT_TRUE(under);
  for (const char* text : {"GET /ops_stream/_search", "GET /ops_s*/_search",
                           "GET /.ds-ops_stream-000001/_search", "GET /.ds*/_search"})
    EXPECT_EQ(run(**under, text, Mode::read).error().code, Code::forbidden) << text;

  EXPECT_EQ(run(*session_, "DELETE /_data_stream/ops_s*").error().code, Code::forbidden);
  ASSERT_TRUE(run(*session_, "DELETE /_data_stream/ops_stream"));
  ASSERT_TRUE(run(*session_, "DELETE /_index_template/ops_stream"));
}

TEST_P(EsqlOperations, TheServerUnderstandsEachExample) {
  const auto all = std::find_if(connector().operations().begin(), connector().operations().end(),
                                [](const Operation& each) { return each.name == "esql_help"; });
  ASSERT_NE(all, connector().operations().end());
  const auto stream = all->run({}, *session_, {});
  ASSERT_TRUE(stream);
  Batch batch;
  ASSERT_TRUE((*stream)->next({}, batch));
  EXPECT_GT(batch.rows(), 10U);
  for (size_t row = 0; row < batch.rows(); ++row) {
    const std::string example(batch.row(row)[3].as_text());
    if (example.empty()) continue;
    const auto answer = run(*session_, example, Mode::read);
    EXPECT_TRUE(answer) << example << ": " << answer.error().message;
  }
  EXPECT_THAT(call("esql_help", R"({"command": "limit"})"), StartsWith("LIMIT|"));
  EXPECT_THAT(call("esql_help", R"({"command": "limt"})"), StartsWith("not_found"));
}

// The limit that the server sets by itself, for one.
TEST_P(EsqlOperations, WhatTheServerWarnsOfIsTold) {
  const auto warned = [&](std::string_view text) {
    const Script script = *connector().dialect().parse(text);
    const Parameters none;
    const auto results = session_->queries()->run({}, script, none, Mode::read);
    const auto stream = (*results)->next({});
    if (!stream || !read_all({}, **stream)) return std::vector<std::string>{"failed"};
    return (*stream)->summary().warnings;
  };
  EXPECT_THAT(warned("FROM ops_live | KEEP n"),
              testing::ElementsAre(HasSubstr("default limit of [1000]")));
  EXPECT_THAT(warned("FROM ops_live | KEEP n | LIMIT 2"), testing::IsEmpty());
}

TEST_P(EsqlOperations, TheProfileOfAQuery) {
  const auto explain = [&](bool analyze) {
    const Script script =
        *connector().dialect().parse("FROM ops_live | STATS total = SUM(n) BY word | SORT word");
    return session_->explainer()->explain({}, script, {}, analyze, Mode::read);
  };
  const auto plan = explain(true);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr("HashAggregationOperator"));
  EXPECT_THAT(plan->text, HasSubstr(" rows in, "));
  ASSERT_FALSE(plan->findings.empty());
  EXPECT_THAT(plan->findings[0].message, StartsWith("took "));
  EXPECT_EQ(explain(false).error().code, Code::unsupported);
}

TEST_P(EsqlOperations, AQueryWhoseAnswerIsKept) {
  const std::string begun = call(
      "start_query",
      R"({"query": "FROM ops_live | WHERE n >= ? | SORT n | KEEP n, word", "parameters": [2]})");
  const std::string id = begun.substr(0, begun.find('|'));
  const std::string argument = "{\"id\": " + json_text(id) + "}";
  Context patience;
  patience.deadline = Deadline::after(std::chrono::seconds(20));
  std::string rows;
  do rows = call("query_result", argument);
  while (rows != "2|b\n3|b" && patience.alive());
  EXPECT_EQ(rows, "2|b\n3|b");
  EXPECT_EQ(call("stop_query", argument), "2|b\n3|b") << "it has ended by itself";
  EXPECT_EQ(call("stop_query", R"({"discard": true, "id": )" + json_text(id) + "}"), "true");
  EXPECT_THAT(call("query_result", argument), StartsWith("not_found"));
  for (const char* query : {"GET /ops_live/_search", "SELECT 1", "FROM a; FROM b", ""})
    EXPECT_THAT(call("start_query", "{\"query\": " + json_text(query) + "}"),
                testing::AnyOf(StartsWith("invalid_argument"), StartsWith("syntax")))
        << query;
  const auto reader = connect_to(server_url(GetParam()), Tier::read);
  ASSERT_TRUE(reader);
  EXPECT_EQ(operate(**reader, "start_query", R"({"query": "ROW a = 1"})").error().code,
            Code::forbidden);
}

std::string server_name(const testing::TestParamInfo<const char*>& each) {
  return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
}
INSTANTIATE_TEST_SUITE_P(Servers, ElasticOperations,
                         testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"), server_name);
INSTANTIATE_TEST_SUITE_P(Servers, OpenSearchOperations, testing::Values("DBOPS_TEST_OPENSEARCH"),
                         server_name);
INSTANTIATE_TEST_SUITE_P(Servers, EsqlOperations, testing::Values("DBOPS_TEST_ES"), server_name);

}  // namespace
}  // namespace dbops::elasticsearch
