#include "connectors/mongodb/causal.h"

#include <gtest/gtest.h>

#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

Bson document(const std::string& json) {
  auto read = parse_document(json);
  EXPECT_TRUE(read) << json;
  return read ? *std::move(read) : Bson();
}

Bson reply(int seconds, int increment) {
  const std::string time = R"({"$timestamp": {"t": )" + std::to_string(seconds) + R"(, "i": )" +
                           std::to_string(increment) + "}}";
  return document(R"({"ok": 1.0, "operationTime": )" + time +
                  R"(, "$clusterTime": {"clusterTime": )" + time + R"(, "signature": {}}})");
}

TEST(Causal, WaitsForWhatWasSeenElsewhere) {
  Causal causal;
  EXPECT_FALSE(causal.wanted_of("a:1")) << "nothing was seen";
  causal.note(*reply(5, 2), "a:1");
  EXPECT_FALSE(causal.wanted_of("a:1")) << "it was seen there";
  ASSERT_TRUE(causal.wanted_of("b:1"));
  EXPECT_EQ(causal.wanted_of("b:1")->time, (LogTime{5, 2}));
  EXPECT_TRUE(bson_has_field(causal.wanted_of("b:1")->cluster_time.get(), "signature"));
  EXPECT_TRUE(causal.wanted_of("")) << "one that stands for several";
}

TEST(Causal, KeepsTheLatestTime) {
  Causal causal;
  causal.note(*reply(5, 2), "a:1");
  causal.note(*reply(5, 1), "b:1");
  causal.note(*reply(4, 9), "b:1");
  EXPECT_FALSE(causal.wanted_of("a:1"));
  causal.note(*reply(5, 3), "b:1");
  EXPECT_EQ(causal.wanted_of("a:1")->time, (LogTime{5, 3}));
  EXPECT_FALSE(causal.wanted_of("b:1"));
}

TEST(Causal, TakesNoHarmFromRepliesWithoutTimes) {
  Causal causal;
  for (const char* odd : {"{}", R"({"operationTime": 5})", R"({"$clusterTime": 5})",
                          R"({"$clusterTime": {"clusterTime": "x"}})"})
    causal.note(*document(odd), "a:1");
  EXPECT_FALSE(causal.wanted_of("b:1"));
}

TEST(Causal, IsOfTheSetThatHasOneOfTheHosts) {
  using Hosts = std::vector<std::string>;
  const auto first = Causal::of("rs0", Hosts{"a:1", "b:1"});
  EXPECT_EQ(Causal::of("rs0", Hosts{"b:1", "c:1"}), first) << "a member was added, one taken away";
  EXPECT_EQ(Causal::of("rs0", Hosts{"c:1"}), first);
  EXPECT_NE(Causal::of("rs0", Hosts{"a:1"}), first) << "it is none of the set any more";
  EXPECT_NE(Causal::of("rs1", Hosts{"c:1"}), first);
}

TEST(Causal, ForgetsTheSetThatWasUsedLongestAgo) {
  using Hosts = std::vector<std::string>;
  const auto first = Causal::of("bound", Hosts{"first:1"});
  const auto second = Causal::of("bound", Hosts{"second:1"});
  EXPECT_EQ(Causal::of("bound", Hosts{"first:1"}), first);
  for (size_t i = 0; i + 1 < Causal::kSetsMax; ++i)
    Causal::of("bound", Hosts{std::to_string(i) + ":1"});
  EXPECT_EQ(Causal::of("bound", Hosts{"first:1"}), first);
  EXPECT_NE(Causal::of("bound", Hosts{"second:1"}), second);
}

TEST(Causal, PutsTheTimeIntoTheReadConcern) {
  const struct {
    const char* command;
    const char* level;
    const char* concern;  // nullptr: the command stays as it is
  } cases[] = {
      {R"({"find": "c"})", "", R"({"afterClusterTime": {"$timestamp": {"t": 7, "i": 1}}})"},
      {R"({"find": "c"})", "majority",
       R"({"level": "majority", "afterClusterTime": {"$timestamp": {"t": 7, "i": 1}}})"},
      {R"({"find": "c", "readConcern": {"level": "local"}})", "majority",
       R"({"level": "local", "afterClusterTime": {"$timestamp": {"t": 7, "i": 1}}})"},
      {R"({"find": "c"})", "linearizable", nullptr},
      {R"({"find": "c"})", "available", nullptr},
      {R"({"find": "c", "readConcern": {"level": "snapshot"}})", "", nullptr},
      {R"({"find": "c", "readConcern": {"afterClusterTime": {"$timestamp": {"t": 1, "i": 1}}}})",
       "", nullptr},
      {R"({"find": "c", "readConcern": {"atClusterTime": {"$timestamp": {"t": 1, "i": 1}}}})", "",
       nullptr},
  };
  for (const auto& each : cases) {
    const auto timed = after(*document(each.command), {7, 1}, each.level);
    ASSERT_EQ(timed.has_value(), each.concern != nullptr) << each.command << each.level;
    if (!timed) continue;
    const Bson wanted =
        document(std::string(R"({"find": "c", "readConcern": )") + each.concern + "}");
    EXPECT_TRUE(bson_equal(timed->get(), wanted.get())) << each.command << each.level;
  }
}

}  // namespace
}  // namespace dbops::mongodb
