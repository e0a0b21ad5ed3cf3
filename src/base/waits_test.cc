#include "base/waits.h"

#include <gtest/gtest.h>

#include <chrono>

namespace dbops {
namespace {

using namespace std::chrono_literals;
using For = Waits::For;

// A machine on which a wait takes so long where it is looked for, and where it is slept through.
struct Machine {
  Waits::Span looked;
  Waits::Span slept;
};
constexpr Machine kSlow{28us, 59us};
constexpr int kMany = 20'000;

void wait(Waits& waits, Machine machine) {
  const bool slept = waits.span(For::tasks) == 0ns;
  waits.learn(For::tasks, slept ? machine.slept : machine.looked, slept);
}

// How many it takes until they want processors awake, kMany at most.
int count_until_awake(Waits& waits, Machine machine) {
  int count = 0;
  for (; count < kMany && !waits.want_processors_awake(); ++count) wait(waits, machine);
  return count;
}

TEST(Waits, WantProcessorsAwakeOnceItIsLearntThatBeingWokenTakesLong) {
  Waits waits;
  EXPECT_NEAR(count_until_awake(waits, kSlow), Look::kLearnt, 1);
}

TEST(Waits, WantNothingWhereItIsQuick) {
  for (const Machine quick :
       {Machine{15us, 18us}, {10us, 13us}, {7us, 9us}, {3us, 6us}, {5us, 17us}}) {
    Waits waits;
    EXPECT_EQ(count_until_awake(waits, quick), kMany) << quick.looked.count();
  }
}

TEST(Waits, WantItAgainWhenTheyFollowCloselyAgain) {
  Waits waits;
  count_until_awake(waits, kSlow);
  waits.begin_anew();
  EXPECT_FALSE(waits.want_processors_awake());
  EXPECT_EQ(count_until_awake(waits, kSlow), Waits::kRow) << "what was learnt is kept";
}

// A caller now and then: two short waits each, and a long one.
TEST(Waits, WantNothingForCallsThatAreFarApart) {
  Waits waits;
  count_until_awake(waits, kSlow);
  waits.begin_anew();
  for (int call = 0; call < kMany; ++call) {
    wait(waits, kSlow);
    wait(waits, kSlow);
    waits.learn(For::callers, 10ms, false);
    ASSERT_FALSE(waits.want_processors_awake());
  }
}

TEST(Waits, ALongOneAmongManyShortOnesDoesNotMatter) {
  Waits waits;
  count_until_awake(waits, kSlow);
  waits.begin_anew();
  int count = 0;
  for (; count < kMany && !waits.want_processors_awake(); ++count) {
    if (count % 40 == 39) waits.learn(For::callers, 300us, false);
    wait(waits, kSlow);
  }
  EXPECT_LT(count, 4 * static_cast<int>(Waits::kRow));
}

}  // namespace
}  // namespace dbops
