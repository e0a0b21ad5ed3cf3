// Loading keys of a real server.
#include <gmock/gmock-matchers.h>

#include "connectors/redis/testing.h"
#include "core/loader.h"

namespace dbops::redis {
namespace {

using testing::HasSubstr;

class RedisLoadTest : public testing::Test {
 protected:
  void SetUp() override {
    auto session = connect_to(at_database(server_url(), 6));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_EQ(*run(*session_, "FLUSHDB"), "OK");
  }
  static LoadTarget target_of(std::initializer_list<const char*> columns) {
    LoadTarget target;
    target.path = {"app", "user"};
    for (const char* column : columns) target.columns.push_back({column, "", Kind::null});
    return target;
  }
  Result<LoadOutcome> load(const LoadTarget& target, const Batch& batch) {
    DBOPS_ASSIGN(const auto load, session_->loader()->start({}, target));
    return load->write({}, batch, 0);
  }
  std::unique_ptr<Session> session_;
};

TEST_F(RedisLoadTest, MakesTextsAndHashes) {
  Batch batch;
  batch.reset(2);
  for (int64_t i = 0; i < 1000; ++i) {
    Value* cells = batch.add_row();
    cells[0] = Value::integer(i);
    cells[1] = batch.copy(Kind::bytes, std::string("v\0\xff", 3) + std::to_string(i));
  }
  const auto texts = load(target_of({"id", "value"}), batch);
  ASSERT_TRUE(texts) << texts.error().message;
  EXPECT_EQ(texts->settled, 1000u);
  EXPECT_EQ(*run(*session_, "STRLEN app:user:999"), "6");
  EXPECT_EQ(*run(*session_, "DBSIZE"), "1000");
  ASSERT_EQ(*run(*session_, "FLUSHDB"), "OK");
  ASSERT_TRUE(load(target_of({"id", "name"}), batch));
  EXPECT_EQ(*run(*session_, "HLEN app:user:7"), "1");
}

TEST_F(RedisLoadTest, TellsWhichItemsWereRefused) {
  ASSERT_EQ(*run(*session_, "SET app:user:2 x"), "OK");
  Batch batch;
  batch.reset(3);
  for (int64_t i = 1; i <= 4; ++i) {
    Value* cells = batch.add_row();
    cells[0] = i == 3 ? Value() : Value::integer(i);
    cells[1] = Value::text("a");
    if (i == 4) cells[1] = Value();
  }
  LoadTarget target = target_of({"id", "name", "city"});
  target.replace = true;
  const auto outcome = load(target, batch);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 4u);
  ASSERT_EQ(outcome->refused.size(), 3u);
  EXPECT_EQ(outcome->refused[0].item, 1u);
  EXPECT_THAT(outcome->refused[0].error.message, HasSubstr("WRONGTYPE"));
  EXPECT_EQ(outcome->refused[1].item, 2u);
  EXPECT_EQ(outcome->refused[2].item, 3u);
  EXPECT_EQ(*run(*session_, "HGETALL app:user:1"), "name|a");
}

TEST_F(RedisLoadTest, LeavesWhatIsThereUnlessItIsToBeReplaced) {
  for (const char* column : {"value", "name"}) {
    SCOPED_TRACE(column);
    ASSERT_EQ(*run(*session_, "FLUSHDB"), "OK");
    LoadTarget target = target_of({"id", column});
    Batch batch;
    batch.reset(2);
    for (const auto& [key, text] : {std::pair(1, "old"), {1, "new"}, {2, "other"}}) {
      Value* cells = batch.add_row();
      cells[0] = Value::integer(key);
      cells[1] = Value::text(text);
    }
    const std::string read =
        column == std::string_view("value") ? "GET app:user:1" : "HGET app:user:1 name";
    const auto added = load(target, batch);
    ASSERT_TRUE(added) << added.error().message;
    EXPECT_EQ(added->settled, 3u);
    ASSERT_EQ(added->refused.size(), 1u);
    EXPECT_EQ(added->refused[0].item, 1u);
    EXPECT_EQ(added->refused[0].error.code, Code::already_exists);
    EXPECT_EQ(*run(*session_, read), "old");
    EXPECT_EQ(*run(*session_, "EXISTS app:user:2"), "1");
    target.replace = true;
    const auto replaced = load(target, batch);
    ASSERT_TRUE(replaced) << replaced.error().message;
    EXPECT_TRUE(replaced->refused.empty());
    EXPECT_EQ(*run(*session_, read), "new");
  }
}

TEST_F(RedisLoadTest, ReachesEveryNodeOfACluster) {
  auto cluster = connect_to(server_url("DBOPS_TEST_REDIS_CLUSTER"));
  ASSERT_TRUE(cluster) << cluster.error().message;
  session_ = std::move(*cluster);
  LoadTarget target = target_of({"id", "value"});
  target.path = {"loaded"};
  target.replace = true;
  Batch batch;
  batch.reset(2);
  constexpr int64_t kItems = 3000;  // Of each slot in five one.
  for (int64_t i = 0; i < kItems; ++i) {
    Value* cells = batch.add_row();
    cells[0] = Value::integer(i);
    cells[1] = batch.copy(Kind::bytes, std::string("\0\xff", 2) + std::to_string(i));
  }
  const auto outcome = load(target, batch);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, static_cast<size_t>(kItems));
  EXPECT_TRUE(outcome->refused.empty());
  for (const char* each : {"0", "1", "2", "999", "2999"})
    EXPECT_EQ(*run(*session_, std::string("STRLEN loaded:") + each),
              std::to_string(2 + std::string_view(each).size()));
  target.replace = false;
  const auto again = load(target, batch);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->refused.size(), static_cast<size_t>(kItems));
  EXPECT_TRUE(std::is_sorted(again->refused.begin(), again->refused.end(),
                             [](const auto& a, const auto& b) { return a.item < b.item; }));
}

TEST_F(RedisLoadTest, TakesSeveralColumnsAsTheKey) {
  LoadTarget target = target_of({"value", "year", "month"});
  target.key = {"year", "month"};
  Batch batch;
  batch.reset(3);
  Value* cells = batch.add_row();
  cells[0] = Value::real(0.5);
  cells[1] = Value::integer(2026);
  cells[2] = Value::text("11");
  ASSERT_TRUE(load(target, batch));
  EXPECT_EQ(*run(*session_, "GET app:user:2026:11"), "0.5");
  target.key = {"yaer"};
  EXPECT_EQ(session_->loader()->plan({}, target).error().hint, "did you mean \"year\"?");
  target.key = {"year", "month", "value"};
  EXPECT_EQ(session_->loader()->plan({}, target).error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dbops::redis
