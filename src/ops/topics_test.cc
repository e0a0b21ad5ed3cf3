// One session for all that want to hear of a connection's topics; what is kept, and for whom.
#include "ops/topics.h"

#include <condition_variable>
#include <thread>

#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::seconds kPatience{20};

class TopicsTest : public OpsTest {
 protected:
  TopicsTest() { server_.published.offered = true; }
  Result<void> begin(const std::string& topic, const std::string& principal = "ada") {
    Context context = context_;
    context.principal = principal;
    return begin_topic(workspace_, keeper_, context, "db", topic);
  }
  // Of what is kept for that principal, once `heard` messages were.
  std::vector<std::string> kept(const std::string& topic, uint64_t heard,
                                const std::string& principal = "ada") {
    std::unique_lock lock(mutex_);
    std::vector<std::string> texts;
    const auto there = [&] {
      const auto found = keeper_.kept({"db", topic, principal});
      if (!found || found->heard < heard) return false;
      for (const KeptMessage& message : found->messages) texts.push_back(message.text);
      return true;
    };
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, there));
    return texts;
  }
  void wait_until_told(size_t times) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kPatience, [&] { return told_.size() >= times; }));
  }
  template <class Check>
  static void wait_until(Check check) {
    const Deadline end = Deadline::after(kPatience);
    while (!check() && !end.passed()) std::this_thread::yield();
    EXPECT_TRUE(check());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::set<std::string>> told_;
  const TopicKeeper::Pace pace_{.standing = {.look = milliseconds(5),
                                             .check = milliseconds(20),
                                             .retry_first = milliseconds(1),
                                             .retry_max = milliseconds(4)},
                                .rest = milliseconds(1)};
  TopicKeeper keeper_{workspace_,
                      [this](const std::string& connection, const std::set<std::string>& topics) {
                        EXPECT_EQ(connection, "db");
                        const std::lock_guard lock(mutex_);
                        told_.push_back(topics);
                        changed_.notify_all();
                      },
                      pace_};
};

TEST_F(TopicsTest, WhatIsPublishedIsToldAndKept) {
  ASSERT_TRUE(begin("news"));
  server_.published.publish("news", "one");
  wait_until_told(1);
  EXPECT_EQ(told_[0], std::set<std::string>{"news"});
  server_.published.publish("news", "two");
  server_.published.publish("other", "nobody hears it");
  EXPECT_THAT(kept("news", 2), ElementsAre("one", "two"));
}

TEST_F(TopicsTest, AllShareOneSessionAndEachHearsFromItsOwnStart) {
  ASSERT_TRUE(begin("news"));
  server_.published.publish("news", "one");
  EXPECT_THAT(kept("news", 1), ElementsAre("one"));
  ASSERT_TRUE(begin("news", "bob"));
  ASSERT_TRUE(begin("sport", "bob"));
  EXPECT_EQ(server_.sessions, 1);
  server_.published.publish("news", "two");
  EXPECT_THAT(kept("news", 1, "bob"), ElementsAre("two"));
  EXPECT_THAT(kept("news", 2), ElementsAre("one", "two"));
  EXPECT_EQ(keeper_.kept({"db", "sport", "ada"}), nullptr);
  Context eve = context_;
  eve.principal = "eve";
  const auto read = read_topic(workspace_, keeper_, eve, "db", "news");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::not_found);
  EXPECT_THAT(read.error().hint, HasSubstr("subscribe"));
}

TEST_F(TopicsTest, TheLastOnesAreKept) {
  ASSERT_TRUE(begin("news"));
  for (size_t i = 0; i < kMessagesKept + 5; ++i)
    server_.published.publish("news", std::to_string(i));
  const auto texts = kept("news", kMessagesKept + 5);
  EXPECT_EQ(texts.size(), kMessagesKept);
  EXPECT_EQ(texts.front(), "5");
  const std::string large = std::string(kMessageBytesMax - 1, 'x') + "\u00e9 and more";
  server_.published.publish("news", large);
  EXPECT_EQ(kept("news", kMessagesKept + 6).back(), std::string(kMessageBytesMax - 1, 'x'))
      << "cut before the character, not in it";
  for (size_t i = 0; i < kMessagesKept; ++i) server_.published.publish("news", large);
  EXPECT_EQ(kept("news", 2 * kMessagesKept + 6).size(), kKeptBytesMax / (kMessageBytesMax - 1));
}

TEST_F(TopicsTest, ALostSessionIsReplacedAndTheGapIsCounted) {
  ASSERT_TRUE(begin("news"));
  server_.published.hang_up();
  wait_until_told(1);
  EXPECT_EQ(keeper_.kept({"db", "news", "ada"})->gaps, 1u);
  server_.published.publish("news", "after");
  EXPECT_THAT(kept("news", 1), ElementsAre("after"));
}

TEST_F(TopicsTest, ARefusedTopicLeavesTheOthers) {
  server_.published.refuse("secret");
  EXPECT_EQ(code_of(begin("secret")), Code::denied) << "as the first";
  EXPECT_EQ(server_.sessions, 0);
  ASSERT_TRUE(begin("news"));
  EXPECT_EQ(code_of(begin("secret")), Code::denied) << "beside another";
  server_.published.publish("news", "still");
  EXPECT_THAT(kept("news", 1), ElementsAre("still"));
  EXPECT_EQ(keeper_.kept({"db", "secret", "ada"}), nullptr);
}

TEST_F(TopicsTest, WhatNobodyWantsEndsAtTheSecondLook) {
  ASSERT_TRUE(begin("news"));
  ASSERT_TRUE(begin("sport"));
  keeper_.retain({{"db", "news", "ada"}});
  EXPECT_NE(keeper_.kept({"db", "sport", "ada"}), nullptr);
  keeper_.retain({{"db", "news", "ada"}});
  EXPECT_EQ(keeper_.kept({"db", "sport", "ada"}), nullptr);
  wait_until([&] { return server_.published.listened() == std::set<std::string>{"news"}; });
  keeper_.retain({});
  ASSERT_TRUE(begin("news"));
  keeper_.retain({});
  EXPECT_NE(keeper_.kept({"db", "news", "ada"}), nullptr) << "it was asked for in between";
  keeper_.retain({});
  EXPECT_EQ(keeper_.size(), 0u);
  EXPECT_EQ(server_.sessions, 0);
}

TEST_F(TopicsTest, RefusalsSayWhy) {
  EXPECT_EQ(code_of(begin("")), Code::invalid_argument);
  EXPECT_EQ(code_of(begin(std::string(kTopicBytesMax + 1, 'x'))), Code::invalid_argument);
  EXPECT_EQ(code_of(begin_topic(workspace_, keeper_, context_, "nothing", "news")),
            Code::not_found);
  server_.published.offered = false;
  EXPECT_EQ(code_of(begin("news")), Code::unsupported);
  EXPECT_EQ(server_.sessions, 0);
}

class RuledTopics : public TopicsTest {
 protected:
  Result<void> begin_under(AccessRules rules) {
    Connections connections(connectors_);
    ConnectionOptions options;
    options.name = "db";
    options.url = Secret("fake:db");
    options.access = *Access::make(std::move(rules));
    DBOPS_TRY(connections.add(std::move(options)));
    workspace_.replace(std::move(connections));
    return begin("news");
  }
};

TEST_F(RuledTopics, AreHeardAsThePolicySays) {
  EXPECT_EQ(code_of(begin_under({.deny_operations = {"listen"}})), Code::forbidden);
  EXPECT_EQ(code_of(begin_under({.allow_operations = {"query"}})), Code::forbidden);
  EXPECT_FALSE(may_hear(workspace_, context_, "db", "news"));
  EXPECT_EQ(server_.sessions, 0);
  ASSERT_TRUE(begin_under({.allow_operations = {"listen"}, .row_cap = 1}));
  EXPECT_TRUE(may_hear(workspace_, context_, "db", "news"));
  server_.published.publish("news", "one");
  server_.published.publish("news", "two");
  EXPECT_THAT(kept("news", 2), ElementsAre("one", "two"));
  const auto read = read_topic(workspace_, keeper_, context_, "db", "news");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->messages.size(), 1u) << "the cap of rows holds";
  EXPECT_EQ(read->messages[0].text, "two");
}

TEST_F(RuledTopics, RulesOfTablesHoldForTheirNames) {
  const auto judged = [&](AccessRules rules, std::string_view topic) {
    ConnectionOptions options;
    options.name = "db";
    options.access = *Access::make(std::move(rules));
    return judge_topic(Connection(std::move(options), connector_), topic).has_value();
  };
  EXPECT_TRUE(judged({}, "news"));
  EXPECT_FALSE(judged({.deny = {"secret"}}, "news")) << "unchecked: by name alone";
  EXPECT_TRUE(judged({.deny = {"secret"}, .allow_operations = {"listen"}}, "news"));
  EXPECT_FALSE(judged({.deny = {"ne*"}, .allow_operations = {"listen"}}, "news"));
  EXPECT_FALSE(judged({.allow = {"sport"}, .allow_operations = {"listen"}}, "news"));
  EXPECT_TRUE(judged({.allow = {"news"}, .allow_operations = {"listen"}}, "news"));
}

}  // namespace
}  // namespace dbops::ops
