// What every edition has, against the Apache edition; and what that edition refuses, and how.
#include "connectors/timescaledb/testing.h"

#include <algorithm>

#include "core/catalog.h"

namespace dbops::timescaledb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

Finding find(const std::vector<Finding>& findings, std::string_view area) {
  for (const Finding& finding : findings)
    if (finding.area == area) return finding;
  ADD_FAILURE() << "no finding of " << area;
  return {};
}

TEST(Apache, SaysWhatItIs) {
  Scratch scratch("ts_info");
  const auto info = scratch.session().info(context_of());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->product, "TimescaleDB");
  EXPECT_THAT(info->version, HasSubstr("Apache edition, on PostgreSQL 17"));
  const Report features = operate(scratch.session(), "features");
  EXPECT_THAT(features.rows,
              testing::Contains(ElementsAre("\"gap filling\"", "false", testing::_)));
}

TEST(Apache, RefusesWhatTheLicenceLacksWithTheReason) {
  Scratch scratch("ts_refused");
  scratch.make_metrics("m");
  for (
      const auto& [name, arguments] : std::vector<std::pair<const char*, const char*>>{
          {"compression", "{}"},
          {"enable_compression", R"j({"table": "ts_refused.m"})j"},
          {"compress_chunks", R"j({"table": "ts_refused.m"})j"},
          {"decompress_chunks", R"j({"table": "ts_refused.m"})j"},
          {"add_policy", R"j({"table": "ts_refused.m", "policy": "retention", "after": "1 day"})j"},
          {"remove_policy", R"j({"table": "ts_refused.m", "policy": "retention"})j"},
          {"create_continuous_aggregate",
           R"j({"view": "v", "table": "ts_refused.m", "bucket": "1 day", "aggregates": ["count(*)"]})j"},
          {"refresh_continuous_aggregate", R"j({"table": "ts_refused.m"})j"},
          {"run_job", R"j({"job": 1000})j"},
          {"alter_job", R"j({"job": 1000})j"},
          {"delete_job", R"j({"job": 1000})j"},
          {"add_job", R"j({"procedure": "ts_refused.p", "every": "1 hour"})j"},
          {"try_compression", R"j({"table": "ts_refused.m"})j"},
          {"set_real_time", R"j({"table": "ts_refused.m", "real_time": true})j"},
          {"reorder_chunk", R"j({"chunk": "_timescaledb_internal._hyper_1_1_chunk"})j"},
          {"move_chunk", R"j({"chunk": "c", "tablespace": "pg_default"})j"},
          {"time_series", R"j({"table": "ts_refused.m", "bucket": "1 day", "aggregates":
             ["count(*)"], "fill": "locf", "start": "2026-01-01", "end": "2026-01-02"})j"}}) {
    const auto answer = try_operate(scratch.session(), name, arguments);
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().code, Code::unsupported) << name << ": " << answer.error().message;
    EXPECT_THAT(answer.error().message, HasSubstr("its licence is \"apache\"")) << name;
  }
}

TEST(Apache, MakesHypertablesAndListsThem) {
  Scratch scratch("ts_list");
  scratch.make_metrics("m");
  const auto listing = scratch.session().catalog()->list(context_of(), {"ts_list"}, {});
  ASSERT_TRUE(listing) << listing.error().message;
  ASSERT_THAT(listing->items, SizeIs(1));
  EXPECT_EQ(listing->items[0].kind, "hypertable");
  EXPECT_EQ(listing->items[0].signature, "10 chunks");
  EXPECT_EQ(listing->items[0].rows, 240);
  EXPECT_GT(listing->items[0].bytes, 10 * 8192);
  // Chunks are not the user's tables.
  Catalog::Search search;
  search.pattern = "_hyper*";
  const auto chunks = scratch.session().catalog()->list(context_of(), {}, search);
  ASSERT_TRUE(chunks);
  EXPECT_THAT(chunks->items, SizeIs(0));
}

TEST(Apache, DescribesDimensionsAndChunks) {
  Scratch scratch("ts_describe");
  scratch.make_metrics("m");
  const auto all = scratch.session().catalog()->describe(context_of(), {{"ts_describe", "m"}});
  ASSERT_TRUE(all) << all.error().message;
  std::vector<std::string> features;
  for (const Feature& feature : all->front().features)
    if (feature.kind != "trigger")
      features.push_back(feature.kind + ' ' + feature.text.substr(0, 40));
  ASSERT_THAT(features, SizeIs(11));
  EXPECT_EQ(features[0], "dimension time, chunks of 1 day");
  EXPECT_EQ(features[1], "chunk 2026-01-10 00:00:00+00 to 2026-01-11 00:");
}

TEST(Apache, ConvertsATableWithItsRows) {
  Scratch scratch("ts_convert");
  scratch.write("CREATE TABLE ts_convert.\"Odd \"\"name\" (at timestamptz NOT NULL)");
  scratch.write("INSERT INTO ts_convert.\"Odd \"\"name\" VALUES ('2026-01-01'), ('2026-02-01')");
  const char* plain = R"j({"table": "ts_convert.\"Odd \"\"name\"", "time": "at"})j";
  const auto refused = try_operate(scratch.session(), "create_hypertable", plain);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().effect, Effect::none);
  const Report estimated =
      operate(scratch.session(), "create_hypertable",
              R"j({"table": "ts_convert.\"Odd \"\"name\"", "time": "at", "dry_run": true})j");
  ASSERT_THAT(estimated.rows, SizeIs(1));
  EXPECT_EQ(estimated.rows[0][0], "2");
  EXPECT_EQ(estimated.rows[0][4], "2");  // chunks
  const Report made =
      operate(scratch.session(), "create_hypertable",
              R"j({"table": "ts_convert.\"Odd \"\"name\"", "time": "at", "migrate_data": true})j");
  EXPECT_THAT(made.warnings[0], HasSubstr("ran: SELECT * FROM public.create_hypertable("));
  const Report chunks =
      operate(scratch.session(), "chunks", R"j({"table": "ts_convert.\"Odd \"\"name\""})j");
  ASSERT_THAT(chunks.rows, SizeIs(2));
  EXPECT_EQ(chunks.rows[0][5], "null") << "how many rows nobody has looked at";
}

TEST(Apache, DropsTheChunksThatTheDryRunShowed) {
  Scratch scratch("ts_drop");
  scratch.make_metrics("m");
  const char* dry = R"j({"table": "ts_drop.m", "older_than": "2026-01-04", "dry_run": true})j";
  const Report shown = operate(scratch.session(), "drop_chunks", dry);
  ASSERT_THAT(shown.rows, SizeIs(3));
  EXPECT_EQ(shown.rows[0][5], "24");  // rows of a day
  EXPECT_EQ(postgres::one(scratch.session(), "SELECT count(*) FROM ts_drop.m"), "240");
  const auto foreseen = foresee(scratch.session(), "drop_chunks",
                                R"j({"table": "ts_drop.m", "older_than": "2026-01-04"})j");
  ASSERT_TRUE(foreseen) << foreseen.error().message;
  EXPECT_THAT(*foreseen, testing::MatchesRegex("that is 3 chunks from 2026-01-01 00:00:00.00 to "
                                               "2026-01-04 00:00:00.00, .* KB, about 72 rows"));
  const Report dropped = operate(scratch.session(), "drop_chunks",
                                 R"j({"table": "ts_drop.m", "older_than": "2026-01-04"})j");
  ASSERT_THAT(dropped.rows, SizeIs(3));
  for (size_t i = 0; i < shown.rows.size(); ++i) {
    const std::string name = shown.rows[i][1].substr(1, shown.rows[i][1].size() - 2);
    EXPECT_THAT(dropped.rows[i][0], HasSubstr(name));
  }
  EXPECT_EQ(postgres::one(scratch.session(), "SELECT count(*) FROM ts_drop.m"), "168");
  const char* all = R"j({"table": "ts_drop.m"})j";
  EXPECT_EQ(foresee(scratch.session(), "drop_chunks", all).error().code, Code::invalid_argument);
  const auto unsaid = try_operate(scratch.session(), "drop_chunks", all);
  ASSERT_FALSE(unsaid);
  EXPECT_EQ(unsaid.error().code, Code::invalid_argument);
}

TEST(Apache, DropsNothingBelowTheAdminTier) {
  Scratch scratch("ts_tier");
  scratch.make_metrics("m");
  ConnectionOptions options =
      postgres::options_for(postgres::server_url("DBOPS_TEST_TIMESCALEDB"), Tier::write);
  const auto writer = connector().connect(context_of(), options);
  ASSERT_TRUE(writer);
  const auto refused = try_operate(**writer, "drop_chunks",
                                   R"j({"table": "ts_tier.m", "older_than": "2026-01-04"})j");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden);
  EXPECT_EQ(postgres::one(scratch.session(), "SELECT count(*) FROM ts_tier.m"), "240");
}

TEST(Apache, AnswersTimeSeries) {
  Scratch scratch("ts_series");
  scratch.make_metrics("m");
  const Report report = operate(scratch.session(), "time_series", R"j({
    "table": "ts_series.m", "bucket": "1 day", "group_by": ["device"],
    "aggregates": ["count(*)", "first(value)", "last(value)", "p50(value)"],
    "start": "2026-01-02", "end": "2026-01-03", "equals": {
    "device" : "d1"}
})j");
  ASSERT_THAT(report.rows, SizeIs(1));
  EXPECT_THAT(report.rows[0],
              ElementsAre("\"2026-01-02 00:00:00+00\"", "\"d1\"", "8", "25", "46", "35.5"));
  ASSERT_THAT(report.warnings, SizeIs(1));
  EXPECT_THAT(report.warnings[0], HasSubstr("ran: SELECT public.time_bucket(INTERVAL '1 day'"));
  const Report shown = operate(scratch.session(), "time_series", R"j({
    "table": "ts_series.m", "bucket": "1 day", "aggregates": ["count(*)"], "show": true
  })j");
  ASSERT_THAT(shown.rows, SizeIs(1));
  EXPECT_THAT(shown.rows[0][0], HasSubstr("GROUP BY 1 ORDER BY 1"));
}

TEST(Apache, FindsGaps) {
  Scratch scratch("ts_gaps");
  scratch.make_metrics("m");
  scratch.write("DELETE FROM ts_gaps.m WHERE at > '2026-01-03' AND at < '2026-01-05'");
  const Report report =
      operate(scratch.session(), "gaps", R"j({"table": "ts_gaps.m", "longer_than": "2 hours"})j");
  EXPECT_THAT(report.rows,
              ElementsAre(ElementsAre("\"2026-01-03 00:00:00+00\"", "\"2026-01-05 00:00:00+00\"",
                                      HasSubstr("2 days"))));
}

TEST(Apache, SaysWhatIsNoHypertable) {
  Scratch scratch("ts_plain");
  scratch.write(
      "CREATE TABLE ts_plain.t (at timestamptz NOT NULL, PRIMARY KEY (at))"
      " WITH (autovacuum_enabled = false)");
  scratch.write(
      "INSERT INTO ts_plain.t SELECT generate_series('2026-01-01'::timestamptz,"
      " '2026-02-01', '1 hour')");
  const auto refused = try_operate(scratch.session(), "chunks", R"j({"table": "ts_plain.t"})j");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_THAT(refused.error().message, HasSubstr("ts_plain.t is no hypertable"));
  const Report candidates = operate(scratch.session(), "hypertable_candidates");
  const auto found = std::find_if(candidates.rows.begin(), candidates.rows.end(),
                                  [](const auto& row) { return row[0] == "\"ts_plain\""; });
  ASSERT_NE(found, candidates.rows.end());
  EXPECT_EQ((*found)[4], "null") << "nobody has counted them";
}

TEST(Apache, ExplainsWhichChunksAreExcluded) {
  Scratch scratch("ts_explain");
  scratch.make_metrics("m");
  scratch.write("INSERT INTO ts_explain.m VALUES ('2026-01-20', 'd', 0)");
  const auto explain = [&](std::string_view text, bool analyze) {
    const auto script = connector().dialect().parse(text);
    return scratch.session().explainer()->explain(context_of(), *script, {}, analyze, Mode::read);
  };
  const auto narrow = explain("SELECT * FROM ts_explain.m WHERE at >= '2026-01-09'", false);
  ASSERT_TRUE(narrow) << narrow.error().message;
  EXPECT_EQ(find(narrow->findings, "chunks").message, "reads 3 of 11 chunks, 8 excluded");
  const auto wide = explain("SELECT count(*) FROM ts_explain.m WHERE value > 5", true);
  ASSERT_TRUE(wide) << wide.error().message;
  const Finding all = find(wide->findings, "chunks");
  EXPECT_EQ(all.message, "reads 11 of 11 chunks, 0 excluded");
  EXPECT_EQ(all.severity, Severity::warning);
  EXPECT_THAT(all.hint, HasSubstr("a condition on at"));
}

TEST(Apache, DiagnosesEveryArea) {
  Scratch scratch("ts_health");
  scratch.make_metrics("m");
  scratch.write("INSERT INTO ts_health.m VALUES (now() + interval '30 days', 'd', 0)");
  Diagnostics& diagnostics = *scratch.session().diagnostics();
  EXPECT_THAT(diagnostics.areas(),
              testing::IsSupersetOf({"jobs", "chunks", "compression", "policies", "indexes"}));
  for (const char* area : {"jobs", "chunks", "compression", "policies"}) {
    const auto findings = diagnostics.diagnose(context_of(), area);
    ASSERT_TRUE(findings) << area;
    for (const Finding& finding : *findings)
      EXPECT_THAT(finding.message, testing::Not(HasSubstr("could not be looked at"))) << area;
  }
  const auto chunks = diagnostics.diagnose(context_of(), "chunks");
  bool found = false;
  for (const Finding& finding : *chunks)
    found = found || (finding.subject == "ts_health.m" &&
                      finding.message.find("in the future") != std::string::npos);
  EXPECT_TRUE(found);
}

TEST(Apache, WorksWithoutTheExtension) {
  Scratch scratch("ts_none");
  scratch.write("DROP DATABASE IF EXISTS ts_without");
  scratch.write("CREATE DATABASE ts_without TEMPLATE template0");
  std::string url = postgres::server_url("DBOPS_TEST_TIMESCALEDB");
  url.replace(url.rfind('/') + 1, std::string::npos, "ts_without");
  {
    const auto plain = connector().connect(context_of(), postgres::options_for(url, Tier::admin));
    ASSERT_TRUE(plain) << plain.error().message;
    EXPECT_EQ(postgres::one(**plain, "SELECT 1"), "1");
    const auto info = (*plain)->info(context_of());
    ASSERT_TRUE(info);
    EXPECT_EQ(info->product, "PostgreSQL");
    const auto refused = try_operate(**plain, "hypertables", "{}");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unsupported);
    EXPECT_THAT(refused.error().hint, HasSubstr("CREATE EXTENSION timescaledb"));
    EXPECT_TRUE((*plain)->catalog()->list(context_of(), {"public"}, {}));
  }
  scratch.write("DROP DATABASE ts_without WITH (FORCE)");
}

}  // namespace
}  // namespace dbops::timescaledb
