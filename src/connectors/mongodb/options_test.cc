#include "connectors/mongodb/options.h"

#include <gtest/gtest.h>

#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

std::string properties_of(std::string_view options) {
  const auto info = parse_document(R"({"name": "c", "options": )" + std::string(options) + "}");
  EXPECT_TRUE(info) << info.error().message;
  Description found;
  if (info) add_options(**info, found);
  std::string all;
  for (const auto& [name, value] : found.properties) all += name + ": " + value + "\n";
  return all + found.definition;
}

// As MongoDB 7 lists them.
TEST(MongoOptions, AreShownInWords) {
  EXPECT_EQ(properties_of(R"({"capped": true, "size": 4096, "max": 100})"),
            "capped: 4.0 KB, 100 documents\n");
  EXPECT_EQ(properties_of(R"({"clusteredIndex": {"v": 2, "key": {"_id": 1}, "name": "x",
                             "unique": true}, "expireAfterSeconds": {"$numberLong": "3600"}})"),
            "clustered by: {\"_id\": 1}\ndocuments expire after: 3600 s\n");
  EXPECT_EQ(properties_of(R"({"changeStreamPreAndPostImages": {"enabled": true}})"),
            "changes: are told with the documents before and after them\n");
  EXPECT_EQ(properties_of(R"({"timeseries": {"timeField": "t", "granularity": "hours"}})"),
            "time series: {\"timeField\": \"t\", \"granularity\": \"hours\"}\n");
  EXPECT_EQ(properties_of(R"({"viewOn": "c", "pipeline": [{"$match": {"a": 1}}]})"),
            "{\"viewOn\": \"c\", \"pipeline\": [{\"$match\": {\"a\": 1}}]}");
  EXPECT_EQ(properties_of(R"({"validator": {}, "changeStreamPreAndPostImages":
                             {"enabled": false}})"),
            "");
}

}  // namespace
}  // namespace dbops::mongodb
