#include "connectors/elasticsearch/named_fields.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace dbops::elasticsearch {
namespace {

using testing::ElementsAre;

TEST(NamedFields, StandInQueriesAndGroups) {
  EXPECT_THAT(named_fields(JsonView::trust(R"({
    "query": {"bool": {"must": [{"match": {"a": "x"}}, {"term": {"b": {"value": 1}}}],
      "filter": {"range": {"c.d": {"gte": 1}, "boost": 2}}, "must_not": {"exists": {"field": "e"}},
      "should": [{"terms": {"a": ["term", "match"]}}, {"prefix": {"f*": "x"}}, {"ids": {"values": [1]}},
                 {"nested": {"path": "n", "query": {"term": {"n.g": 1}}}}, {"term": {"_id": 1}}]}},
    "aggs": {"h": {"terms": {"field": "h"}, "aggs": {"i": {"avg": {"field": "i"}}}},
             "j": {"filter": {"term": {"j": 1}}}}})")),
              ElementsAre("a", "b", "c.d", "e", "n.g", "h", "i", "j"));
  EXPECT_THAT(named_fields(JsonView::trust(
                  R"({"runtime_mappings": {"a": {}}, "query": {"term": {"a": 1}}})")),
              ElementsAre());
  EXPECT_THAT(named_fields(JsonView::trust(R"({"query": "x", "aggs": [1]})")), ElementsAre());
}

TEST(NamedFields, AreKnownByTheMapping) {
  const auto known = [](std::string_view name) {
    std::vector<Field> fields(3);
    fields[0] = {.name = "a.b", .type = "keyword", .note = {}};
    fields[1] = {.name = "labels", .type = "flattened", .note = {}};
    fields[2] = {.name = "t", .type = "text", .note = {}};
    return is_field(name, fields);
  };
  EXPECT_TRUE(known("a.b"));
  EXPECT_TRUE(known("a"));
  EXPECT_TRUE(known("labels.any.thing"));
  EXPECT_FALSE(known("t.raw"));
  EXPECT_FALSE(known("a.bc"));
  EXPECT_FALSE(known("tt"));
}

}  // namespace
}  // namespace dbops::elasticsearch
