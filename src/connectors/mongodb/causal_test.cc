#include "connectors/mongodb/causal.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace dbops::mongodb {
namespace {

Bson reply(uint32_t operation, uint32_t cluster) {
  Bson time;
  BSON_APPEND_TIMESTAMP(time.get(), "clusterTime", cluster, 1);
  BSON_APPEND_UTF8(time.get(), "signature", std::to_string(cluster).c_str());
  Bson whole;
  BSON_APPEND_TIMESTAMP(whole.get(), "operationTime", operation, 1);
  BSON_APPEND_DOCUMENT(whole.get(), "$clusterTime", time.get());
  return whole;
}

Bson command(const char* level = nullptr, bool after = false) {
  Bson whole;
  BSON_APPEND_UTF8(whole.get(), "find", "c");
  if (level == nullptr) return whole;
  Bson concern;
  BSON_APPEND_UTF8(concern.get(), "level", level);
  if (after) BSON_APPEND_TIMESTAMP(concern.get(), "afterClusterTime", 3, 4);
  BSON_APPEND_DOCUMENT(whole.get(), "readConcern", concern.get());
  return whole;
}

TEST(MongoCausal, KeepsTheLatestAndWhoGaveIt) {
  Causal causal;
  EXPECT_FALSE(causal.after("a", true));
  causal.learn(*reply(5, 7), "a");
  causal.learn(*reply(4, 6), "b");
  EXPECT_EQ(causal.after("b", false), (ClusterTime{5, 1}));
  EXPECT_FALSE(causal.after("a", false)) << "it shows its own";
  EXPECT_EQ(causal.after("a", true), (ClusterTime{5, 1})) << "but not what a majority has";
  EXPECT_EQ(text_at(*causal.cluster_time(), "signature"), "7") << "passed on as it came";
}

TEST(MongoCausal, LearnsNothingFromWhoSaysNothing) {
  Causal causal;
  causal.learn(*command(), "a");
  Bson wrong;
  BSON_APPEND_INT32(wrong.get(), "operationTime", 5);
  causal.learn(*wrong, "a");
  EXPECT_FALSE(causal.after("b", true));
  EXPECT_TRUE(bson_empty(causal.cluster_time().get()));
}

TEST(MongoCausal, ManyMayLearnAtOnce) {
  Causal causal;
  std::vector<std::jthread> threads;
  for (uint32_t i = 0; i < 4; ++i)
    threads.emplace_back([&causal, i] {
      for (uint32_t at = 1; at <= 1000; ++at) {
        causal.learn(*reply(at * 4 + i, at * 4 + i), std::to_string(i));
        EXPECT_GE(causal.after("none", false)->seconds, at * 4 + i);
      }
    });
  threads.clear();
  EXPECT_EQ(causal.after("none", false), (ClusterTime{4003, 1}));
  EXPECT_FALSE(causal.after("3", false));
}

TEST(MongoCausal, KeepsNoSignedTimeThatIsTooLong) {
  Bson time;
  BSON_APPEND_TIMESTAMP(time.get(), "clusterTime", 5, 1);
  BSON_APPEND_UTF8(time.get(), "signature", std::string(Causal::kSignedBytesMax, 'x').c_str());
  Bson whole;
  BSON_APPEND_DOCUMENT(whole.get(), "$clusterTime", time.get());
  Causal causal;
  causal.learn(*whole, "a");
  EXPECT_TRUE(bson_empty(causal.cluster_time().get()));
}

Bson hello(const char* set, const std::vector<std::string>& hosts,
           const std::vector<std::string>& passives = {}) {
  Bson whole;
  BSON_APPEND_UTF8(whole.get(), "setName", set);
  for (const auto& [list, names] : {std::pair{"hosts", &hosts}, {"passives", &passives}}) {
    bson_t array;
    BSON_APPEND_ARRAY_BEGIN(whole.get(), list, &array);
    for (const std::string& name : *names) BSON_APPEND_UTF8(&array, "", name.c_str());
    bson_append_array_end(whole.get(), &array);
  }
  return whole;
}

TEST(MongoCausal, ADeploymentIsASetByItsMembers) {
  const std::string name = deployment_of(*hello("rs", {"a:1", "b:1"}), "a:1");
  EXPECT_EQ(name, deployment_of(*hello("rs", {"b:1", "a:1"}), "b:1"));
  EXPECT_NE(name, deployment_of(*hello("other", {"a:1", "b:1"}), "a:1"));
  EXPECT_NE(name, deployment_of(*hello("rs", {"a:1", "b:1", "c:1"}), "a:1"));
  EXPECT_NE(deployment_of(*hello("rs", {"a:1"}, {"p:1"}), "p:1"), "") << "one of priority 0";
}

TEST(MongoCausal, NobodyIsOfASetThatItIsNoMemberOf) {
  EXPECT_EQ(deployment_of(*hello("rs", {"a:1", "b:1"}), "c:1"), "");
  EXPECT_EQ(deployment_of(*hello("rs", {}), "c:1"), "");
  EXPECT_EQ(deployment_of(*command(), "a:1"), "") << "it is of no set";
  EXPECT_EQ(deployment_of(*hello("rs", {"a:1", std::string(kDeploymentBytesMax, 'x')}), "a:1"), "");
}

TEST(MongoCausal, IsOneForEachDeployment) {
  const auto first = causal_of("first");
  EXPECT_EQ(first, causal_of("first"));
  EXPECT_NE(first, causal_of("second"));
}

TEST(MongoCausal, ForgetsOfManyTheOneThatNobodyHolds) {
  const auto held = causal_of("held");
  causal_of("dropped")->learn(*reply(5, 5), "a");
  for (size_t i = 0; i < kDeploymentsMax; ++i) causal_of(std::to_string(i));
  EXPECT_EQ(held, causal_of("held"));
  EXPECT_FALSE(causal_of("dropped")->after("b", false));
}

TEST(MongoCausal, WaitsAtTheLevelThatTheUrlOrTheCommandHas) {
  const auto plain = reading_after(*command(), {5, 6}, "");
  ASSERT_TRUE(plain);
  EXPECT_EQ(time_at(**plain, "readConcern.afterClusterTime"), (ClusterTime{5, 6}));
  EXPECT_EQ(text_at(**plain, "readConcern.level"), "");
  EXPECT_EQ(text_at(**reading_after(*command(), {5, 6}, "majority"), "readConcern.level"),
            "majority");
  const auto own = reading_after(*command("local"), {5, 6}, "majority");
  EXPECT_EQ(text_at(**own, "readConcern.level"), "local");
  EXPECT_EQ(time_at(**own, "readConcern.afterClusterTime"), (ClusterTime{5, 6}));
  EXPECT_EQ(bson_count_keys(own->get()), 2U) << "one concern";
}

TEST(MongoCausal, LeavesWhatTheServerWouldRefuseOrTheCommandSays) {
  for (const char* level : {"linearizable", "available", "snapshot"}) {
    EXPECT_FALSE(reading_after(*command(level), {5, 6}, "")) << level;
    EXPECT_FALSE(reading_after(*command(), {5, 6}, level)) << level;
  }
  EXPECT_FALSE(reading_after(*command("local", true), {5, 6}, ""));
}

}  // namespace
}  // namespace dbops::mongodb
