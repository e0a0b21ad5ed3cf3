#include "connectors/postgres/plan.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

namespace dbops::postgres {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// One plan node in the words of EXPLAIN (FORMAT JSON), with more fields behind the common ones.
std::string plan_of(const std::string& type, const std::string& fields) {
  return R"json([{"Plan": {"Node Type": ")json" + type +
         R"json(", "Startup Cost": 0, "Total Cost": 35, "Plan Rows": 10, "Plan Width": 4, )json" +
         fields + R"json(}, "Planning Time": 0.1}])json";
}

std::string analyzed(const std::string& rows, const std::string& loops, const std::string& more) {
  return R"json("Actual Startup Time": 0.01, "Actual Total Time": 1.5, "Actual Rows": )json" +
         rows + R"json(, "Actual Loops": )json" + loops + more;
}

std::vector<std::string> hot_spots(const std::string& json) {
  std::vector<std::string> spots;
  for (const Finding& finding : read_plan(json).findings) {
    EXPECT_TRUE(finding.severity <= Severity::info || !finding.hint.empty());
    EXPECT_EQ(finding.area, "plan");
    spots.push_back(finding.subject + ": " + finding.message);
  }
  return spots;
}

TEST(Plan, IsWrittenAsPeopleReadPlans) {
  const auto plan = read_plan(
      R"json([{"Plan": {"Node Type": "Hash Join", "Join Type": "Left", "Startup Cost": 1.5,
      "Total Cost": 20, "Plan Rows": 7, "Plan Width": 8, "Hash Cond": "(a.x = b.x)", "Plans": [
      {"Node Type": "Seq Scan", "Parent Relationship": "Outer", "Relation Name": "items",
       "Alias": "a", "Startup Cost": 0, "Total Cost": 1, "Plan Rows": 7, "Plan Width": 4,
       "Filter": "(x > 3)"},
      {"Node Type": "Index Scan", "Parent Relationship": "Inner", "Index Name": "b_pkey",
       "Relation Name": "b", "Alias": "b", "Startup Cost": 0, "Total Cost": 1, "Plan Rows": 7,
       "Plan Width": 4}]}, "Settings": {"work_mem": "1MB"}, "Planning Time": 0.25}])json");
  EXPECT_EQ(plan.text,
            "Hash Left Join  (cost=1.50..20.00 rows=7 width=8)\n"
            "  Hash Cond: (a.x = b.x)\n"
            "  -> Seq Scan on items a  (cost=0.00..1.00 rows=7 width=4)\n"
            "     Filter: (x > 3)\n"
            "  -> Index Scan using b_pkey on b  (cost=0.00..1.00 rows=7 width=4)\n"
            "Settings: work_mem: 1MB\n"
            "Planning Time: 0.250 ms\n");
  EXPECT_THAT(plan.findings, IsEmpty());
}

TEST(Plan, EscapesWhatNamesAndTextsHold) {
  EXPECT_THAT(read_plan(plan_of("Seq Scan", R"json("Relation Name": "a\u001b[31m")json")).text,
              HasSubstr("a\\x1b[31m"));
}

TEST(Plan, FindsAFilterThatDropsMostRows) {
  const auto json = [](const std::string& removed) {
    return plan_of("Seq Scan",
                   R"json("Relation Name": "items", "Filter": "(x = 1)", )json" +
                       analyzed("10", "1", R"json(, "Rows Removed by Filter": )json" + removed));
  };
  EXPECT_THAT(hot_spots(json("99990")),
              testing::ElementsAre("Seq Scan on items: reads 100,000 rows to keep 10: (x = 1)"));
  EXPECT_THAT(hot_spots(json("900")), IsEmpty());
}

TEST(Plan, FindsEstimatesThatAreFarOff) {
  EXPECT_THAT(hot_spots(plan_of("Seq Scan", analyzed("50000", "1", ""))),
              testing::ElementsAre(HasSubstr("expected 10 rows, got 50,000")));
  EXPECT_THAT(hot_spots(plan_of("Seq Scan", analyzed("900", "1", ""))), IsEmpty());
  EXPECT_THAT(hot_spots(plan_of("Seq Scan", analyzed("0", "0", ""))), IsEmpty());
}

TEST(Plan, FindsWhatSpillsToDisk) {
  EXPECT_THAT(hot_spots(plan_of("Sort", analyzed("10", "1",
                                                 R"json(, "Sort Space Type": "Disk",
                                                    "Sort Space Used": 2048)json"))),
              testing::ElementsAre(HasSubstr("sorts on disk, 2.0 MB")));
  EXPECT_THAT(hot_spots(plan_of("Hash", analyzed("10", "1", R"json(, "Hash Batches": 8)json"))),
              testing::ElementsAre(HasSubstr("8 batches")));
  EXPECT_THAT(hot_spots(plan_of("Hash", analyzed("10", "1", R"json(, "Hash Batches": 1)json"))),
              IsEmpty());
  EXPECT_THAT(
      hot_spots(plan_of("Aggregate", R"json("Strategy": "Hashed", )json" +
                                         analyzed("10", "1", R"json(, "Disk Usage": 100)json"))),
      testing::ElementsAre(HasSubstr("HashAggregate: aggregates on disk")));
}

TEST(Plan, FindsInnerSidesThatRunVeryOften) {
  EXPECT_THAT(hot_spots(plan_of("Seq Scan", R"json("Parent Relationship": "Inner", )json" +
                                                analyzed("1", "20000", ""))),
              testing::ElementsAre(HasSubstr("runs 20,000 times")));
}

TEST(Plan, WarnsOfABigScanThatWasOnlyPlanned) {
  EXPECT_THAT(hot_spots(R"json([{"Plan": {"Node Type": "Seq Scan", "Relation Name": "items",
                            "Startup Cost": 0, "Total Cost": 50000, "Plan Rows": 1,
                            "Plan Width": 4, "Filter": "(x = 1)"}}])json"),
              testing::ElementsAre(HasSubstr("will read the whole table")));
}

TEST(Plan, StaysWholeWhereItCannotBeRead) {
  for (const std::string& json : {std::string(), std::string("[]"), std::string("{"),
                                  std::string("[{}]"), std::string(200, '[')}) {
    const auto plan = read_plan(json);
    EXPECT_EQ(plan.text, json);
    EXPECT_EQ(plan.json, json);
    EXPECT_EQ(plan.findings.size(), 1U);
  }
}

}  // namespace
}  // namespace dbops::postgres
