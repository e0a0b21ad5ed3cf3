#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/classify.h"
#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

Result<Script> parse(std::string_view text) { return connector().dialect().parse(text); }

// "find: read", or the error's code.
std::string seen(std::string_view text) {
  const auto script = parse(text);
  if (!script) return std::string(name(script.error().code));
  std::string all;
  for (const Statement& statement : script->statements)
    all += (all.empty() ? "" : "; ") + statement.verb + ": " + std::string(name(statement.tier));
  return all;
}

std::string danger(std::string_view text) {
  const auto script = parse(text);
  return script ? script->statements[0].danger : script.error().message;
}

TEST(MongoDialect, TakesAScriptApart) {
  EXPECT_EQ(seen(R"({"find": "a"})"), "find: read");
  EXPECT_EQ(seen("{\"find\": \"a}\\\"\"}\n;{\"insert\": \"a\", \"documents\": []}  "),
            "find: read; insert: write");
  EXPECT_EQ(seen(R"({"find": "a"}{"nosuch": 1})"), "find: read; nosuch: admin");
  const auto script = parse(R"( {"ping": 1} ; {"count": "ü"})");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->statement_text(0), R"({"ping": 1})");
  EXPECT_EQ(script->statement_text(1), R"({"count": "ü"})");
}

TEST(MongoDialect, SaysWhatAnUnknownCommandIsNearTo) {
  const auto reason = [](std::string_view text) { return parse(text)->statements[0].reason; };
  EXPECT_EQ(reason(R"({"fnd": "a"})"),
            "fnd is not known to only read or write documents (did you mean find?)");
  EXPECT_EQ(reason(R"({"shutdown": 1})"), "shutdown is not known to only read or write documents");
}

TEST(MongoDialect, SaysWhereTheSyntaxIsWrong) {
  const auto position = [](std::string_view text) {
    const auto script = parse(text);
    return script ? 0 : script.error().position.value_or(0);
  };
  EXPECT_EQ(position("db.movies.find()"), 1U);
  EXPECT_EQ(position(R"({"find": "a"} x)"), 15U);
  EXPECT_EQ(position(R"({"find": x})"), 10U);
  EXPECT_EQ(position(R"({"größe": "ü"} {"find": x})"), 25U);  // Characters, not bytes.
  EXPECT_EQ(position(R"({"find": "a")"), 12U);
  EXPECT_EQ(position("{}"), 1U);
}

TEST(MongoDialect, LooksAtEveryLevel) {
  const auto nested = [](std::string inner, int levels) {
    for (int i = 0; i < levels; ++i) inner = R"({"$and": [)" + inner + "]}";
    return R"({"find": "a", "filter": )" + inner + "}";
  };
  EXPECT_EQ(seen(nested(R"({"x": 1})", 20)), "find: read");
  EXPECT_EQ(seen(nested(R"({"$where": "1"})", 20)), "find: admin");
  EXPECT_EQ(seen(nested(R"({"$where": "1"})", 40)), "too_large");  // Beyond any bound: refused.
  // What is inserted is data.
  EXPECT_EQ(seen(R"({"insert": "a", "documents": [{"$where": 1, "$out": 2}]})"), "insert: write");
  EXPECT_EQ(seen(R"({"aggregate": "a", "pipeline": [{"$out": "b"}], "cursor": {}})"),
            "aggregate: write");
}

// Whatever a pipeline stands in: what it writes or runs is found there.
TEST(MongoDialect, LooksIntoNestedPipelines) {
  const auto within = [](const std::string& stage) {
    return R"({"aggregate": "a", "cursor": {}, "pipeline": [)" + stage + "]}";
  };
  const auto lookup = [](const std::string& stage) {
    return R"({"$lookup": {"from": "b", "as": "x", "pipeline": [)" + stage + "]}}";
  };
  const auto with = [](const std::string& stage) {
    return R"({"$unionWith": {"coll": "b", "pipeline": [)" + stage + "]}}";
  };
  const auto facet = [](const std::string& stage) {
    return R"({"$facet": {"f": [)" + stage + "]}}";
  };
  const std::string script = R"({"$set": {"x": {"$function": {"body": "f", "args": []}}}})";
  EXPECT_EQ(seen(within(lookup(with(facet(R"({"$match": {}})"))))), "aggregate: read");
  for (const char* writes : {R"({"$out": "x"})", R"({"$merge": {"into": "x"}})"})
    EXPECT_EQ(seen(within(lookup(with(facet(writes))))), "aggregate: write");
  for (const std::string& runs :
       {script, std::string(R"({"$currentOp": {}})"), std::string(R"({"$nosuch": {}})"),
        std::string(R"({"$group": {"_id": 1, "x": {"$accumulator": {}}}})")})
    EXPECT_EQ(seen(within(facet(lookup(with(runs))))), "aggregate: admin") << runs;
  EXPECT_EQ(seen(R"({"update": "a", "updates": [{"q": {}, "u": [)" + script + "]}]}"),
            "update: admin");
  EXPECT_EQ(seen(R"({"create": "v", "viewOn": "a", "pipeline": [)" + script + "]}"),
            "create: admin");
  EXPECT_EQ(seen(R"({"findAndModify": "a", "update": [)" + script + "]}"), "findAndModify: admin");
  EXPECT_EQ(seen(R"({"bulkWrite": 1, "ops": [{"update": 0, "filter": {}, "updateMods": [)" +
                 script + "]}]}"),
            "bulkWrite: admin");
  EXPECT_EQ(seen(R"({"explain": {"aggregate": "a", "pipeline": [)" + facet(R"({"$out": "x"})") +
                 R"(], "cursor": {}}})"),
            "explain: write");
  for (const char* unknown : {R"({"mapReduce": "a"})", R"({"eval": "1"})", R"({"$eval": "1"})"})
    EXPECT_THAT(seen(unknown), testing::EndsWith(": admin"));
}

TEST(MongoDialect, SaysWhatIsDangerous) {
  EXPECT_EQ(danger(R"({"delete": "a", "deletes": [{"q": {}, "limit": 0}]})"),
            "delete without a filter removes every document of a");
  EXPECT_EQ(danger(R"({"delete": "a", "deletes": [{"q": {"x": 1}, "limit": 0}]})"), "");
  EXPECT_EQ(danger(R"({"delete": "a", "deletes": [{"q": {}, "limit": 1}]})"), "");
  EXPECT_EQ(danger(R"({"update": "a", "updates": [{"q": {}, "u": {}, "multi": true}]})"),
            "update without a filter changes every document of a");
  for (const char* op : {R"({"delete": 0, "filter": {}, "multi": true})",
                         R"({"update": 0, "filter": {}, "updateMods": {}, "multi": true})"})
    EXPECT_NE(
        danger(R"({"bulkWrite": 1, "nsInfo": [{"ns": "d.a"}], "ops": [)" + std::string(op) + "]}"),
        "");
  EXPECT_EQ(danger(R"({"bulkWrite": 1, "nsInfo": [{"ns": "d.a"}], "ops": [
                       {"delete": 0, "filter": {}}, {"update": 0, "filter": {"a": 1},
                        "updateMods": {}, "multi": true}, {"insert": 0, "document": {}}]})"),
            "");
  EXPECT_EQ(danger(R"({"createIndexes": "a", "indexes": [{"key": {"t": 1}, "name": "t",
                       "expireAfterSeconds": 60}]})"),
            "documents of a that are older than the index says will be removed");
  EXPECT_NE(danger(R"({"collMod": "a", "index": {"name": "t", "expireAfterSeconds": 1}})"), "");
  EXPECT_NE(danger(R"({"collMod": "a", "expireAfterSeconds": 1})"), "");
  EXPECT_EQ(danger(R"({"createIndexes": "a", "indexes": [{"key": {"expireAfterSeconds": 1},
                       "name": "t"}]})"),
            "");
  EXPECT_EQ(danger(R"({"drop": "a"})"), "drop removes the collection a with all its documents");
  EXPECT_EQ(danger(R"({"aggregate": "a", "pipeline": [{"$out": "b"}], "cursor": {}})"),
            "$out replaces all that its collection holds");
}

std::string bound(std::string_view text, const Parameters& parameters) {
  auto command = parse_document(text);
  if (command) command = bind(*std::move(command), parameters);
  if (!command) return std::string(name(command.error().code));
  std::string json;
  EXPECT_TRUE(append_json(json, **command, JsonForm::canonical));
  return json;
}

TEST(MongoBind, PutsParametersInPlaceOfStrings) {
  Parameters parameters;
  parameters.add({}, Value::text("$where"));
  parameters.add({}, Value::integer(5));
  EXPECT_EQ(bound(R"({"find": "a", "filter": {"x": ["$1", "a$1"], "y": "$2"}})", parameters),
            R"({"find": "a", "filter": {"x": ["$where", "a$1"], "y": {"$numberInt": "5"}}})");
  EXPECT_EQ(bound(R"({"find": "$1"})", parameters), "invalid_argument");
  EXPECT_EQ(bound(R"({"find": "$1", "a": "$2", "b": "$3"})", parameters), "invalid_argument");
  EXPECT_EQ(bound(R"({"find": "$1"})", {}), R"({"find": "$1"})");
}

TEST(MongoBind, KeepsTypes) {
  const auto one = [](Kind kind, std::string_view text) {
    Parameters parameters;
    parameters.add({}, Value::view(kind, text));
    return bound(R"({"a": "$1"})", parameters);
  };
  EXPECT_EQ(one(Kind::decimal, "1.10"), R"({"a": {"$numberDecimal": "1.10"}})");
  EXPECT_EQ(one(Kind::timestamp_tz, "1970-01-01 00:00:01+00"),
            R"({"a": {"$date": {"$numberLong": "1000"}}})");
  EXPECT_EQ(one(Kind::json, R"({"$oid": "65f000000000000000000001"})"),
            R"({"a": {"$oid": "65f000000000000000000001"}})");
  EXPECT_EQ(one(Kind::bytes, std::string_view("\0\xff", 2)),
            R"({"a": {"$binary": {"base64": "AP8=", "subType": "00"}}})");
  EXPECT_EQ(one(Kind::date, "2026-11-28"), "invalid_argument");
  EXPECT_EQ(one(Kind::decimal, "1234567890123456789012345678901234567890"), "invalid_argument");
}

}  // namespace
}  // namespace dbops::mongodb
