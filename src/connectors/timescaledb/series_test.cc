#include "connectors/timescaledb/series.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace dbops::timescaledb {
namespace {

using testing::HasSubstr;

Series example() {
  Series series;
  series.relation = "public.m";
  series.schema = "ts";
  series.time = {"at", "timestamp with time zone", false};
  series.bucket = "1 hour";
  series.aggregates = {"avg(value)"};
  return series;
}

std::string statement(const Series& series) {
  const auto sql = series_statement(series);
  return sql ? *sql : "error: " + sql.error().message;
}

TEST(Series, IsAStatementOfNamesAndValues) {
  Series series = example();
  series.group_by = {"device", "two words"};
  series.start = "2026-01-01";
  series.end = "now";
  series.timezone = "Europe/Berlin";
  series.limit = 10;
  series.descending = true;
  EXPECT_EQ(statement(series),
            "SELECT ts.time_bucket(INTERVAL '1 hour', at, 'Europe/Berlin') AS bucket, device,"
            " \"two words\", avg(value) AS avg_value FROM public.m"
            " WHERE at >= '2026-01-01'::timestamp with time zone"
            " AND at < 'now'::timestamp with time zone"
            " GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2, 3 LIMIT 10");
}

TEST(Series, TakesAggregatesFromItsListAlone) {
  Series series = example();
  series.aggregates = {"count(*)", "first(x)", "delta(x)", "p95(x)", "p5(x)", "median(x)"};
  EXPECT_THAT(statement(series),
              HasSubstr("count(*) AS count, ts.first(x, at) AS first_x,"
                        " ts.last(x, at) - ts.first(x, at) AS delta_x,"
                        " percentile_cont(0.95) WITHIN GROUP (ORDER BY x) AS p95_x,"
                        " percentile_cont(0.05) WITHIN GROUP (ORDER BY x) AS p5_x,"
                        " percentile_cont(0.5) WITHIN GROUP (ORDER BY x) AS median_x FROM"));
  series.aggregates = {"approx_p95(x)"};
  EXPECT_THAT(statement(series), HasSubstr("error: approx_p95 needs the extension"));
  series.toolkit = "kit";
  EXPECT_THAT(statement(series),
              HasSubstr("kit.approx_percentile(0.95, kit.percentile_agg(x)) AS approx_p95_x FROM"));
  for (const char* wrong :
       {"", "avg", "approx_p0(x)", "approx_(x)", "avg()", "avg(x", "sum(*)", "pg_sleep(x)",
        "AVG(x)", "p0(x)", "p100(x)", "p-1(x)", "avg (x)", "avg(x) + 1"}) {
    series.aggregates = {wrong};
    EXPECT_THAT(statement(series), HasSubstr("error: the aggregate")) << wrong;
  }
  series.aggregates = {};
  EXPECT_THAT(statement(series), HasSubstr("error: one aggregate is needed"));
  series.aggregates.assign(kAggregatesMax + 1, "count(*)");
  EXPECT_THAT(statement(series), HasSubstr("error: one aggregate is needed"));
}

TEST(Series, QuotesWhatWouldLeaveItsPlace) {
  Series series = example();
  series.time.name = "a\"b";
  series.aggregates = {"avg(x) FROM secrets; drop table m; --)"};
  series.group_by = {"select"};
  series.bucket = "1 hour', now()) --";
  EXPECT_EQ(statement(series),
            "SELECT ts.time_bucket(INTERVAL '1 hour'', now()) --', \"a\"\"b\") AS bucket,"
            " \"select\", avg(\"x) FROM secrets; drop table m; --\") AS"
            " \"avg_x) FROM secrets; drop table m; --\" FROM public.m GROUP BY 1, 2 ORDER BY 1, 2");
}

TEST(Series, FillsGapsBetweenTwoEnds) {
  Series series = example();
  series.fill = Fill::locf;
  EXPECT_THAT(statement(series), HasSubstr("error: filling gaps needs to know"));
  series.start = "2026-01-01";
  series.end = "2026-01-02";
  EXPECT_THAT(statement(series),
              HasSubstr("ts.time_bucket_gapfill(INTERVAL '1 hour', at) AS bucket,"
                        " ts.locf(avg(value)) AS avg_value"));
  series.fill = Fill::interpolate;
  EXPECT_THAT(statement(series), HasSubstr("ts.interpolate(avg(value))"));
  series.fill = Fill::null;
  EXPECT_THAT(statement(series), HasSubstr("at) AS bucket, avg(value) AS"));
}

TEST(Series, CountsWhereTimeIsANumber) {
  Series series = example();
  series.time = {"at", "bigint", true};
  EXPECT_THAT(statement(series), HasSubstr("error: \"1 hour\" is no span of at, which is bigint"));
  series.bucket = "3600";
  series.start = "-5";
  EXPECT_EQ(statement(series),
            "SELECT ts.time_bucket(3600, at) AS bucket, avg(value) AS avg_value"
            " FROM public.m WHERE at >= -5 GROUP BY 1 ORDER BY 1");
  series.start = "1; drop table m";
  EXPECT_THAT(statement(series), HasSubstr("is no value of at"));
  series.start = "";
  series.timezone = "UTC";
  EXPECT_THAT(statement(series), HasSubstr("error: a time zone needs a column"));
}

TEST(Series, FindsGapsByGroup) {
  Series series = example();
  series.group_by = {"device"};
  const auto sql = gaps_statement(series, "5 minutes");
  ASSERT_TRUE(sql);
  EXPECT_EQ(*sql,
            "SELECT device, gap_start, gap_end, gap_end - gap_start AS gap FROM (SELECT device,"
            " lag(at) OVER (PARTITION BY device ORDER BY at) AS gap_start, at AS"
            " gap_end FROM public.m) t WHERE gap_end - gap_start > INTERVAL '5 minutes'"
            " ORDER BY gap_start");
}

}  // namespace
}  // namespace dbops::timescaledb
