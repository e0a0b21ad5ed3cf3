// What the Timescale licence adds: compression, policies, jobs, continuous aggregates, gap filling.
#include "connectors/timescaledb/testing.h"

#include "core/catalog.h"

namespace dbops::timescaledb {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr auto kLicensed = Server::licensed;

TEST(Licensed, SaysWhatItIs) {
  Scratch scratch("tl_info", kLicensed);
  const auto info = scratch.session().info(context_of());
  ASSERT_TRUE(info);
  EXPECT_THAT(info->version, HasSubstr("all features"));
  for (const Row& row : operate(scratch.session(), "features").rows)
    EXPECT_EQ(row[1], row[0].find("toolkit") == std::string::npos ? "true" : "false") << row[0];
}

TEST(Licensed, CompressesAndDecompressesChunks) {
  Scratch scratch("tl_compress", kLicensed);
  scratch.make_metrics("m");
  Session& session = scratch.session();
  const Report enabled =
      operate(session, "enable_compression",
              R"j({"table": "tl_compress.m", "segment_by": ["device"], "order_by": ["at desc"]})j");
  EXPECT_THAT(enabled.warnings[0], HasSubstr("timescaledb.compress_segmentby = 'device'"));
  const char* old = R"j({"table": "tl_compress.m", "older_than": "2026-01-04"})j";
  EXPECT_THAT(operate(session, "compress_chunks", old).rows, SizeIs(3));
  const Report gained = operate(session, "compression");
  ASSERT_THAT(gained.rows, Contains(Contains("\"tl_compress\"")));
  size_t compressed = 0;
  for (const Row& row : operate(session, "chunks", R"j({"table": "tl_compress.m"})j").rows)
    compressed += row[4] == "true";
  EXPECT_EQ(compressed, 3U);

  const auto described = session.catalog()->describe(context_of(), {{"tl_compress", "m"}});
  ASSERT_TRUE(described) << described.error().message;
  std::vector<std::string> settings;
  for (const Feature& feature : described->front().features)
    if (feature.kind == "compression") settings.push_back(feature.name + ": " + feature.text);
  EXPECT_THAT(settings, ElementsAre("device: segment by", "at: order by desc",
                                    testing::StartsWith("gained: 3 chunks, ")));

  const auto script = connector().dialect().parse("SELECT * FROM tl_compress.m");
  const auto plan = session.explainer()->explain(context_of(), *script, {}, false, Mode::read);
  ASSERT_TRUE(plan) << plan.error().message;
  std::vector<std::string> messages;
  for (const Finding& finding : plan->findings) messages.push_back(finding.message);
  EXPECT_THAT(messages, Contains(HasSubstr("3 chunks are decompressed: up to 72 rows, ")));

  EXPECT_THAT(operate(session, "decompress_chunks", old).rows, SizeIs(3));
  EXPECT_EQ(postgres::one(session, "SELECT count(*) FROM tl_compress.m"), "240");
}

TEST(Licensed, TakesHypertablesThatAreMadeByATablesOptions) {
  Scratch scratch("tl_with", kLicensed);
  scratch.write(
      "CREATE TABLE tl_with.m (at timestamptz NOT NULL, device text) WITH "
      "(tsdb.hypertable, tsdb.partition_column = 'at', tsdb.segmentby = 'device')");
  const auto listing = scratch.session().catalog()->list(context_of(), {"tl_with"}, {});
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->items.at(0).kind, "hypertable");
}

TEST(Licensed, KeepsContinuousAggregates) {
  Scratch scratch("tl_cagg", kLicensed);
  scratch.make_metrics("m");
  Session& session = scratch.session();
  operate(session, "create_continuous_aggregate",
          R"j({"view": "tl_cagg.daily", "table": "tl_cagg.m",
    "bucket": "1 day", "aggregates": ["avg(value)", "count(*)"], "group_by": ["device"]
})j");
  EXPECT_EQ(postgres::one(session, "SELECT count(*) FROM tl_cagg.daily"), "0");
  operate(session, "refresh_continuous_aggregate", R"j({"table": "tl_cagg.daily"})j");
  EXPECT_EQ(postgres::one(session, "SELECT count(*) FROM tl_cagg.daily"), "30");
  const Report listed = operate(session, "continuous_aggregates");
  EXPECT_THAT(listed.rows, Contains(Contains("\"tl_cagg.m\"")));
  const auto listing = session.catalog()->list(context_of(), {"tl_cagg"}, {});
  ASSERT_TRUE(listing) << listing.error().message;
  std::vector<std::string> kinds;
  for (const Item& item : listing->items) kinds.push_back(item.kind);
  EXPECT_THAT(kinds, ElementsAre("hypertable", "continuous aggregate"));
  const auto described = session.catalog()->describe(context_of(), {{"tl_cagg", "daily"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_THAT(described->front().definition, HasSubstr("time_bucket"));
  const auto findings = session.diagnostics()->diagnose(context_of(), "policies");
  ASSERT_TRUE(findings);
  std::vector<std::string> subjects;
  for (const Finding& finding : *findings) subjects.push_back(finding.subject);
  EXPECT_THAT(subjects, Contains("tl_cagg.daily"));  // Nothing refreshes it.
}

TEST(Licensed, KeepsAggregatesOfAggregates) {
  Scratch scratch("tl_levels", kLicensed);
  scratch.make_metrics("m");
  Session& session = scratch.session();
  operate(session, "create_continuous_aggregate",
          R"j({"view": "tl_levels.six_hours", "table": "tl_levels.m", "bucket": "6 hours",
               "aggregates": ["max(value)", "count(*)"]})j");
  operate(session, "create_continuous_aggregate",
          R"j({"view": "tl_levels.daily", "table": "tl_levels.six_hours", "bucket": "1 day",
               "aggregates": ["max(max_value)", "sum(count)"], "real_time": true})j");
  const auto listed = [&](std::string_view name) {
    for (const Row& row : operate(session, "continuous_aggregates").rows)
      if (row[1] == name && row[0] == "\"tl_levels\"") return row;
    return Row(12);
  };
  EXPECT_EQ(listed("\"daily\"")[2], "\"tl_levels.six_hours\"");
  EXPECT_EQ(listed("\"daily\"")[3], "true");
  EXPECT_EQ(listed("\"daily\"")[5], "null");  // Never refreshed.
  const auto described = session.catalog()->describe(context_of(), {{"tl_levels", "daily"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_THAT(described->front().properties,
              Contains(testing::Pair("source", "tl_levels.six_hours")));

  operate(session, "refresh_continuous_aggregate",
          R"j({"table": "tl_levels.six_hours", "end": "2026-01-09"})j");
  operate(session, "refresh_continuous_aggregate", R"j({"table": "tl_levels.daily"})j");
  EXPECT_EQ(listed("\"six_hours\"")[5], "\"2026-01-09 00:00:00+00\"");
  EXPECT_EQ(listed("\"six_hours\"")[6], "0");
  EXPECT_EQ(postgres::one(session, "SELECT sum(sum_count) FROM tl_levels.daily"), "\"192\"");
  // Rows that change before that are known to be missing.
  scratch.write("INSERT INTO tl_levels.m VALUES ('2026-01-02 00:30', 'd0', 1)");
  EXPECT_EQ(listed("\"six_hours\"")[6], "1");

  operate(session, "set_real_time", R"j({"table": "tl_levels.daily", "real_time": false})j");
  EXPECT_EQ(listed("\"daily\"")[3], "false");
}

TEST(Licensed, TriesCompressionAndTakesItBack) {
  Scratch scratch("tl_try", kLicensed);
  scratch.make_metrics("m");
  scratch.write(
      "INSERT INTO tl_try.m SELECT '2026-01-03'::timestamptz + i * interval '1 s', 'd' || "
      "i % 2, i FROM generate_series(1, 4000) i");
  const std::string counted = "SELECT count(*) FROM _timescaledb_catalog.hypertable";
  const std::string before = postgres::one(scratch.session(), counted);
  const Report tried =
      operate(scratch.session(), "try_compression",
              R"j({"table": "tl_try.m", "segment_by": ["device"], "order_by": ["at desc"]})j");
  ASSERT_THAT(tried.rows, SizeIs(1));
  EXPECT_EQ(tried.rows[0][1], "4024");
  const auto bytes = [&](size_t column) { return tried.rows[0][column].size(); };
  EXPECT_GT(bytes(2), bytes(3)) << "a figure less at least";
  EXPECT_EQ(tried.rows[0][5], "\"574.9\"") << "rows in a batch: 4024 in 7";
  EXPECT_THAT(tried.warnings[0], HasSubstr("ran, and took back: CREATE TABLE"));
  EXPECT_EQ(postgres::one(scratch.session(), counted), before);
  EXPECT_EQ(postgres::one(scratch.session(), "SELECT count(*) FROM tl_try.m"), "4240");
}

TEST(Licensed, SaysWhichChunksAreCompressedInPart) {
  Scratch scratch("tl_part", kLicensed);
  scratch.make_metrics("m");
  Session& session = scratch.session();
  operate(session, "enable_compression", R"j({"table": "tl_part.m", "segment_by": ["device"]})j");
  operate(session, "compress_chunks", R"j({"table": "tl_part.m", "older_than": "2026-01-02"})j");
  scratch.write("INSERT INTO tl_part.m VALUES ('2026-01-01 00:30', 'd0', 1)");
  const Report health = operate(session, "chunk_health", R"j({"table": "tl_part.m"})j");
  EXPECT_EQ(health.rows.at(0)[8], "\"partly compressed\"");
  EXPECT_THAT(health.rows.at(0)[9], HasSubstr("rows came after it was compressed"));
}

TEST(Licensed, RunsPolicies) {
  Scratch scratch("tl_policy", kLicensed);
  scratch.make_metrics("m");
  Session& session = scratch.session();
  const Report added =
      operate(session, "add_policy",
              R"j({"table": "tl_policy.m", "policy": "retention", "after": "1 day"})j");
  ASSERT_THAT(added.rows, SizeIs(1));
  const std::string job = R"j({"job": )j" + added.rows[0][0];
  EXPECT_THAT(operate(session, "jobs").rows, Contains(Contains("\"tl_policy.m\"")));
  const Report paused = operate(session, "alter_job", job + R"j(, "scheduled": false})j");
  EXPECT_EQ(paused.rows.at(0)[2], "false");
  const auto findings = session.diagnostics()->diagnose(context_of(), "jobs");
  ASSERT_TRUE(findings);
  std::vector<std::string> messages;
  for (const Finding& finding : *findings) messages.push_back(finding.message);
  EXPECT_THAT(messages, Contains("policy_retention is paused"));
  operate(session, "run_job", job + "}");
  EXPECT_EQ(postgres::one(session, "SELECT count(*) FROM tl_policy.m"), "0");
  operate(session, "remove_policy", R"j({"table": "tl_policy.m", "policy": "retention"})j");
  EXPECT_THAT(operate(session, "jobs").rows, testing::Not(Contains(Contains("\"tl_policy.m\""))));
}

TEST(Licensed, RunsJobsOfOnesOwn) {
  Scratch scratch("tl_own", kLicensed);
  scratch.write(
      "CREATE TABLE tl_own.runs (n int);"
      "CREATE PROCEDURE tl_own.\"my job\"(job int, config jsonb) LANGUAGE sql AS "
      "'INSERT INTO tl_own.runs SELECT (config->>''n'')::int'");
  Session& session = scratch.session();
  const char* given = R"j({"procedure": "tl_own.\"my job\"", "every": "1 hour",
                           "config": {"n": 7, "it's": "\"odd\""}, "scheduled": false})j";
  const Report added = operate(session, "add_job", given);
  ASSERT_THAT(added.rows, SizeIs(1));
  EXPECT_THAT(added.warnings[0], HasSubstr("::regproc, schedule_interval => INTERVAL '1 hour'"));
  const std::string job = R"j({"job": )j" + added.rows[0][0];
  const auto runs = [&] {
    return postgres::one(session, "SELECT coalesce(sum(n), 0) FROM tl_own.runs");
  };
  EXPECT_EQ(runs(), "0");
  operate(session, "run_job", job + "}");
  EXPECT_EQ(runs(), "7");
  // What is run by hand is not in the server's history; that it can be asked for is all there is.
  EXPECT_THAT(operate(session, "job_history", job + "}").schema, SizeIs(7));
  EXPECT_EQ(operate(session, "alter_job", job + R"j(, "every": "2 hours"})j").rows.at(0)[2],
            "false");
  operate(session, "delete_job", job + "}");
  EXPECT_EQ(postgres::one(session,
                          "SELECT count(*) FROM timescaledb_information.jobs WHERE proc_schema = "
                          "'tl_own'"),
            "0");
}

TEST(Licensed, MovesAndReordersChunks) {
  Scratch scratch("tl_chunk", kLicensed);
  scratch.make_metrics("m");
  scratch.write("CREATE INDEX by_device ON tl_chunk.m (device, at)");
  Session& session = scratch.session();
  const std::string chunk = postgres::one(
      session,
      "SELECT pg_catalog.format('%I.%I', chunk_schema, chunk_name)::pg_catalog.text FROM "
      "timescaledb_information.chunks WHERE hypertable_schema = 'tl_chunk' ORDER BY range_start "
      "LIMIT 1");
  const std::string path = chunk.substr(1, chunk.size() - 2);  // Shown in quotes.
  const auto node = [&] {
    return postgres::one(session, "SELECT pg_catalog.pg_relation_filenode('" + path + "')");
  };
  const std::string before = node();
  const Report reordered =
      operate(session, "reorder_chunk",
              R"j({"chunk": ")j" + path + R"j(", "index": "tl_chunk.by_device"})j");
  EXPECT_THAT(reordered.warnings[0], HasSubstr("reorder_chunk('"));
  EXPECT_NE(node(), before) << "it was written anew";
  const std::string between = node();
  operate(session, "move_chunk",
          R"j({"chunk": ")j" + path +
              R"j(", "tablespace": "pg_default", "index": "tl_chunk.by_device"})j");
  EXPECT_NE(node(), between);
  EXPECT_EQ(postgres::one(session, "SELECT count(*) FROM tl_chunk.m"), "240");
}

TEST(Licensed, FillsGaps) {
  Scratch scratch("tl_fill", kLicensed);
  scratch.make_metrics("m");
  scratch.write("DELETE FROM tl_fill.m WHERE at > '2026-01-03' AND at < '2026-01-03 04:00'");
  const auto values = [&](const std::string& fill) {
    std::vector<std::string> cells;
    const Report report = operate(scratch.session(), "time_series",
                                  R"j({"table": "tl_fill.m", "bucket": "1 hour",
      "aggregates": ["max(value)"], "start": "2026-01-03", "end": "2026-01-03 05:00", "fill": ")j" +
                                      fill + "\"}");
    for (const Row& row : report.rows) cells.push_back(row[1]);
    return cells;
  };
  EXPECT_THAT(values("none"), ElementsAre("49", "53"));
  EXPECT_THAT(values("null"), ElementsAre("49", "null", "null", "null", "53"));
  EXPECT_THAT(values("locf"), ElementsAre("49", "49", "49", "49", "53"));
  EXPECT_THAT(values("interpolate"), ElementsAre("49", "50", "51", "52", "53"));
}

}  // namespace
}  // namespace dbops::timescaledb
