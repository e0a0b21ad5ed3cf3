// Short reads in one round trip, on a real PostgreSQL.
#include "ops/together.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>

#include "base/loop.h"
#include "connectors/postgres/connector.h"
#include "fakes/ops_fixture.h"
#include "fakes/own_database.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;

struct Outcome {
  Collected sink;
  Result<void> answer;
  bool over = false;
};

class TogetherOnPostgres : public testing::Test {
 protected:
  static constexpr size_t kTasks = 6;

  TogetherOnPostgres() : loop_(Loop::create().value()), seat_(*loop_) {
    Connections connections(fakes::postgres_only());
    ConnectionOptions options = database_.options();
    options.name = "db";
    options.tier = Tier::read;
    EXPECT_TRUE(connections.add(std::move(options)));
    workspace_ = std::make_unique<Workspace>(std::move(connections), Settings{}, nullptr);
  }

  Result<void> query(const std::string& statement, const std::string& parameter, Sink& sink,
                     const Context& context = {}, std::optional<uint64_t> limit = {}) {
    QueryRequest request;
    request.connection = "db";
    request.statement = statement;
    request.parameters.add("", Value::text(parameter));
    request.limit = limit;
    request.hold = limit.has_value();
    return ops::query(*workspace_, context, std::move(request), sink);
  }
  // From here on the statement is known as a short one, whatever this machine is doing.
  void learn(const std::string& statement) {
    const auto script = workspace_->scripts().parse(postgres::connector().dialect(), statement);
    ASSERT_TRUE(script);
    for (int i = 0; i < Habit::kTimesMin; ++i)
      (*script)->habit->note(std::chrono::microseconds(1), 1);
  }
  void start(const std::string& statement, const std::vector<std::string>& parameters) {
    learn(statement);
    outcomes_ = std::vector<Outcome>(parameters.size());
    for (size_t i = 0; i < parameters.size(); ++i)
      ASSERT_TRUE(loop_->spawn([this, statement, parameter = parameters[i], i] {
        outcomes_[i].answer = query(statement, parameter, outcomes_[i].sink);
        outcomes_[i].over = true;
      }));
  }
  void turn_until(size_t over) {
    const Deadline patience = Deadline::after(std::chrono::seconds(60));
    while (count() < over && !patience.passed()) loop_->turn(std::chrono::milliseconds(100));
    ASSERT_EQ(count(), over);
  }
  size_t count() const {
    return static_cast<size_t>(std::count_if(outcomes_.begin(), outcomes_.end(),
                                             [](const Outcome& each) { return each.over; }));
  }
  void run(const std::string& statement, const std::vector<std::string>& parameters) {
    start(statement, parameters);
    turn_until(parameters.size());
  }

  fakes::OwnDatabase database_;
  std::unique_ptr<Workspace> workspace_;
  std::unique_ptr<Loop> loop_;
  Loop::Seat seat_;
  std::vector<Outcome> outcomes_;
};

// A transaction has one now(). A machine that is slow once may run them alone, hence the loop.
TEST_F(TogetherOnPostgres, OneTransactionAnswersAll) {
  const Deadline patience = Deadline::after(std::chrono::seconds(60));
  size_t together = 0;
  while (together < kTasks && !patience.passed()) {
    run("SELECT $1::int, now()", {"0", "1", "2", "3", "4", "5"});
    together = 0;
    for (size_t i = 0; i < kTasks; ++i) {
      ASSERT_EQ(outcomes_[i].sink.rows.size(), 1u);
      const std::string& row = outcomes_[i].sink.rows[0];
      ASSERT_TRUE(row.starts_with(std::to_string(i) + ",")) << row;
      together += row.substr(2) == outcomes_[0].sink.rows[0].substr(2) ? 1 : 0;
    }
  }
  EXPECT_EQ(together, kTasks);
}

TEST_F(TogetherOnPostgres, AnswersAreThoseOfReadsAlone) {
  const std::string statement =
      "SELECT n, n::numeric / 7, NULL::text, 'n' || n, ARRAY[n, NULL], ('{\"n\": ' || n || "
      "'}')::jsonb, to_timestamp(n), n % 2 = 0, decode('00ff', 'hex'), 'NaN'::float8 "
      "FROM generate_series(1, $1::int) n";
  const std::vector<std::string> parameters = {"3", "0", "1", "100", "3", "7"};
  std::vector<Collected> alone(parameters.size());
  for (size_t i = 0; i < parameters.size(); ++i)
    ASSERT_TRUE(query(statement, parameters[i], alone[i]));
  run(statement, parameters);
  for (size_t i = 0; i < parameters.size(); ++i) {
    ASSERT_TRUE(outcomes_[i].answer) << outcomes_[i].answer.error().message;
    EXPECT_EQ(outcomes_[i].sink.rows, alone[i].rows);
    EXPECT_EQ(outcomes_[i].sink.pages[0].summary.command, "SELECT");
    ASSERT_EQ(outcomes_[i].sink.schemas[0].size(), alone[i].schemas[0].size());
    for (size_t column = 0; column < alone[i].schemas[0].size(); ++column)
      EXPECT_EQ(outcomes_[i].sink.schemas[0][column].type, alone[i].schemas[0][column].type);
  }
}

TEST_F(TogetherOnPostgres, OnesErrorIsOnlyItsOwn) {
  run("SELECT 12 / $1::int", {"1", "2", "0", "3", "0", "4"});
  for (const size_t failing : {2, 4}) {
    ASSERT_FALSE(outcomes_[failing].answer);
    EXPECT_EQ(outcomes_[failing].answer.error().native_code, "22012");
  }
  EXPECT_THAT(outcomes_[0].sink.rows, ElementsAre("12"));
  EXPECT_THAT(outcomes_[3].sink.rows, ElementsAre("4"));
  EXPECT_THAT(outcomes_[5].sink.rows, ElementsAre("3"));
}

TEST_F(TogetherOnPostgres, AParameterThatIsNoneFailsAlone) {
  run("SELECT $1::int", {"1", "x", "2"});
  EXPECT_THAT(outcomes_[0].sink.rows, ElementsAre("1"));
  EXPECT_FALSE(outcomes_[1].answer);
  EXPECT_THAT(outcomes_[2].sink.rows, ElementsAre("2"));
}

TEST_F(TogetherOnPostgres, LongAnswersAreWhole) {
  run("SELECT generate_series(1, $1::int)", {"1", "900", "5000", "1"});
  EXPECT_EQ(outcomes_[1].sink.rows.size(), 900u);
  EXPECT_EQ(outcomes_[2].sink.rows.size(), 1000u) << "the limit of a page";
  EXPECT_TRUE(outcomes_[2].sink.pages[0].truncated);
  EXPECT_THAT(outcomes_[3].sink.rows, ElementsAre("1"));
}

// Two wait for a lock: the others don't wait for them, and a cancel is heard.
TEST_F(TogetherOnPostgres, NobodyWaitsForAnother) {
  database_.run("CREATE TABLE locked (n int)");
  database_.run("INSERT INTO locked VALUES (7)");
  const std::string locked = "SELECT n FROM locked WHERE n > $1::int";
  const std::string open = "SELECT 'free' WHERE 7 > $1::int";
  run(locked, {"0", "0"});  // Parsed by then.
  const std::unique_ptr<PGconn, decltype(&PQfinish)> locker(
      PQconnectdb(std::string(database_.options().url.reveal()).c_str()), PQfinish);
  const auto command = [&](const char* sql) { PQclear(PQexec(locker.get(), sql)); };
  command("BEGIN; LOCK TABLE locked");
  ASSERT_EQ(PQtransactionStatus(locker.get()), PQTRANS_INTRANS);

  const Cancel cancel = Cancel::create(loop_->bell());
  Context cancelled;
  cancelled.cancel = cancel;
  learn(locked), learn(open);
  outcomes_ = std::vector<Outcome>(kTasks);
  for (size_t i = 0; i < kTasks; ++i)
    loop_->spawn([&, i] {
      const bool waits = i == 1 || i == 4;
      outcomes_[i].answer =
          query(waits ? locked : open, "0", outcomes_[i].sink, i == 4 ? cancelled : Context());
      outcomes_[i].over = true;
    });
  turn_until(kTasks - 2);
  for (const size_t free : {0, 2, 3, 5})
    EXPECT_THAT(outcomes_[free].sink.rows, ElementsAre("free"));
  cancel.request();
  turn_until(kTasks - 1);
  ASSERT_FALSE(outcomes_[4].answer);
  EXPECT_EQ(outcomes_[4].answer.error().code, Code::cancelled);
  command("COMMIT");
  turn_until(kTasks);
  EXPECT_THAT(outcomes_[1].sink.rows, ElementsAre("7"));
}

TEST_F(TogetherOnPostgres, WhatFollowsAPageIsThere) {
  learn("SELECT generate_series(1, $1::int)");
  std::array<Collected, kTasks> sinks;
  for (Collected& sink : sinks)
    loop_->spawn([&] {
      EXPECT_TRUE(query("SELECT generate_series(1, $1::int)", "3", sink, {}, 2));
      QueryRequest request;
      request.connection = "db";
      request.cursor = sink.pages.at(0).cursor;
      EXPECT_TRUE(ops::query(*workspace_, Context(), std::move(request), sink));
    });
  while (loop_->tasks() > 0) loop_->turn(std::chrono::milliseconds(100));
  for (const Collected& sink : sinks) EXPECT_THAT(sink.rows, ElementsAre("1", "2", "3"));
}

TEST_F(TogetherOnPostgres, AStatementWhoseResultChangedIsParsedAnew) {
  database_.run("CREATE TABLE changing (n int)");
  database_.run("INSERT INTO changing VALUES (1)");
  run("SELECT * FROM changing WHERE n >= $1::int", {"0", "1", "2"});
  EXPECT_THAT(outcomes_[0].sink.rows, ElementsAre("1"));
  database_.run("ALTER TABLE changing ADD m int DEFAULT 5");
  run("SELECT * FROM changing WHERE n >= $1::int", {"0", "1", "2"});
  EXPECT_THAT(outcomes_[0].sink.rows, ElementsAre("1,5"));
  EXPECT_THAT(outcomes_[1].sink.rows, ElementsAre("1,5"));
  EXPECT_THAT(outcomes_[2].sink.rows, ElementsAre());
}

}  // namespace
}  // namespace dbops::ops
