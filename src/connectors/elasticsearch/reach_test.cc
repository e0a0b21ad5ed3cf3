// Ways round rules of indices and masks of fields, told by a request's text alone.
#include "connectors/elasticsearch/reach.h"

#include <gmock/gmock-matchers.h>

#include <boost/json/object.hpp>

#include "base/json.h"
#include "connectors/elasticsearch/console.h"
#include "connectors/elasticsearch/search_body.h"

namespace dbops::elasticsearch {
namespace {

// Of a statement as a person writes it.
Result<Reach> reach(std::string_view text) {
  size_t at = 0;
  const auto piece = next_piece(text, at);
  if (!piece || !*piece) return fail(Code::syntax, "the test's statement is none");
  if ((*piece)->language == Language::esql)
    return reach_of(
        "POST", "/_query", R"({"query":)" + [&] {
          std::string quoted;
          JsonWriter(quoted).string(text);
          return quoted;
        }() + "}");
  return reach_of((*piece)->method, (*piece)->path, (*piece)->body);
}

std::string names_of(std::string_view text) {
  const auto found = reach(text);
  if (!found) return "refused: " + found.error().message;
  std::string all;
  for (const std::string& name : found->names) all += (all.empty() ? "" : " ") + name;
  return all;
}

TEST(Reach, IsWhatARequestNames) {
  const std::pair<const char*, const char*> cases[] = {
      {"GET /a/_search", "a"},
      {"GET a,b*/_search", "a b*"},
      {"GET /a%2Cb/_search", "a b"},
      {"POST /a/_search?size=3&pretty {\"query\": {\"match_all\": {}}}", "a"},
      {"GET /a/_count {\"query\": {\"term\": {\"f\": 1}}}", "a"},
      {"GET /a/_doc/1", "a"},
      {"HEAD /a/_source/1", "a"},
      {"HEAD /a", "a"},
      {"GET /a/_mapping", "a"},
      {"GET /a/_field_caps?fields=*", "a"},
      {"GET /_mget {\"docs\": [{\"_index\": \"a\", \"_id\": \"1\"}, {\"_index\": \"b\", \"_id\": "
       "2}]}",
       "a b"},
      {"GET /a/_mget {\"ids\": [\"1\"]}", "a"},
      {"GET /_msearch\n{\"index\": \"b\"}\n{}\n{\"index\": [\"a\", \"c*\"]}\n{\"size\": 0}",
       "a b c*"},
      {"GET /a/_msearch\n{}\n{\"query\": {\"match_all\": {}}}", "a"},
      {"FROM a", "a"},
      {"from a, \"b-*\" metadata _id, _index | where x > 1 | keep x", "a b-*"},
      {"FROM \"a,b\" | STATS n = COUNT(*) BY `from` | SORT n DESC | LIMIT 3", "a b"},
      {"FROM a | WHERE x == \"y\\\" | ENRICH secrets | EVAL z = \"", "a"},
      {"FROM a | WHERE t == \"x | ENRICH y // z\" | EVAL u = \"\"\"FROM b\"\"\"", "a"},
  };
  for (const auto& [text, names] : cases) EXPECT_EQ(names_of(text), names) << text;
}

TEST(Reach, RefusesWhatCanNotBeTold) {
  const char* cases[] = {
      // No index, or more than it says.
      "GET /",
      "GET /_search",
      "GET /_search {\"query\": {\"match_all\": {}}}",
      "GET /_all/_search",
      "GET /a,_all/_search",
      "GET /%5Fall/_search",
      "GET /a,-b/_search",
      "GET /-b/_search",
      "GET /<a-{now/d}>/_search",
      "GET /%3Ca-%7Bnow%2Fd%7D%3E/_search",
      "GET /c:a/_search",
      "GET /*:*/_search",
      "GET /a::failures/_search",
      "GET /.security/_search",
      "GET /a,.ds-logs-000001/_search",
      "GET /a%252Csecret/_search",
      "GET /a,,b/_search",
      "GET /a+b/_search",
      "GET /a%00/_search",
      "GET /a/../secret/_search",
      "GET /a//_search",
      // A second body, and parameters that are read in two ways.
      "GET /a/_search?source={}&source_content_type=application/json",
      "GET /a/_search?s%6Furce={}",
      "GET /a/_search?size=1;source={}",
      "GET /a/_search?index=secret",
      "GET /a/_search?pipeline=p",
      "GET /a/_search?search_pipeline=p",
      "GET /a*/_search?expand_wildcards=all",
      "GET /a/_search?stored_fields=%zz",
      "GET /a/_search?ccs_minimize_roundtrips=true",
      // Others' searches, and searches that come from elsewhere.
      "GET /_search/scroll {\"scroll_id\": \"x\"}",
      "GET /_search {\"pit\": {\"id\": \"x\"}}",
      "GET /a/_search {\"pit\": {\"id\": \"x\"}}",
      "POST /a/_pit?keep_alive=1m",
      "GET /a/_search/template {\"id\": \"t\"}",
      "GET /_render/template {\"source\": \"{}\"}",
      "POST /a/_async_search {}",
      "GET /_async_search/x",
      "GET /a/_eql/search {\"query\": \"any where true\"}",
      "GET /a/_terms_enum {\"field\": \"f\"}",
      "GET /a/_termvectors/1",
      "GET /a/_explain/1 {\"query\": {\"match_all\": {}}}",
      "GET /a/_rank_eval {\"requests\": []}",
      "GET /a/_graph/explore {}",
      "POST /_sql {\"query\": \"SELECT * FROM secret\"}",
      "POST /_plugins/_sql {\"query\": \"SELECT * FROM secret\"}",
      "POST /_plugins/_ppl {\"query\": \"source=secret\"}",
      // What tells of all.
      "GET /_cat/indices",
      "GET /_mapping",
      "GET /_alias",
      "GET /a/_alias",
      "GET /a",
      "GET /a/_settings",
      "GET /a/_stats",
      "GET /_cluster/state",
      "GET /_nodes",
      "GET /_tasks",
      "GET /_resolve/index/*",
      "GET /_field_caps?fields=*",
      "GET /_validate/query",
      "GET /_count",
      // Writes, whatever they say.
      "POST /a/_doc {}",
      "PUT /a/_doc/1 {}",
      "DELETE /a/_doc/1",
      "POST /_bulk\n{\"index\": {\"_index\": \"a\"}}\n{}",
      "POST /a/_bulk\n{\"index\": {\"_index\": \"secret\"}}\n{}",
      "POST /_reindex {\"source\": {\"index\": \"secret\"}, \"dest\": {\"index\": \"a\"}}",
      "POST /a/_update_by_query {}",
      "POST /a/_update/1 {\"script\": \"ctx.op = 'none'\"}",
      "PUT /a/_alias/secret",
      "POST /_aliases {\"actions\": []}",
      "DELETE /a",
      // Several at once.
      "GET /_msearch\n{}\n{}",
      "GET /_msearch\n{\"index\": \"a\"}\n{\"pit\": {\"id\": \"x\"}}",
      "GET /_msearch\n{\"index\": \"a\", \"search_pipeline\": \"p\"}\n{}",
      "GET /_msearch\n{\"index\": \"_all\"}\n{}",
      "GET /_msearch\n{\"index\": [\"a\", \"-b\"]}\n{}",
      "GET /_msearch\n{\"index\": \"a\"} {}\n{\"index\": \"secret\"}\n{}",
      "GET /_msearch\n{\"index\": \"a\"}",
      "GET /_msearch/template\n{\"index\": \"a\"}\n{}",
      "GET /_mget {\"docs\": [{\"_id\": \"1\"}]}",
      "GET /a/_mget {\"docs\": [{\"_index\": \".security\", \"_id\": \"1\"}]}",
      "GET /a/_mget {\"docs\": [{\"_id\": \"1\", \"stored_fields\": [\"f\"]}]}",
      "GET /_mget {\"ids\": [\"1\"]}",
      "GET /a/_doc/1?stored_fields=f&source=x",
      "GET /a/_doc/1 {\"x\": 1}",
      // ES|QL.
      "ROW a = 1",
      "SHOW INFO",
      "TS a",
      "FROM a, c:b",
      "FROM a::failures",
      "FROM *:a",
      "FROM .security",
      "FROM <a-{now/d}>",
      "FROM -a",
      "FROM \"_all\"",
      "FROM \"a\\u002cb\"",
      "FROM \"\"\"a\"\"\"",
      "FROM (FROM a), (FROM secret)",
      "FROM a [METADATA _id]",
      "FROM a | ENRICH secrets",
      "FROM a | enrich secrets",
      "FROM a | LOOKUP JOIN secret ON id",
      "FROM a | WHERE x IN (FROM secret | KEEP x)",
      "FROM a | FORK (WHERE x > 1) (WHERE x < 1)",
      "FROM a | INLINESTATS n = COUNT(*)",
      "FROM a | COMPLETION x WITH y",
      "FROM a /* /* */ \" */ | ENRICH secrets // \"",
      "FROM a // x\r, secret",
      "FROM a | WHERE x == 1 // y\r| ENRICH secrets",
      "FROM a | WHERE `x == \"` | ENRICH secrets",
      "FROM a | WHERE x == \"\"\"y\"\"\"\" | ENRICH secrets | WHERE \"\"\"\"z\"\"\"",
      "FROM a | WHERE x == \"y\\\\\" | ENRICH secrets | EVAL z = \"\"",
      "POST /_query {\"query\": \"FROM a; FROM secret\"}",
      R"(POST /_query {"query": "FROM a", "filter": {"terms": {"f": {"index": "secret"}}}})",
      "POST /_query {\"query\": \"FROM a\", \"tables\": {}}",
      "POST /_query {\"query\": \"FROM a\", \"query\": \"FROM secret\"}",
      "POST /_query/async {\"query\": \"FROM a\"}",
  };
  for (const char* text : cases) {
    const auto found = reach(text);
    EXPECT_FALSE(found) << text << " reaches " << names_of(text);
  }
}

Result<void> search(std::string_view body) {
  const auto parsed = parse_json(body);
  if (!parsed) return fail(Code::syntax, "the test's body is no JSON");
  return check_search(parsed->get_object());
}

TEST(SearchBody, StaysWithinItsIndices) {
  const char* good[] = {
      R"({})",
      R"({"query": {"match": {"index": {"query": "x", "operator": "and"}}}})",
      R"({"query": {"bool": {"must": [{"term": {"a": 1}}], "filter": {"range": {"d": {"gte": 1}}},
          "must_not": {"exists": {"field": "b"}}, "minimum_should_match": 1}}})",
      R"({"query": {"terms": {"a": [1, 2], "boost": 2}}})",
      R"({"query": {"nested": {"path": "p", "query": {"match_all": {}}}}})",
      R"({"query": {"query_string": {"query": "a:b", "fields": ["c^2"]}}})",
      R"({"size": 0, "aggs": {"x": {"terms": {"field": "a", "size": 3},
          "aggs": {"y": {"filter": {"term": {"b": 1}}}, "z": {"top_hits": {"size": 1}}}}}})",
      R"({"sort": [{"a": {"order": "desc"}}, "_score"], "search_after": [1, 2], "from": 0})",
      R"({"knn": {"field": "v", "query_vector": [1, 2], "k": 3, "filter": {"term": {"a": 1}}}})",
      R"({"query": {"match_all": {}}, "highlight": {"fields": {"a": {}}}, "_source": ["a", "b*"]})",
      R"({"query": {"script_score": {"query": {"match_all": {}}, "script": {"source": "1"}}}})",
  };
  for (const char* body : good) {
    const auto checked = search(body);
    EXPECT_TRUE(checked) << body << ": " << checked.error().message;
  }
  const char* bad[] = {
      R"({"query": {"terms": {"a": {"index": "secret", "id": "1", "path": "x"}}}})",
      R"({"query": {"bool": {"filter": [{"bool": {"must": {"terms": {"a": {"index": "s"}}}}}]}}})",
      R"({"query": {"more_like_this": {"like": [{"_index": "secret", "_id": "1"}]}}})",
      R"({"query": {"percolate": {"field": "q", "index": "secret", "id": "1"}}})",
      R"({"query": {"geo_shape": {"g": {"indexed_shape": {"index": "secret", "id": "1"}}}}})",
      R"({"query": {"geo_distance": {"g": {"indexed_shape": {"index": "secret"}}}}})",
      R"({"query": {"wrapper": {"query": "eyJtYXRjaF9hbGwiOnt9fQ=="}}})",
      R"({"query": {"template": {"source": "x"}}})",
      R"({"query": {"pinned": {"docs": [{"_index": "secret", "_id": "1"}]}}})",
      R"({"query": {"has_child": {"type": "c", "query": {"match_all": {}}}}})",
      R"({"query": {"function_score": {"functions": [{"filter": {"terms": {"a": {"index": "s"}}}}]}}})",
      R"({"query": {"neural": {"v": {"query_text": "x", "model_id": "m"}}}})",
      R"({"query": {"agentic": {"query_text": "all of secret"}}})",
      R"({"query": {"match_all": {}, "wrapper": {"query": "x"}}})",
      R"({"post_filter": {"terms": {"a": {"index": "secret"}}}})",
      R"({"runtime_mappings": {"x": {"type": "lookup", "target_index": "secret"}}})",
      R"({"fields": ["x"]})",
      R"({"pit": {"id": "x"}})",
      R"({"ext": {}})",
      R"({"search_pipeline": {}})",
      R"({"suggest": {"s": {"text": "x", "phrase": {"collate": {"query": {"source": "x"}}}}}})",
      R"({"retriever": {"standard": {}}})",
      R"({"rescore": {"query": {"rescore_query": {"terms": {"a": {"index": "secret"}}}}}})",
      R"({"indices_boost": [{"secret": 2}]})",
      R"({"highlight": {"highlight_query": {"terms": {"a": {"index": "secret"}}}}})",
      R"({"collapse": {"field": "a", "inner_hits": {"name": "x"}}})",
      R"({"sort": [{"a": {"nested": {"path": "p", "filter": {"terms": {"b": {"index": "s"}}}}}}]})",
      R"({"aggs": {"x": {"filter": {"terms": {"a": {"index": "secret"}}}}}})",
      R"({"aggs": {"x": {"filters": {"filters": {"y": {"terms": {"a": {"index": "s"}}}}}}}})",
      R"({"aggs": {"x": {"filters": {"filters": [{"terms": {"a": {"index": "s"}}}]}}}})",
      R"({"aggs": {"x": {"adjacency_matrix": {"filters": {"y": {"terms": {"a": {"index": "s"}}}}}}}})",
      R"({"aggs": {"x": {"significant_terms": {"background_filter": {"terms": {"a": {"index": "s"}}}}}}})",
      R"({"aggs": {"x": {"terms": {"field": "a"}, "aggs": {"y": {"filter": {"wrapper": {"query": "x"}}}}}}})",
      R"({"aggs": {"x": {"top_hits": {"highlight": {"highlight_query": {"match_all": {}}}}}}})",
      R"({"knn": {"field": "v", "query_vector_builder": {"text_embedding": {}}}})",
      R"({"knn": [{"field": "v", "filter": {"terms": {"a": {"index": "secret"}}}}]})",
  };
  for (const char* body : bad) EXPECT_FALSE(search(body)) << body;
}

Result<void> masked(std::string_view body, bool counts_only = false) {
  const auto parsed = parse_json(body);
  if (!parsed) return fail(Code::syntax, "the test's body is no JSON");
  DBOPS_TRY(check_search(parsed->get_object()));
  const MayUse may_use = [](std::string_view field) { return field == "name" || field == "age"; };
  return check_masked_search(parsed->get_object(), may_use, counts_only);
}

TEST(SearchBody, KeepsToFieldsThatAreNotMasked) {
  const char* good[] = {
      R"({"_source": ["name"]})",
      R"({"_source": "age", "query": {"match": {"name": {"query": "x"}}}})",
      R"({"_source": false, "query": {"bool": {"must": [{"term": {"age": 1}}, {"match_all": {}}]}}})",
      R"({"_source": ["name", "age"], "sort": [{"age": "desc"}, {"name": {"order": "asc"}}, "_doc"],
          "size": 3, "from": 1})",
      R"({"_source": ["name"], "query": {"multi_match": {"query": "x", "fields": ["name^3"]}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "name", "size": 3}}}})",
      R"({"_source": false, "size": 0, "aggs": {"d": {"date_histogram": {"field": "age",
          "calendar_interval": "day"}, "aggs": {"p": {"percentiles": {"field": "age"}}}}}})",
      R"({"_source": false, "aggs": {"x": {"filter": {"term": {"name": "a"}}}}})",
      R"({"_source": false, "aggs": {"x": {"filters": {"filters": {"y": {"term": {"age": 1}}}}}}})",
      R"({"_source": false, "knn": {"field": "age", "query_vector": [1], "k": 1,
          "filter": {"term": {"name": "a"}}}})",
      R"({"_source": false, "query": {"knn": {"age": {"vector": [1], "k": 1}}}})",
  };
  for (const char* body : good) {
    const auto checked = masked(body);
    EXPECT_TRUE(checked) << body << ": " << checked.error().message;
  }
  EXPECT_TRUE(masked(R"({"query": {"term": {"age": 1}}})", true));
  const char* bad[] = {
      // All of the document, or a part that may hold it.
      R"({})",
      R"({"_source": true})",
      R"({"_source": []})",
      R"({"_source": ["*"]})",
      R"({"_source": "na*"})",
      R"({"_source": ["name", "email"]})",
      R"({"_source": {"includes": ["email"]}})",
      R"({"_source": {"excludes": ["email"]}})",
      R"({"_source": ["email.keyword"]})",
      // Other ways to show it.
      R"({"_source": false, "fields": ["email"]})",
      R"({"_source": false, "docvalue_fields": ["email"]})",
      R"({"_source": false, "stored_fields": ["email"]})",
      R"({"_source": false, "script_fields": {"x": {"script": "doc['email'].value"}}})",
      R"({"_source": false, "highlight": {"fields": {"email": {}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "email"}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "email.keyword"}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "na*"}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"script": "doc['email'].value"}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "name", "script": "_value"}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "name"},
          "aggs": {"y": {"max": {"field": "email"}}}}}})",
      R"({"_source": false, "aggs": {"x": {"terms": {"field": "name"},
          "aggregations": {"y": {"top_hits": {}}}}}})",
      R"({"_source": false, "aggregations": {"x": {"max": {"field": "email"}}}})",
      R"({"_source": false, "aggs": {"x": {"top_hits": {"_source": ["name"]}}}})",
      R"({"_source": false, "aggs": {"x": {"top_metrics": {"metrics": {"field": "email"}}}}})",
      R"({"_source": false, "aggs": {"x": {"global": {}, "aggs": {"y": {"max": {"field": "email"}}}}}})",
      R"({"_source": false, "aggs": {"x": {"composite": {"sources": [{"e": {"terms": {"field": "email"}}}]}}}})",
      R"({"_source": false, "aggs": {"x": {"multi_terms": {"terms": [{"field": "email"}]}}}})",
      R"({"_source": false, "aggs": {"x": {"significant_text": {"field": "name"}}}})",
      R"({"_source": false, "aggs": {"x": {"scripted_metric": {}}}})",
      R"({"_source": false, "aggs": {"x": {"filter": {"prefix": {"email": "a"}}}}})",
      R"({"_source": false, "aggs": {"x": {"filters": {"filters": {"y": {"term": {"email": 1}}}}}}})",
      R"({"_source": false, "aggs": {"x": {"filters": {"filters": [{"term": {"email": 1}}]}}}})",
      R"({"_source": false, "aggs": {"x": {"nested": {"path": "p"}}}})",
      R"({"_source": false, "aggs": {"x": {"meta": {}, "terms": {"field": "name"}}}})",
      R"({"aggs": {"x": {"terms": {"field": "name"}}}})",
      R"({"_source": false, "collapse": {"field": "email"}})",
      R"({"_source": false, "explain": true})",
      R"({"_source": false, "profile": true})",
      R"({"_source": false, "sort": ["email"]})",
      R"({"_source": false, "sort": "email:desc"})",
      R"({"_source": false, "sort": [{"_script": {"script": "doc['email'].value"}}]})",
      R"({"_source": false, "sort": [{"name": {"nested": {"path": "p"}}}]})",
      // To ask for it until it is known.
      R"({"_source": false, "query": {"term": {"email": "x"}}})",
      R"({"_source": false, "query": {"prefix": {"email.keyword": "x"}}})",
      R"({"_source": false, "query": {"range": {"email": {"gte": "m"}}}})",
      R"({"_source": false, "query": {"exists": {"field": "email"}}})",
      R"({"_source": false, "query": {"query_string": {"query": "email:x*"}}})",
      R"({"_source": false, "query": {"simple_query_string": {"query": "x"}}})",
      R"({"_source": false, "query": {"multi_match": {"query": "x"}}})",
      R"({"_source": false, "query": {"multi_match": {"query": "x", "fields": []}}})",
      R"({"_source": false, "query": {"multi_match": {"query": "x", "fields": ["e*"]}}})",
      R"({"_source": false, "query": {"combined_fields": {"query": "x", "fields": ["email"]}}})",
      R"({"_source": false, "query": {"bool": {"should": [{"wildcard": {"email": "*x"}}]}}})",
      R"({"_source": false, "query": {"script_score": {"query": {"match_all": {}}, "script": "1"}}})",
      R"({"_source": false, "query": {"nested": {"path": "p", "query": {"match": {"p.email": 1}}}}})",
      R"({"_source": false, "knn": {"field": "v", "query_vector": [1], "k": 1}})",
      R"({"_source": false, "knn": [{"field": "v", "query_vector": [1], "k": 1}]})",
      R"({"_source": false, "knn": {"query_vector": [1], "k": 1}})",
      R"({"_source": false, "knn": {"field": "age", "query_vector": [1], "filter": {"term": {"email": 1}}}})",
      R"({"_source": false, "knn": {"field": "age", "query_vector": [1], "inner_hits": {}}})",
      R"({"_source": false, "query": {"knn": {"v": {"vector": [1], "k": 1}}}})",
      R"({"_source": false, "query": {"knn": {"age": {"vector": [1], "filter": {"term": {"email": 1}}}}}})",
  };
  for (const char* body : bad) EXPECT_FALSE(masked(body)) << body;
  EXPECT_FALSE(masked(R"({"query": {"term": {"email": "x"}}})", true));
}

}  // namespace
}  // namespace dbops::elasticsearch
