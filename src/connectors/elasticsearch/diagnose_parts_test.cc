// Figures of clusters that no test can have: terabytes, full disks, a thousand shards.
#include "connectors/elasticsearch/diagnose_parts.h"

#include <gmock/gmock-matchers.h>

namespace dbops::elasticsearch {
namespace {

using testing::HasSubstr;

std::string shard(const std::string& index, int number, int64_t bytes, const char* prirep = "p") {
  return R"({"index":")" + index + R"(","shard":")" + std::to_string(number) + R"(","prirep":")" +
         prirep + R"(","state":"STARTED","node":"n1","store":")" + std::to_string(bytes) + "\"}";
}
std::string said(const Findings& findings) {
  std::string text;
  for (const Finding& each : findings)
    text += std::string(name(each.severity)) + ' ' + each.subject + ": " + each.message + '\n';
  return text;
}
std::string sizes(const std::string& shards, int64_t per_node = 1000) {
  Findings findings;
  look_at_sizes(JsonView::trust("[" + shards + "]"), per_node, findings);
  return said(findings);
}

constexpr int64_t kGiga = int64_t{1} << 30;

TEST(ElasticDiagnoseSizes, OneShardThatHoldsMostOfAnIndex) {
  EXPECT_EQ(sizes(shard("a", 0, 9 * kGiga) + "," + shard("a", 1, kGiga) + "," +
                  shard("a", 2, kGiga) + "," + shard("b", 0, 9 * kGiga)),
            "warning a: shard 0 holds 9.0 GB, the others 1.0 GB on average\n");
  EXPECT_EQ(sizes(shard("a", 0, 2 * kGiga) + "," + shard("a", 1, kGiga)), "");
  EXPECT_EQ(sizes(shard("a", 0, 9000) + "," + shard("a", 1, 1)), "") << "small anyway";
  EXPECT_EQ(sizes(shard("a", 0, 9 * kGiga) + "," + shard("a", 0, kGiga, "r")), "")
      << "a replica is no other part";
}

TEST(ElasticDiagnoseSizes, OneThatIsTooLarge) {
  EXPECT_EQ(sizes(shard("a", 0, 60 * kGiga)), "warning a: its largest shard holds 60 GB\n");
}

TEST(ElasticDiagnoseSizes, TooManySmallOnes) {
  std::string shards = shard("few", 0, 1);
  for (int i = 0; i < 99; ++i) shards += "," + shard("many", i, 1000);
  EXPECT_EQ(
      sizes(shards),
      "warning size: 100 of 100 shards are below 1 GB, most of them in many (99 primaries)\n");
  EXPECT_THAT(sizes(shards, 120), HasSubstr("warning count: 100 shards, of 120"));
  EXPECT_EQ(sizes(shard("few", 0, 1)), "");
}

std::string heat(std::string_view stats) {
  Findings findings;
  look_at_heat(JsonView::trust(stats), findings);
  return said(findings);
}

TEST(ElasticDiagnoseHeat, TheShardThatDoesMostOfTheWork) {
  EXPECT_EQ(heat(R"({"indices": {"a": {"shards": {"0": [
                     {"search": {"query_time_in_millis": 70000}, "indexing": {"index_time_in_millis": 1}},
                     {"search": {"query_time_in_millis": 10000}}],
                   "1": [{"search": {"query_time_in_millis": 20000}}]}}}})"),
            "info a[0]: has done 80% of all the searching since the start\n");
  EXPECT_EQ(
      heat(
          R"({"indices": {"a": {"shards": {"0": [{"search": {"query_time_in_millis": 70000}}]}}}})"),
      "")
      << "the only one";
  EXPECT_EQ(heat(R"({"indices": {"a": {"shards": {"0": [{"search": {"query_time_in_millis": 700}}],
                                                  "1": [{"search": {"query_time_in_millis": 1}}]}}}})"),
            "")
      << "little work";
  EXPECT_EQ(heat("{}"), "");
}

TEST(ElasticDiagnoseUnassigned, EachDeciderHasItsAdvice) {
  const Finding finding = explain_unassigned(JsonView::trust(
      R"({"index": "a", "shard": 2, "primary": true, "unassigned_info": {"reason": "NODE_LEFT"},
          "can_allocate": "no", "allocate_explanation": "nowhere", "node_allocation_decisions": [
          {"deciders": [{"decider": "disk_threshold", "decision": "NO", "explanation": "full"},
                        {"decider": "same_shard", "decision": "YES", "explanation": "fine"}]},
          {"deciders": [{"decider": "disk_threshold", "decision": "NO", "explanation": "full too"},
                        {"decider": "filter", "decision": "NO", "explanation": "no box"}]}]})"));
  EXPECT_EQ(finding.severity, Severity::critical);
  EXPECT_EQ(finding.subject, "a[2] primary");
  EXPECT_EQ(finding.message, "is on no node (node_left): full; no box");
  EXPECT_THAT(finding.hint, HasSubstr("make room on the nodes' disks"));
  EXPECT_THAT(finding.hint, HasSubstr("index.routing.allocation"));
  const Finding lost = explain_unassigned(JsonView::trust(
      R"({"index": "a", "shard": 0, "primary": true, "can_allocate": "no_valid_shard_copy",
          "allocate_explanation": "all copies are gone"})"));
  EXPECT_EQ(lost.message, "is on no node: all copies are gone");
  EXPECT_THAT(lost.hint, HasSubstr("from a snapshot"));
}

TEST(ElasticDiagnoseDisks, Watermarks) {
  constexpr double kG = 1073741824.0;
  EXPECT_TRUE(is_over(read_watermark("85%", ""), 85, 10 * kG));
  EXPECT_FALSE(is_over(read_watermark("85%", ""), 84, 10 * kG));
  EXPECT_FALSE(is_over(read_watermark("85%", "200GB"), 90, 300 * kG)) << "a large disk";
  EXPECT_TRUE(is_over(read_watermark("85%", "200GB"), 90, 100 * kG));
  EXPECT_TRUE(is_over(read_watermark("0.9", ""), 91, kG));
  EXPECT_TRUE(is_over(read_watermark("50gb", ""), 10, 49 * kG));
  EXPECT_FALSE(is_over(read_watermark("50gb", ""), 99, 51 * kG));
  EXPECT_FALSE(is_over(read_watermark("1.5tb", ""), 99, 1600 * kG));
  for (const char* text : {"", "much", "%", "gb", "85%%"})
    EXPECT_FALSE(is_over(read_watermark(text, ""), 100, 0)) << text;
}

TEST(ElasticDiagnoseDisks, AdviceByTheMarksThatAreSet) {
  const auto disks = [](const std::string& settings, int percent, int64_t free) {
    Findings findings;
    look_at_disks(JsonView::trust(R"([{"node": "n1", "disk.percent": ")" + std::to_string(percent) +
                                  R"(", "disk.avail": ")" + std::to_string(free) +
                                  R"(", "shards": "3"}, {"node": "UNASSIGNED"}])"),
                  JsonView::trust(settings), findings);
    EXPECT_EQ(findings.size(), 1U);
    return std::string(name(findings[0].severity)) + ' ' + findings[0].hint.substr(0, 13);
  };
  EXPECT_EQ(disks("{}", 84, kGiga), "ok ");
  EXPECT_EQ(disks("{}", 86, kGiga), "warning over the low ");
  EXPECT_EQ(disks("{}", 91, kGiga), "critical over the high");
  EXPECT_EQ(disks("{}", 96, kGiga), "critical over the floo");
  const std::string low =
      R"({"persistent": {"cluster": {"routing": {"allocation": {"disk": {"watermark":
      {"low": "2gb"}}}}}}, "defaults": {"cluster": {"routing": {"allocation": {"disk": {"watermark":
      {"low": "85%", "high": "90%", "flood_stage": "95%"}}}}}}})";
  EXPECT_EQ(disks(low, 50, kGiga), "warning over the low ");
  EXPECT_EQ(disks(low, 89, 3 * kGiga), "ok ");
  EXPECT_EQ(disks(R"({"defaults": {"cluster": {"routing": {"allocation": {"disk": {
                      "threshold_enabled": "false"}}}}}})",
                  96, kGiga),
            "critical the server do");
}

}  // namespace
}  // namespace dbops::elasticsearch
