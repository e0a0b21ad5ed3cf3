// Who goes with whom, and what happens where the engine answers less than was asked. What
// PostgreSQL makes of it: together_pgtest.cc.
#include "ops/together.h"

#include "base/loop.h"
#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;

class TogetherTest : public OpsTest {
 protected:
  TogetherTest() : loop_(Loop::create().value()), seat_(*loop_) {
    server_.together = [this](std::span<const Queries::Read> reads) {
      sizes_.push_back(reads.size());
      return answer(reads);
    };
    for (int i = 0; i < Habit::kTimesMin; ++i) learn("SELECT 3");
  }

  // As a statement that was short each time, whatever this machine is doing.
  void learn(const std::string& statement) {
    const auto& dialect = (*workspace_.connections().find("db"))->connector().dialect();
    (*workspace_.scripts().parse(dialect, statement))->habit->note(std::chrono::microseconds(1), 1);
  }

  Result<std::vector<std::unique_ptr<Results>>> answer(std::span<const Queries::Read> reads) {
    if (error_) return fail(*error_);
    return std::vector<std::unique_ptr<Results>>(reads.size());  // None by itself.
  }

  // That many at once; each has its rows.
  void run(int tasks, const std::string& statement = "SELECT 3", size_t rows = 3) {
    int good = 0;
    for (int i = 0; i < tasks; ++i)
      ASSERT_TRUE(loop_->spawn([&] {
        Collected sink;
        good += query(statement, sink) && sink.rows.size() == rows ? 1 : 0;
      }));
    while (loop_->tasks() > 0) loop_->turn(std::chrono::milliseconds(1000));
    EXPECT_EQ(good, tasks);
  }

  std::unique_ptr<Loop> loop_;
  Loop::Seat seat_;
  std::vector<size_t> sizes_;  // Of the groups.
  std::optional<Error> error_;
};

TEST_F(TogetherTest, WhatComesAtOnceGoesAtOnce) {
  run(5);
  EXPECT_THAT(sizes_, ElementsAre(5));
  EXPECT_EQ(server_.runs, 5) << "those without an answer are run alone";
}

TEST_F(TogetherTest, OneAloneGoesAlone) {
  run(1);
  EXPECT_THAT(sizes_, ElementsAre());
}

TEST_F(TogetherTest, WhoHasBeenAloneForAWhileWaitsForNobody) {
  const auto is_over_at_once = [this] {
    EXPECT_TRUE(loop_->spawn([this] {
      Collected sink;
      EXPECT_TRUE(query("SELECT 3", sink));
    }));
    loop_->turn(std::chrono::milliseconds(0));
    const bool over = loop_->tasks() == 0;
    while (loop_->tasks() > 0) loop_->turn(std::chrono::milliseconds(0));
    return over;
  };
  run(2);
  for (int i = 0; i < Habit::kTimesMin; ++i) learn("SELECT 3");
  EXPECT_FALSE(is_over_at_once());
  for (int i = 0; i < 8; ++i) run(1);
  EXPECT_TRUE(is_over_at_once());
}

TEST_F(TogetherTest, NobodyIsJoinedToAStatementThatIsNotKnownAsShort) {
  run(5, "SELECT 4", 4);
  EXPECT_THAT(sizes_, ElementsAre());
}

TEST_F(TogetherTest, WhatWasNotAnsweredHasToBeShortAgainFirst) {
  run(3);
  run(3);
  EXPECT_THAT(sizes_, ElementsAre(3)) << "the second time there is no group";
}

TEST_F(TogetherTest, AnErrorOfTheGroupIsNobodysError) {
  error_ = Error{.code = Code::disconnected, .message = "gone"};
  run(4);
  EXPECT_THAT(sizes_, ElementsAre(4));
  EXPECT_EQ(server_.runs, 4);
}

TEST_F(TogetherTest, ManyMakeSeveralGroups) {
  run(20);
  EXPECT_THAT(sizes_, ElementsAre(8, 8, 4));
}

TEST(HabitTest, IsBrokenByOneLongTime) {
  Habit habit;
  for (int i = 0; i < Habit::kTimesMin; ++i) {
    EXPECT_FALSE(habit.is_short());
    habit.note(Habit::kShort, Habit::kRowsMax);
  }
  EXPECT_TRUE(habit.is_short());
  habit.note(Habit::kShort + std::chrono::microseconds(1), 1);
  EXPECT_FALSE(habit.is_short());
  for (int i = 0; i < Habit::kTimesMin; ++i) habit.note(std::chrono::microseconds(0), 0);
  habit.note(std::chrono::microseconds(0), Habit::kRowsMax + 1);
  EXPECT_FALSE(habit.is_short());
}

}  // namespace
}  // namespace dbops::ops
