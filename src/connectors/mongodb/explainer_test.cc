#include "connectors/mongodb/explainer.h"

#include <gmock/gmock.h>

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
  ASSERT_EQ(plan.findings.size(), 1U);
  EXPECT_EQ(plan.findings[0].subject, "SORT");
}

TEST(MongoPlan, FindsWhatIsSlow) {
  const auto plan = plan_of(R"({"queryPlanner": {"winningPlan": {"stage": "COLLSCAN"}},
      "executionStats": {"nReturned": 2, "totalDocsExamined": 50000}})");
  ASSERT_EQ(plan.findings.size(), 2U);
  EXPECT_EQ(plan.findings[0].severity, Severity::warning);
  EXPECT_THAT(plan.findings[1].message, testing::HasSubstr("50,000 documents are looked at for 2"));
}

TEST(MongoPlan, ShowsWhatItDoesNotKnow) {
  EXPECT_EQ(plan_of(R"({"other": "plan"})").text, R"({"other": "plan"})");
}

}  // namespace
}  // namespace dbops::mongodb
