#include "ops/metrics.h"

#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::HasSubstr;
using testing::Not;

AuditEntry entry(const std::string& tool, int64_t elapsed_ms, const std::string& code = {},
                 const std::string& connection = "shop") {
  AuditEntry made;
  made.tool = tool;
  made.connection = connection;
  made.error_code = code;
  made.elapsed_ms = elapsed_ms;
  return made;
}

std::string written(const Metrics& metrics) {
  std::string text;
  metrics.write(text);
  return text;
}

TEST(Metrics, CountsByToolConnectionAndOutcome) {
  Metrics metrics;
  metrics.count(entry("query", 3));
  metrics.count(entry("query", 3));
  metrics.count(entry("query", 3, "timeout"));
  metrics.count(entry("operate vacuum", 3));
  const std::string text = written(metrics);
  EXPECT_THAT(text, HasSubstr("dbops_calls_total{tool=\"query\",connection=\"shop\",outcome=\"ok\"}"
                              " 2\n"));
  EXPECT_THAT(text, HasSubstr("outcome=\"timeout\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{tool=\"operate\","));
  EXPECT_THAT(text, Not(HasSubstr("vacuum")));
}

TEST(Metrics, BucketsAddUp) {
  Metrics metrics;
  for (const int64_t ms : {0, 1, 2, 250, 60'000}) metrics.count(entry("query", ms));
  const std::string text = written(metrics);
  const std::string name = "dbops_call_duration_seconds";
  EXPECT_THAT(text, HasSubstr(name + "_bucket{tool=\"query\",le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{tool=\"query\",le=\"0.1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{tool=\"query\",le=\"0.25\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{tool=\"query\",le=\"30\"} 4\n"));
  EXPECT_THAT(text, HasSubstr(name + "_bucket{tool=\"query\",le=\"+Inf\"} 5\n"));
  EXPECT_THAT(text, HasSubstr(name + "_sum{tool=\"query\"} 60.253\n"));
  EXPECT_THAT(text, HasSubstr(name + "_count{tool=\"query\"} 5\n"));
}

TEST(Metrics, SeriesAreBounded) {
  Metrics metrics;
  for (size_t i = 0; i < Metrics::kSeriesMax + 100; ++i)
    metrics.count(entry("query", 1, {}, "c" + std::to_string(i)));
  const std::string text = written(metrics);
  EXPECT_THAT(text, HasSubstr("connection=\"other\",outcome=\"other\"} 100\n"));
}

TEST(Metrics, LabelsAreEscaped) { EXPECT_EQ(label_value("a\"b\\c\nd"), R"("a\"b\\c\nd")"); }

class WorkspaceMetrics : public OpsTest {};

TEST_F(WorkspaceMetrics, EveryCallIsCountedHoweverItEnds) {
  Collected sink;
  EXPECT_TRUE(query("SELECT 1", sink));
  EXPECT_FALSE(query("DELETE x", sink));
  EXPECT_FALSE(query("SELECT 1", sink, {}, "nowhere"));
  static_cast<void>(held());
  const std::string text = metrics_text(workspace_);
  EXPECT_THAT(text, HasSubstr("{tool=\"query\",connection=\"db\",outcome=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("{tool=\"query\",connection=\"db\",outcome=\"forbidden\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("{tool=\"query\",connection=\"\",outcome=\"not_found\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dbops_pool_sessions{connection=\"db\",state=\"busy\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("dbops_pool_waiting{connection=\"db\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("dbops_held_results 1\n"));
  EXPECT_THAT(text, HasSubstr("dbops_audit_failures_total 0\n"));
  EXPECT_THAT(text, HasSubstr("dbops_trace_spans_total{outcome=\"dropped\"} 0\n"));
}

}  // namespace
}  // namespace dbops::ops
