// What a time series is like, and how hypertables are cut, against the Apache edition.
#include <cmath>

#include "connectors/timescaledb/testing.h"

namespace dbops::timescaledb {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Analysis, FindsLateRowsByTheColumnThatSaysWhenTheyCame) {
  Scratch scratch("ta_late");
  scratch.write("CREATE TABLE ta_late.m (at timestamptz NOT NULL, \"g1\" text, came timestamptz)");
  operate(scratch.session(), "create_hypertable", R"j({"table": "ta_late.m", "time": "at"})j");
  scratch.write(
      "INSERT INTO ta_late.m VALUES ('2026-01-01 00:00', 'a', '2026-01-01 00:00:01'),"
      " ('2026-01-01 00:01', 'a', '2026-01-01 01:01'), ('2026-01-01 00:02', NULL, '2026-01-01')");
  const Report report = operate(scratch.session(), "late_rows", R"j({"table": "ta_late.m",
    "later_than": "1 minute", "arrived": "came", "group_by": ["g1"]})j");
  EXPECT_THAT(report.rows, ElementsAre(ElementsAre("\"a\"", "2", "1", "\"01:00:00\""),
                                       ElementsAre("null", "1", "0", "\"00:00:00\"")));
}

TEST(Analysis, FindsLateRowsByTheOrderTheyAreStoredIn) {
  Scratch scratch("ta_order");
  scratch.make_metrics("m");
  const char* late = R"j({"table": "ta_order.m", "later_than": "30 minutes"})j";
  EXPECT_THAT(operate(scratch.session(), "late_rows", late).rows,
              ElementsAre(ElementsAre("240", "0", "\"00:00:00\"")));
  scratch.write("INSERT INTO ta_order.m VALUES ('2026-01-05 03:30', 'd0', 1)");
  EXPECT_THAT(operate(scratch.session(), "late_rows", late).rows,
              ElementsAre(ElementsAre("241", "1", "\"19:30:00\"")));
}

TEST(Analysis, CountsSeriesAndNewOnes) {
  Scratch scratch("ta_card");
  scratch.make_metrics("m");
  scratch.write("INSERT INTO ta_card.m VALUES ('2026-01-03 01:30', 'new', 1)");
  const Report report = operate(scratch.session(), "cardinality", R"j({"table": "ta_card.m",
    "bucket": "1 day", "group_by": ["device"], "start": "2026-01-02", "end": "2026-01-05"})j");
  EXPECT_THAT(report.rows,
              ElementsAre(ElementsAre("\"2026-01-02 00:00:00+00\"", "24", "3", "3", "8"),
                          ElementsAre("\"2026-01-03 00:00:00+00\"", "25", "4", "1", "8"),
                          ElementsAre("\"2026-01-04 00:00:00+00\"", "24", "3", "0", "8")));
}

TEST(Analysis, AnswersRatesOfCountersThatBeginAnew) {
  Scratch scratch("ta_rate");
  scratch.write("CREATE TABLE ta_rate.m (at bigint NOT NULL, n int)");
  operate(scratch.session(), "create_hypertable",
          R"j({"table": "ta_rate.m", "time": "at", "interval": "1000"})j");
  scratch.write("INSERT INTO ta_rate.m VALUES (0, 5), (10, 25), (20, 4), (30, 10), (100, 10)");
  const auto rates = [&](const char* counter) {
    return operate(scratch.session(), "rate",
                   R"j({"table": "ta_rate.m", "column": "n", "bucket": "100", "counter": )j" +
                       std::string(counter) + "}")
        .rows;
  };
  EXPECT_THAT(rates("true"),
              ElementsAre(ElementsAre("0", "30", "1", "1"), ElementsAre("100", "0", "0", "0")));
  EXPECT_THAT(rates("false")[0], ElementsAre("0", "5", testing::StartsWith("0.1666"), "1"));
}

TEST(Analysis, FindsOutliersOfEachGroup) {
  Scratch scratch("ta_out");
  scratch.make_metrics("m");
  scratch.write(
      "UPDATE ta_out.m SET value = value / 1000; UPDATE ta_out.m SET value = 99 WHERE at "
      "= '2026-01-02 05:00'; INSERT INTO ta_out.m SELECT '2026-01-01'::timestamptz + i * "
      "interval '1 minute', NULL, CASE i WHEN 7 THEN -3 ELSE 1 END FROM "
      "generate_series(1, 20) i");
  const char* asked =
      R"j({"table": "ta_out.m", "column": "value", "group_by": ["device"], "threshold": "5"})j";
  const Report report = operate(scratch.session(), "outliers", asked);
  ASSERT_THAT(report.rows, SizeIs(2));
  EXPECT_EQ(report.rows[0][0], "\"2026-01-02 05:00:00+00\"");
  EXPECT_EQ(report.rows[0][2], "99");
  // All others are alike, so the mean deviation is what is measured by.
  EXPECT_THAT(report.rows[1],
              ElementsAre("\"2026-01-01 00:07:00+00\"", "null", "-3", "1", HasSubstr("15.96")));
  for (const char* wrong : {"0", "-1", "nan", "much", "1x"}) {
    const auto refused =
        try_operate(scratch.session(), "outliers",
                    R"j({"table": "ta_out.m", "column": "value", "threshold": ")j" +
                        std::string(wrong) + "\"}");
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(refused.error().code, Code::invalid_argument) << wrong;
  }
}

TEST(Analysis, ReducesACurve) {
  Scratch scratch("ta_curve");
  scratch.make_metrics("m");
  scratch.write(
      "UPDATE ta_curve.m SET value = CASE WHEN at = '2026-01-04 07:00' THEN 50 ELSE 1 END");
  const Report report = operate(scratch.session(), "downsample",
                                R"j({"table": "ta_curve.m", "column": "value", "points": 10})j");
  ASSERT_THAT(report.rows, SizeIs(10));
  EXPECT_THAT(report.rows.front(), ElementsAre("\"2026-01-01 00:00:00+00\"", "1"));
  EXPECT_THAT(report.rows, Contains(ElementsAre("\"2026-01-04 07:00:00+00\"", "50")));
  EXPECT_THAT(report.rows.back(), ElementsAre("\"2026-01-10 23:00:00+00\"", "1"));
  EXPECT_THAT(operate(scratch.session(), "downsample",
                      R"j({"table": "ta_curve.m", "column": "value", "end": "2026-01-01"})j")
                  .rows,
              IsEmpty());
  EXPECT_THAT(operate(scratch.session(), "downsample",
                      R"j({"table": "ta_curve.m", "column": "value", "show": true})j")
                  .rows[0][0],
              HasSubstr("ORDER BY at"));
}

TEST(Analysis, SaysHowChunksFareAndShouldBeCut) {
  Scratch scratch("ta_cut");
  scratch.make_metrics("m");
  scratch.write("INSERT INTO ta_cut.m VALUES (now() + interval '30 days', 'd', 0)");
  const Report health = operate(scratch.session(), "chunk_health", R"j({"table": "ta_cut.m"})j");
  ASSERT_THAT(health.rows, SizeIs(11));
  EXPECT_THAT(health.rows[0][9], HasSubstr("never analyzed"));
  EXPECT_THAT(health.rows[0][9], HasSubstr("lies in the future"));
  EXPECT_EQ(health.rows[1][9], "null");
  EXPECT_EQ(health.rows[1][4], "24");

  std::vector<std::string> advice;
  for (const Row& row : operate(scratch.session(), "chunk_intervals").rows)
    if (row[0] == "\"ta_cut\"") advice = row;
  ASSERT_THAT(advice, SizeIs(8));
  EXPECT_EQ(advice[3], "\"1 day\"");
  EXPECT_EQ(advice[6], "\"30 days\"");
  EXPECT_THAT(advice[7], HasSubstr("small chunks"));
}

TEST(Analysis, AdvisesHowToCompress) {
  Scratch scratch("ta_segment");
  scratch.write(
      "CREATE TABLE ta_segment.m (at timestamptz NOT NULL, device text, id uuid, v float8)");
  operate(scratch.session(), "create_hypertable", R"j({"table": "ta_segment.m", "time": "at"})j");
  const auto advice = [&] {
    return operate(scratch.session(), "compression_advice", R"j({"table": "ta_segment.m"})j").rows;
  };
  scratch.write(
      "INSERT INTO ta_segment.m SELECT '2026-01-02'::timestamptz + i * interval '1 s',"
      " 'd' || i % 4, gen_random_uuid(), i FROM generate_series(1, 1000) i");
  EXPECT_THAT(advice()[1][5], HasSubstr("ANALYZE"));
  scratch.write("ANALYZE ta_segment.m");
  const auto rows = advice();
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_EQ(rows[0][4], "\"order_by, desc\"");
  EXPECT_THAT(rows[1], ElementsAre("\"device\"", "\"text\"", "4", "250", "\"segment_by\"",
                                   HasSubstr("tells series apart")));
  for (size_t i = 2; i < 4; ++i) EXPECT_EQ(rows[i][4], "\"neither\"");
}

TEST(Analysis, SaysWhatStandsInTheWayOfAHypertable) {
  Scratch scratch("ta_cand");
  scratch.write(
      "CREATE TABLE ta_cand.t (made date NOT NULL, at timestamptz NOT NULL, id int PRIMARY KEY);"
      "CREATE INDEX ON ta_cand.t (at); CREATE TABLE ta_cand.child (t int REFERENCES ta_cand.t);"
      "CREATE RULE quiet AS ON DELETE TO ta_cand.t DO INSTEAD NOTHING");
  std::vector<std::string> found;
  for (const Row& row : operate(scratch.session(), "hypertable_candidates").rows)
    if (row[0] == "\"ta_cand\"") found = row;
  ASSERT_THAT(found, SizeIs(9));
  EXPECT_EQ(found[2], "\"at\"");  // The column that has an index.
  for (const char* obstacle :
       {"unique index t_pkey lacks at", "of ta_cand.child points to it", "rule quiet"})
    EXPECT_THAT(found[7], HasSubstr(obstacle));
}

// A connection with that setting.
std::unique_ptr<Session> guarded(const char* guard) {
  ConnectionOptions options =
      postgres::options_for(postgres::server_url("DBOPS_TEST_TIMESCALEDB"), Tier::read);
  options.settings.emplace_back("scan_guard", guard);
  auto session = connector().connect(context_of(), options);
  EXPECT_TRUE(session) << session.error().message;
  return session ? std::move(*session) : nullptr;
}

Result<std::vector<std::string>> warnings_of(Session& session, std::string_view text) {
  const auto script = connector().dialect().parse(text);
  const Parameters none;
  DBOPS_ASSIGN(const auto results, session.queries()->run(context_of(), *script, none, Mode::read));
  DBOPS_ASSIGN(Stream* const stream, results->next(context_of()));
  DBOPS_TRY(postgres::read_all(*stream));
  return stream->summary().warnings;
}

TEST(Analysis, GuardsAgainstScansOfLargeHypertables) {
  Scratch scratch("ta_guard");
  scratch.write("CREATE TABLE ta_guard.\"Guarded M\" (at timestamptz NOT NULL, v int)");
  operate(scratch.session(), "create_hypertable",
          R"j({"table": "ta_guard.\"Guarded M\"", "time": "at", "interval": "1 hour"})j");
  scratch.write(
      "INSERT INTO ta_guard.\"Guarded M\" SELECT t, 1 FROM "
      "generate_series('2026-01-01'::timestamptz, '2026-01-05 03:00', '1 hour') t");
  const std::string all = "SELECT sum(v) FROM ta_guard.\"Guarded M\"";
  const auto warns = guarded("warn");
  EXPECT_THAT(*warnings_of(*warns, all),
              ElementsAre(HasSubstr("it reads 100 of 100 chunks of ta_guard.Guarded M: ")));
  for (const char* bounded : {" WHERE at > '2026-01-04'", " WHERE at = now()"})
    EXPECT_THAT(*warnings_of(*warns, all + bounded), IsEmpty()) << bounded;
  EXPECT_THAT(*warnings_of(*warns, "SELECT * FROM ta_guard.\"Guarded M\" LIMIT 3"), IsEmpty());

  const auto refuses = guarded("refuse");
  const auto refused = warnings_of(*refuses, all + " ORDER BY 1 LIMIT 1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden);
  EXPECT_EQ(refused.error().effect, Effect::none);
  EXPECT_THAT(refused.error().hint, HasSubstr("scan_guard"));
  EXPECT_TRUE(warnings_of(*refuses, all + " WHERE at > '2026-01-04'"));
  EXPECT_THAT(*warnings_of(*guarded("off"), all), IsEmpty());

  ConnectionOptions options =
      postgres::options_for(postgres::server_url("DBOPS_TEST_TIMESCALEDB"), Tier::read);
  options.settings.emplace_back("scan_guard", "sometimes");
  const auto wrong = connector().check(options);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::invalid_config);
}

// Who gives no more than a URL has settings, too.
TEST(Analysis, TheGuardMayStandInTheUrl) {
  const auto checked = [](const char* url) {
    ConnectionOptions options;
    options.url = Secret(url);
    return connector().check(options);
  };
  EXPECT_TRUE(checked("timescaledb://h/d?scan_guard=off&prepare=off&sslmode=require"));
  const auto wrong = checked("timescaledb://h/d?scan_guard=sometimes");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("scan_guard"));
}

}  // namespace
}  // namespace dbops::timescaledb
