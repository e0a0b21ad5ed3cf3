#include "connectors/mongodb/sample.h"

#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/references.h"
#include "connectors/mongodb/validator.h"

namespace dbops::mongodb {
namespace {

using testing::ElementsAre;

Sample sample_of(const std::vector<std::string>& documents) {
  Sample sample;
  for (const std::string& each : documents) {
    const auto parsed = parse_document(each);
    EXPECT_TRUE(parsed) << parsed.error().message;
    if (parsed) add_to_sample(sample, **parsed);
  }
  return sample;
}

std::vector<std::string> shown(const Sample& sample) {
  std::vector<std::string> all;
  for (const SampledField& field : sample.fields)
    all.push_back(field.name + ": " + field.describe_types() + "; " + field.describe_values());
  return all;
}

TEST(MongoSample, TellsRangesAndExamples) {
  EXPECT_THAT(
      shown(sample_of({R"({"y": 1999, "t": "a\u0007b", "d": {"$date": "2026-01-02T00:00:00Z"},
                           "g": [1, [2, 3]]})",
                       R"({"y": -1.5, "t": "c", "d": {"$date": "1969-01-01T00:00:00Z"}, "g": []})",
                       R"({"y": {"$numberDouble": "NaN"}, "t": "c", "g": [7]})",
                       R"({"y": null, "t": "d", "g": [7]})", R"({"t": "e"})"})),
      ElementsAre("y: double 50%, int 25%, null 25%; -1.5 to 1999",
                  R"(t: string; such as "a\u0007b", "c", "d")",
                  "d: date; 1969-01-01T00:00:00Z to 2026-01-02T00:00:00Z", "g: array; 0 to 2 items",
                  "g[]: int 75%, array 25%; 1 to 7; 2 items", "g[][]: int; 2 to 3"));
}

TEST(MongoSample, KeepsFewValues) {
  std::vector<std::string> documents = {R"({"t": ")" + std::string(kValueBytesMax, 'x') + "\"}"};
  for (size_t i = 0; i < 2 * kSampledValues; ++i)
    documents.push_back(R"({"t": ")" + std::to_string(i % 30) + "\"}");
  const Sample sample = sample_of(documents);
  EXPECT_EQ(sample.fields[0].values.size(), kSampledValues);
  EXPECT_EQ(sample.fields[0].values[0], "\"0\"");
}

TEST(MongoReferences, AreGuessedByTheirNames) {
  const Sample sample = sample_of({R"({"_id": 1, "customer_id": 5, "categoryIds": [1, 2], "a":
      {"boxId": "x"}, "lines": [{"product": {"$oid": "65f000000000000000000001"}}], "title": "x",
      "order": true, "no_id": 1})"});
  std::string found;
  for (const Candidate& each :
       reference_candidates(sample, {"Categories", "boxes", "customers", "order", "product"}))
    found += each.field + " " + each.collection + " " + std::to_string(each.values.size()) + "\n";
  EXPECT_EQ(found,
            "customer_id customers 1\ncategoryIds[] Categories 2\na.boxId boxes 1\n"
            "lines[].product product 1\n");
}

TEST(MongoValidator, IsComparedWithTheSample) {
  const Sample sample =
      sample_of({R"({"_id": 1, "name": "a", "n": 5, "at": {"zip": "1", "x": 1}, "tags": ["a"]})",
                 R"({"_id": 2, "name": 7, "n": 1.5, "at": {"zip": 2}})",
                 R"({"_id": 3, "more": {"zip": 1}})", R"({"_id": 4, "name": "b", "at": null})"});
  const auto validator = parse_document(R"({"$jsonSchema": {"bsonType": "object",
      "required": ["name", "never"], "additionalProperties": false, "properties": {
        "_id": {}, "name": {"bsonType": "string"}, "n": {"bsonType": ["number", "null"]},
        "tags": {"bsonType": "array"}, "at": {"bsonType": "object", "required": ["x"],
          "properties": {"zip": {"bsonType": "string"}}}}}})");
  std::vector<std::string> all;
  for (const Mismatch& each : compare_with_validator(**validator, sample))
    all.push_back(each.field + ": " + each.text);
  EXPECT_THAT(all, ElementsAre("name: the validator requires it; 25% of the sampled lack it",
                               "never: the validator requires it; 100% of the sampled lack it",
                               "name: the validator wants string; 33% are int",
                               "at: the validator wants object; 33% are null",
                               "at.x: the validator requires it; 50% of the sampled lack it",
                               "at.zip: the validator wants string; 50% are int",
                               "more: the validator has no such field"));
  EXPECT_TRUE(compare_with_validator(**parse_document(R"({"a": {"$gt": 1}})"), sample).empty());
}

}  // namespace
}  // namespace dbops::mongodb
