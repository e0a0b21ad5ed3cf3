// The small parts that need no server: targets, cells, errors, mappings, the search builder.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "connectors/elasticsearch/cells.h"
#include "connectors/elasticsearch/errors.h"
#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/search_builder.h"
#include "connectors/elasticsearch/target.h"
#include "connectors/elasticsearch/testing.h"

namespace dbops::elasticsearch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Result<Target> target(std::string url) {
  ConnectionOptions options;
  options.url = Secret(std::move(url));
  return read_target(options);
}

TEST(ElasticTarget, ReadsTheUrl) {
  auto read = target("elasticsearch://u:p%40x@a,[::1]:9201/proxy/");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->nodes, ElementsAre("http://a:9200", "http://[::1]:9201"));
  EXPECT_EQ(read->prefix, "/proxy");
  EXPECT_EQ(read->authorization.reveal(), "Basic " + base64("u:p@x"));
  read = target("elasticsearch+https://a?api_key=id:key&sslmode=verify-ca&sslrootcert=/ca");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->authorization.reveal(), "ApiKey " + base64("id:key"));
  EXPECT_EQ(read->tls.root_file, "/ca");
  read = target("elasticsearch+https:?bearer_token=t&cloud_id=my:" +
                base64("eu.example.com:9243$abc$def"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->nodes, ElementsAre("https://abc.eu.example.com:9243"));
}

TEST(ElasticTarget, RefusesWhatItCantUse) {
  for (const char* url :
       {"elasticsearch://a?nosuch=1", "elasticsearch://a?sslmode=require",
        "elasticsearch://u:p@a?api_key=x", "elasticsearch+https://a?sslcert=x",
        "elasticsearch+https://?cloud_id=abc", "elasticsearch://?cloud_id=my:ZXUkYWJj",
        "elasticsearch://a?bearer_token=a%0Ab", "elasticsearch://a,,b",
        "elasticsearch:///x?u:secret@h", "elasticsearch+https://a?ssl_fingerprint=ab"}) {
    const auto read = target(url);
    ASSERT_FALSE(read) << url;
    EXPECT_EQ(read.error().code, Code::invalid_config) << url;
    EXPECT_THAT(read.error().message, Not(HasSubstr("secret")));
  }
}

TEST(ElasticCells, KeepNumbersExact) {
  Batch batch;
  const auto cell = [&](std::string_view text) {
    const Value value = to_cell(batch, JsonView::trust(text));
    return std::string(name(value.kind())) + ' ' + show(value);
  };
  EXPECT_EQ(cell("9223372036854775807"), "integer 9223372036854775807");
  EXPECT_EQ(cell("18446744073709551615"), "decimal 18446744073709551615");
  EXPECT_EQ(cell("0.1"), "real 0.1");
  EXPECT_EQ(cell("1.0E300"), "real 1e+300");
  EXPECT_EQ(cell("0.10000000000000000001"), "decimal 0.10000000000000000001");
  EXPECT_EQ(cell("1e400"), "json 1e400");
  EXPECT_EQ(cell("null"), "null null");
  EXPECT_EQ(cell(R"("a\u00e9")"), "text aé");
  EXPECT_EQ(cell(R"("\ud800")"), R"(json "\ud800")");
  EXPECT_EQ(cell(R"({"a":1.00})"), R"(json {"a":1.00})");
  EXPECT_EQ(cell(R"([{"a":1}])"), R"(json [{"a":1}])");
  EXPECT_EQ(show(to_typed_cell(batch, JsonView::trust("\"2026-01-02T03:04:05.600Z\""),
                               Kind::timestamp_tz)),
            "2026-01-02 03:04:05.6+00");
  EXPECT_EQ(show(to_typed_cell(batch, JsonView::trust("\"2026-01-02T03:04:05.000Z\""),
                               Kind::timestamp_tz)),
            "2026-01-02 03:04:05+00");
}

TEST(ElasticErrors, SayWhatTheServerSays) {
  Error error = server_error(
      404,
      R"({"error":{"type":"index_not_found_exception","reason":"no such index [x]"},"status":404})");
  EXPECT_EQ(error.code, Code::not_found);
  EXPECT_EQ(error.native_code, "index_not_found_exception");
  EXPECT_THAT(error.message, HasSubstr("no such index [x]"));
  error = server_error(
      400, R"({"error":{"type":"search_phase_execution_exception","reason":"all shards failed",
    "failed_shards":[{"reason":{"type":"query_shard_exception","reason":"failed","caused_by":
    {"type":"number_format_exception","reason":"For input string: \"x\""}}}]}})");
  EXPECT_EQ(error.code, Code::data);
  EXPECT_THAT(error.message, HasSubstr("For input string"));
  error = server_error(
      400, R"({"error":{"type":"parsing_exception","reason":"line 1:10: mismatched"}})");
  EXPECT_EQ(error.code, Code::syntax);
  EXPECT_EQ(error.position, 10U);
  error = server_error(405, R"({"error":"Incorrect HTTP method for uri [/_sql]","status":405})");
  EXPECT_EQ(error.code, Code::unsupported);
  error = server_error(502, "<html>\x1b[31m</html>");
  EXPECT_EQ(error.code, Code::unreachable);
  EXPECT_THAT(error.message, Not(HasSubstr("\x1b")));
  error = server_error(302, "");
  EXPECT_EQ(error.code, Code::protocol);
  EXPECT_EQ(server_error(403, R"({"error":{"type":"security_exception","reason":"no"}})").code,
            Code::denied);
}

TEST(ElasticMapping, FlattensFields) {
  std::string all;
  for (const Field& field : fields_of(JsonView::trust(R"({"a":{"mappings":{"properties":{
      "n":{"type":"long"},"o":{"properties":{"p":{"type":"text","analyzer":"english","fields":{"raw":{"type":"keyword"}}}}}}}},
      "b":{"mappings":{"properties":{"n":{"type":"keyword"}},"runtime":{"r":{"type":"date"}}}}})")))
    all +=
        field.name + ' ' + field.type + (field.note.empty() ? "" : " (" + field.note + ')') + '\n';
  EXPECT_EQ(all, "n long | keyword\no.p text (analyzer english)\no.p.raw keyword\nr date\n");
}

std::string built(std::string_view arguments, bool opensearch = false) {
  const auto declared = search_arguments();
  auto read = read_arguments(declared, parse_json(arguments)->as_object());
  if (!read) return read.error().message;
  const auto request = build_search(
      *read,
      {.product = opensearch ? "OpenSearch" : "Elasticsearch", .version = {}, .cluster = {}});
  if (!request) return request.error().message;
  EXPECT_TRUE(parse_json(request->body)) << request->body;
  return request->path + ' ' + request->body;
}

TEST(ElasticSearchBuilder, MakesEachKindOfSearch) {
  EXPECT_EQ(built(R"({"index":"a b"})"),
            R"(/a%20b/_search {"query":{"bool":{"filter":[]}},"size":10})");
  EXPECT_EQ(
      built(
          R"({"index":"a","text":"x\"y","fields":["t^2"],"filter":{"c":"UA","o":["J"],"d":{"gte":1},"g":null},
                      "sort":["day desc"],"size":5,"from":10,"source":["t"],"highlight":true})"),
      R"(/a/_search {"query":{"bool":{"must":[{"multi_match":{"query":"x\"y","fields":["t^2"]}}],)"
      R"("filter":[{"term":{"c":"UA"}},{"terms":{"o":["J"]}},{"range":{"d":{"gte":1}}},)"
      R"({"bool":{"must_not":{"exists":{"field":"g"}}}}]}},"sort":[{"day":"desc"}],"size":5,"from":10,)"
      R"("_source":["t"],"highlight":{"fields":{"t":{}}}})");
  EXPECT_EQ(
      built(R"({"index":"a","vector":[1,0.5],"vector_field":"v","size":3})"),
      R"(/a/_search {"knn":{"field":"v","query_vector":[1,0.5],"k":3,"num_candidates":30},"size":3})");
  EXPECT_EQ(
      built(R"({"index":"a","vector":[1],"vector_field":"v","filter":{"c":1}})", true),
      R"(/a/_search {"query":{"knn":{"v":{"vector":[1],"k":10,"filter":{"bool":{"filter":[{"term":{"c":1}}]}}}}},"size":10})");
  EXPECT_THAT(built(R"({"index":"a","vector":[1],"vector_field":"v","text":"x"})"),
              testing::AllOf(HasSubstr("\"knn\":{\"field\""), HasSubstr("multi_match")));
  EXPECT_THAT(built(R"({"index":"a","vector":[1],"vector_field":"v","text":"x"})", true),
              HasSubstr("\"should\":[{\"multi_match\""));
  EXPECT_THAT(
      built(R"({"index":"a","group_by":"day","interval":"week","measure":"d"})"),
      testing::AllOf(
          HasSubstr("\"date_histogram\":{\"field\":\"day\",\"calendar_interval\":\"week\"}"),
          HasSubstr("\"avg\":{\"avg\":{\"field\":\"d\"}}"), HasSubstr("\"size\":0")));
}

TEST(ElasticSearchBuilder, RefusesPartsThatDoNotGoTogether) {
  EXPECT_THAT(built(R"({"index":"a","vector":[1]})"), HasSubstr("both"));
  EXPECT_THAT(built(R"({"index":"a","vector":["x"],"vector_field":"v"})"), HasSubstr("numbers"));
  EXPECT_THAT(built(R"({"index":"a","sort":["a down"]})"), HasSubstr("sort"));
  EXPECT_THAT(built(R"({"index":"a","measure":"x"})"), HasSubstr("group_by"));
}

}  // namespace
}  // namespace dbops::elasticsearch
