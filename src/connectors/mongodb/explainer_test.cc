#include "connectors/mongodb/explainer.h"

#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/explained.h"
#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

Explainer::Plan plan_of(std::string_view reply) {
  const auto parsed = parse_document(reply);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed ? read_plan(**parsed) : Explainer::Plan();
}

// As MongoDB 7 answers.
TEST(MongoPlan, ReadsTheStagesOfTheWinner) {
  const auto plan = plan_of(R"({"queryPlanner": {"namespace": "d.c", "winningPlan": {
      "stage": "SORT", "inputStage": {"stage": "FETCH", "inputStage": {
        "stage": "IXSCAN", "indexName": "a_1", "direction": "forward"}}},
      "rejectedPlans": [{"stage": "COLLSCAN"}]}, "ok": 1.0})");
  EXPECT_EQ(plan.text, "SORT\n  FETCH\n    IXSCAN indexName=a_1 direction=forward\n");
  ASSERT_EQ(plan.findings.size(), 2U);
  EXPECT_EQ(plan.findings[0].message, "uses the index a_1; sorts");
  EXPECT_EQ(plan.findings[1].subject, "SORT");
}

TEST(MongoPlan, FindsWhatIsSlow) {
  const auto plan = plan_of(R"({"queryPlanner": {"winningPlan": {"stage": "COLLSCAN"}},
      "executionStats": {"nReturned": 2, "totalDocsExamined": 50000}})");
  ASSERT_EQ(plan.findings.size(), 3U);
  EXPECT_EQ(plan.findings[1].severity, Severity::warning);
  EXPECT_THAT(plan.findings[2].message, testing::HasSubstr("50,000 documents are looked at for 2"));
}

// As DocumentDB answers.
TEST(MongoPlan, KnowsAnIndexThatIsOnlyAWayThroughAll) {
  const auto plan_by = [](std::string_view condition) {
    return plan_of(R"({"queryPlanner": {"Plan": {"Node Type": "Bitmap Index Scan",
        "Index Name": "_id_", "Index Cond": ")" +
                   std::string(condition) + R"("}}, "ok": 1})");
  };
  auto plan = plan_by("(shard_key_value = '20'::bigint)");
  ASSERT_EQ(plan.findings.size(), 2U);
  EXPECT_EQ(plan.findings[0].message, "uses no index");
  EXPECT_EQ(plan.findings[1].message, "every document of the collection is read");
  plan = plan_by("((shard_key_value = '20'::bigint) AND (object_id = '5'::bson))");
  ASSERT_EQ(plan.findings.size(), 1U);
  EXPECT_EQ(plan.findings[0].message, "uses the index _id_");
}

TEST(MongoPlan, KnowsALookupThatReadsAllEachTime) {
  const auto plan = plan_of(R"({"queryPlanner": {"winningPlan": {"queryPlan": {
      "stage": "EQ_LOOKUP", "strategy": "NestedLoopJoin", "inputStage": {
        "stage": "FETCH", "inputStage": {"stage": "IXSCAN", "indexName": "a_1"}}}}}, "ok": 1.0})");
  ASSERT_EQ(plan.findings.size(), 2U);
  EXPECT_EQ(plan.findings[1].subject, "EQ_LOOKUP");
}

// A classic plan that was run is there twice, with and without its counts; each stage is shown
// once.
TEST(MongoPlan, ShowsWhatWasRunWithItsCounts) {
  const auto plan = plan_of(R"({"explainVersion": "1", "queryPlanner": {
      "parsedQuery": {"stage": {"$eq": "x"}}, "winningPlan": {"stage": "COLLSCAN"}},
    "executionStats": {"nReturned": 2, "executionTimeMillis": 1500, "totalKeysExamined": 0,
      "totalDocsExamined": 9, "executionStages": {"stage": "SORT", "usedDisk": true, "nReturned": 2,
        "inputStage": {"stage": "COLLSCAN", "nReturned": 2, "docsExamined": 9}},
      "allPlansExecution": [{"executionStages": {"stage": "FETCH"}}]},
    "command": {"find": "c", "filter": {"stage": "x"}}, "ok": 1.0})");
  EXPECT_EQ(plan.text, "SORT nReturned=2\n  COLLSCAN nReturned=2 docsExamined=9\n");
  ASSERT_EQ(plan.findings.size(), 3U);
  EXPECT_EQ(plan.findings[0].message,
            "uses no index; looks at 0 keys and 9 documents for 2 that are returned, in 1,500 ms; "
            "sorts");
  EXPECT_EQ(plan.findings[1].message, "the result is sorted on disk");
}

// As MongoDB 7 answers for the slot-based engine.
TEST(MongoPlan, ReadsPlansOfTheSlotBasedEngine) {
  const auto plan = plan_of(R"({"explainVersion": "2", "queryPlanner": {"winningPlan": {
      "isCached": false, "queryPlan": {"stage": "GROUP", "planNodeId": 3, "inputStage": {
        "stage": "FETCH", "inputStage": {"stage": "IXSCAN", "indexName": "a_1"}}},
      "slotBasedPlan": {"slots": "$$RESULT=s11", "stages": "[3] mkbson s11"}}},
    "executionStats": {"nReturned": 4, "executionTimeMillis": 2, "totalKeysExamined": 40,
      "totalDocsExamined": 40, "executionStages": {"stage": "mkbson", "planNodeId": 3,
        "inputStage": {"stage": "nlj", "opens": 1}}}})");
  EXPECT_EQ(plan.text, "GROUP\n  FETCH\n    IXSCAN indexName=a_1\n");
  ASSERT_EQ(plan.findings.size(), 1U);
  EXPECT_EQ(
      plan.findings[0].message,
      "uses the index a_1; looks at 40 keys and 40 documents for 4 that are returned, in 2 ms");
}

// Stages of a pipeline, on shards.
TEST(MongoPlan, AddsUpWhatItsPartsCount) {
  const auto shard = [](int documents) {
    return R"({"stages": [{"$cursor": {"queryPlanner": {"winningPlan": {"stage": "COLLSCAN"}},
      "executionStats": {"nReturned": 1, "totalDocsExamined": )" +
           std::to_string(documents) + R"(, "executionStages": {"stage": "COLLSCAN"}}}},
      {"$group": {"_id": "$stage"}}]})";
  };
  const auto plan =
      plan_of(R"({"shards": {"a": )" + shard(1000) + R"(, "b": )" + shard(500) + "}}");
  EXPECT_EQ(plan.text, "COLLSCAN\nCOLLSCAN\n");
  EXPECT_EQ(plan.findings[0].message,
            "uses no index; looks at 0 keys and 1,500 documents for 2 that are returned, in 0 ms");
  EXPECT_EQ(plan.findings.size(), 3U);
}

std::string explained(std::string_view command) {
  const auto result = to_explain(**parse_document(command));
  if (!result) return std::string(name(result.error().code));
  std::string json;
  EXPECT_TRUE(append_json(json, *result->command, JsonForm::relaxed));
  return json + (result->note.empty() ? "" : " *");
}

TEST(MongoExplained, IsTheReadThatFindsWhatAWriteChanges) {
  EXPECT_EQ(explained(R"({"update": "c", "updates": [{"q": {"a": 1}, "u": {"b": 2}, "hint": "a_1",
      "collation": {"locale": "en"}}], "let": {"x": 1}, "$db": "d"})"),
            R"({"find": "c", "filter": {"a": 1}, "hint": "a_1", "collation": {"locale": "en"}, )"
            R"("let": {"x": 1}, "limit": 1, "$db": "d"} *)");
  EXPECT_EQ(explained(R"({"update": "c", "updates": [{"q": {}, "u": [], "multi": true}]})"),
            R"({"find": "c", "filter": {}} *)");
  EXPECT_EQ(explained(R"({"delete": "c", "deletes": [{"q": {"a": 1}, "limit": 0}]})"),
            R"({"find": "c", "filter": {"a": 1}} *)");
  EXPECT_EQ(explained(R"({"findAndModify": "c", "query": {"a": 1}, "sort": {"b": 1},
                          "remove": true})"),
            R"({"find": "c", "filter": {"a": 1}, "sort": {"b": 1}, "limit": 1} *)");
  EXPECT_EQ(explained(R"({"aggregate": "c", "pipeline": [{"$match": {"a": 1}}, {"$out": "d"}],
                          "cursor": {}})"),
            R"({"aggregate": "c", "pipeline": [{"$match": {"a": 1}}], "cursor": {}} *)");
  const char* const read = R"({"aggregate": "c", "pipeline": [{"$match": {}}], "cursor": {}})";
  EXPECT_EQ(explained(read), read);
  EXPECT_EQ(explained(R"({"distinct": "c", "key": "a"})"), R"({"distinct": "c", "key": "a"})");
  EXPECT_EQ(explained(R"({"delete": "c", "deletes": [{"q": {}}, {"q": {}}]})"), "invalid_argument");
  EXPECT_EQ(explained(R"({"update": "c"})"), "invalid_argument");
  for (const char* none : {R"({"insert": "c"})", R"({"drop": "c"})", R"({"ping": 1})"})
    EXPECT_EQ(explained(none), "unsupported");
}

TEST(MongoPlan, ShowsWhatItDoesNotKnow) {
  EXPECT_EQ(plan_of(R"({"other": "plan"})").text, R"({"other": "plan"})");
}

}  // namespace
}  // namespace dbops::mongodb
