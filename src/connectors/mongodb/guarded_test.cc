#include "connectors/mongodb/guarded.h"

#include <gtest/gtest.h>

#include "connectors/mongodb/explained.h"
#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kPartsMax = 10;

Bson command_of(std::string_view text) {
  auto parsed = parse_document(text);
  EXPECT_TRUE(parsed) << text << parsed.error().message;
  return parsed ? *std::move(parsed) : Bson();
}

bool little(std::string_view text) { return reads_little(*command_of(text)); }
std::string index_of(std::string_view text) { return index_for(*command_of(text)); }

TEST(MongoGuarded, WhatEndsEarlyNeedsNoLook) {
  EXPECT_TRUE(little(R"({"find": "c", "limit": 10})"));
  EXPECT_TRUE(little(R"({"find": "c", "filter": {}, "limit": 10})"));
  EXPECT_TRUE(little(R"({"find": "c", "filter": {"_id": 5}})"));
  EXPECT_TRUE(little(R"({"find": "c", "filter": {"_id": {"$in": [5]}, "a": {"$gt": 1}}})"));
  EXPECT_TRUE(little(R"({"count": "c"})"));
  EXPECT_TRUE(little(R"({"aggregate": "c", "pipeline": [{"$limit": 5}, {"$match": {"a": 1}}]})"));
  EXPECT_TRUE(little(R"({"aggregate": 1, "pipeline": [{"$documents": [{}]}]})"));
  EXPECT_TRUE(little(R"({"aggregate": "c", "pipeline": [{"$collStats": {}}]})"));
}

TEST(MongoGuarded, WhatMayReadAllIsLookedAt) {
  EXPECT_FALSE(little(R"({"find": "c"})"));
  EXPECT_FALSE(little(R"({"find": "c", "filter": {"a": 1}, "limit": 10})"));
  EXPECT_FALSE(little(R"({"find": "c", "sort": {"a": 1}, "limit": 10})"));
  EXPECT_FALSE(little(R"({"find": "c", "filter": {"_id": {"$ne": 5}}})"));
  EXPECT_FALSE(little(R"({"find": "c", "filter": {"_id": 5}, "collation": {"locale": "en"}})"));
  EXPECT_FALSE(little(R"({"find": "c", "filter": {"$or": [{"_id": 5}, {"a": 1}]}})"));
  EXPECT_FALSE(little(R"({"count": "c", "query": {"a": 1}})"));
  EXPECT_FALSE(little(R"({"distinct": "c", "key": "a"})"));
  EXPECT_FALSE(little(R"({"aggregate": "c", "pipeline": []})"));
  EXPECT_FALSE(little(R"({"aggregate": "c", "pipeline": [{"$match": {}}, {"$limit": 5}]})"));
  EXPECT_FALSE(little(R"({"update": "c", "updates": [{"q": {"_id": 5}, "u": {}}]})"));
}

// Equality, then the order, then ranges.
TEST(MongoGuarded, AdvisesAnIndex) {
  EXPECT_EQ(index_of(R"({"find": "c", "filter": {"r": {"$gt": 1}, "e": 5}, "sort": {"s": -1}})"),
            R"({"e": 1, "s": -1, "r": 1})");
  EXPECT_EQ(index_of(R"({"find": "c", "filter": {"$and": [{"a": {"$in": [1]}}, {"a": 2}]}})"),
            R"({"a": 1})");
  EXPECT_EQ(index_of(R"({"find": "c", "filter": {"a": {"b": 1}, "c.d": "x"}})"),
            R"({"a": 1, "c.d": 1})");
  EXPECT_EQ(index_of(R"({"aggregate": "c", "pipeline": [{"$match": {"a": 1}}, {"$sort": {"b": 1}},
                         {"$group": {"_id": "$x"}}, {"$match": {"y": 1}}]})"),
            R"({"a": 1, "b": 1})");
  EXPECT_EQ(index_of(R"({"find": "c", "filter": {"$or": [{"a": 1}, {"b": 1}]}})"), "");
  EXPECT_EQ(index_of(R"({"find": "c", "filter": {"a": {"$regularExpression":
                         {"pattern": "x", "options": ""}}, "b": {"$ne": 1}}})"),
            "");
  EXPECT_EQ(index_of(R"({"find": "c"})"), "");
}

TEST(MongoGuarded, KnowsWhichIndexServes) {
  const Bson command = command_of(R"({"find": "c", "filter": {"a": 1, "b": {"$gt": 2}}})");
  const auto serving = [&](std::string_view index) { return serves(*command_of(index), *command); };
  EXPECT_TRUE(serving(R"({"key": {"a": 1}})"));
  EXPECT_TRUE(serving(R"({"key": {"b": -1, "z": 1}})"));
  EXPECT_FALSE(serving(R"({"key": {"z": 1, "a": 1}})"));
  EXPECT_FALSE(serving(R"({"key": {"a": 1}, "sparse": true})"));
  EXPECT_FALSE(serving(R"({"key": {"a": 1}, "partialFilterExpression": {"q": 1}})"));
  EXPECT_FALSE(serving(R"({"name": "x"})"));
}

std::string finds_of(std::string_view text) {
  std::string all;
  for (const Explained& each : parts_to_explain(*command_of(text), kPartsMax)) {
    if (!append_json(all, *each.command, JsonForm::relaxed)) return "?";
    all += '\n';
  }
  return all;
}

TEST(MongoGuarded, EachPartOfAWriteFindsItsDocuments) {
  EXPECT_EQ(finds_of(R"({"update": "c", "updates": [{"q": {"a": 1}, "u": {}, "multi": true},
                                                    {"q": {"b": 1}, "u": {}}]})"),
            R"({"find": "c", "filter": {"a": 1}}
{"find": "c", "filter": {"b": 1}, "limit": 1}
)");
  EXPECT_EQ(finds_of(R"({"bulkWrite": 1, "nsInfo": [{"ns": "d.x"}, {"ns": "d.y.z"}],
                         "ops": [{"insert": 0, "document": {}},
                                 {"update": 1, "filter": {"a": 1}, "updateMods": {}},
                                 {"delete": 0, "filter": {"b": 1}, "multi": true},
                                 {"delete": 7, "filter": {}}]})"),
            R"({"find": "y.z", "filter": {"a": 1}, "limit": 1, "$db": "d"}
{"find": "x", "filter": {"b": 1}, "$db": "d"}
)");
  EXPECT_EQ(finds_of(R"({"count": "c", "query": {"a": 1}})"), R"({"find": "c", "filter": {"a": 1}}
)");
  EXPECT_EQ(finds_of(R"({"insert": "c", "documents": [{}]})"), "");
}

}  // namespace
}  // namespace dbops::mongodb
