#include "ops/state_cases.h"

#include <gmock/gmock-matchers.h>

#include <atomic>
#include <thread>
#include <vector>

#include "base/bytes.h"

namespace dbops::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

constexpr int64_t kLater = 60'000;  // ms

const StateRecord& get(const Result<std::optional<StateRecord>>& found) {
  static const StateRecord kNone;
  if (!found) ADD_FAILURE() << found.error().message;
  if (!found || !*found) return kNone;
  return **found;
}

}  // namespace

StateRecord StateCases::record(std::string id, std::string owner, std::string body) {
  return {.id = std::move(id),
          .owner = std::move(owner),
          .expires_ms = state_now_ms() + kLater,
          .size = 7,
          .body = std::move(body)};
}

TEST_P(StateCases, WhatOneAddsTheOtherFinds) {
  const std::string id = random_name();
  StateRecord added = record(id, "ada", std::string("\0\xff any bytes", 12));
  ASSERT_TRUE(state_->add(StateKind::task, added).value());
  const auto found = other().find(StateKind::task, id);
  EXPECT_EQ(get(found).id, id);
  EXPECT_EQ(get(found).owner, "ada");
  EXPECT_EQ(get(found).expires_ms, added.expires_ms);
  EXPECT_EQ(get(found).size, 7u);
  EXPECT_EQ(get(found).body, added.body);
  EXPECT_FALSE(other().find(StateKind::result, id).value());
  ASSERT_TRUE(other().drop(StateKind::task, id));
  EXPECT_FALSE(state_->find(StateKind::task, id).value());
  EXPECT_TRUE(state_->drop(StateKind::task, id)) << "dropping twice is no failure";
}

TEST_P(StateCases, AnIdIsTakenOnce) {
  const std::string id = random_name();
  EXPECT_TRUE(state_->add(StateKind::token, record(id)).value());
  EXPECT_FALSE(state_->add(StateKind::token, record(id)).value());
  EXPECT_FALSE(other().add(StateKind::token, record(id)).value());
  EXPECT_TRUE(other().add(StateKind::stop, record(id)).value());
}

TEST_P(StateCases, OfManyAtOnceOneTakesIt) {
  for (int round = 0; round < 5; ++round) {
    const std::string id = random_name();
    std::atomic<int> taken{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&, i] {
        const auto added = (i % 2 == 0 ? *state_ : other()).add(StateKind::token, record(id));
        if (!added) ADD_FAILURE() << added.error().message;
        taken += added.value_or(false) ? 1 : 0;
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(taken, 1);
  }
}

TEST_P(StateCases, AChangeFitsTheVersionThatWasRead) {
  const std::string id = random_name();
  ASSERT_TRUE(state_->add(StateKind::task, record(id)).value());
  StateRecord mine = get(state_->find(StateKind::task, id));
  StateRecord theirs = get(other().find(StateKind::task, id));
  theirs.body = "theirs";
  EXPECT_TRUE(other().replace(StateKind::task, theirs).value());
  mine.body = "mine";
  EXPECT_FALSE(state_->replace(StateKind::task, mine).value());
  EXPECT_EQ(get(state_->find(StateKind::task, id)).body, "theirs");
  EXPECT_FALSE(state_->replace(StateKind::task, record(random_name())).value());
}

TEST_P(StateCases, WhatHasExpiredIsGone) {
  const std::string id = random_name();
  StateRecord old = record(id);
  old.expires_ms = state_now_ms();
  ASSERT_TRUE(state_->add(StateKind::page, old).value());
  EXPECT_FALSE(state_->find(StateKind::page, id).value());
  EXPECT_FALSE(state_->replace(StateKind::page, old).value());
  EXPECT_TRUE(state_->add(StateKind::page, record(id, "bob")).value());
  EXPECT_EQ(get(other().find(StateKind::page, id)).owner, "bob");
  ASSERT_TRUE(state_->trim());
  EXPECT_EQ(get(other().find(StateKind::page, id)).owner, "bob");
}

TEST_P(StateCases, ListsWhatBelongsToOne) {
  const std::string ada = "ada-" + random_name(), bob = "bob-" + random_name();
  const std::string first = random_name(), second = random_name();
  StateRecord later = record(second, ada);
  later.expires_ms += kLater;
  ASSERT_TRUE(state_->add(StateKind::result, later).value());
  ASSERT_TRUE(state_->add(StateKind::result, record(first, ada)).value());
  ASSERT_TRUE(state_->add(StateKind::result, record(random_name(), bob)).value());
  const auto listed = other().list(StateKind::result, ada);
  ASSERT_TRUE(listed) << listed.error().message;
  EXPECT_THAT(*listed,
              ElementsAre(Field(&StateRecord::id, first), Field(&StateRecord::id, second)));
  EXPECT_EQ(listed->front().body, "");
  EXPECT_EQ(other().usage(StateKind::result, ada)->count, 2u);
  EXPECT_EQ(other().usage(StateKind::result, ada)->size, 14u);
  EXPECT_GE(other().usage(StateKind::result, {})->count, 3u);
  EXPECT_EQ(other().usage(StateKind::result, "nobody")->size, 0u);
}

TEST_P(StateCases, OneKeyForAll) {
  const auto key = shared_key(*state_);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(key->size(), 32u);
  EXPECT_EQ(shared_key(other()).value(), *key);
}

}  // namespace dbops::ops
