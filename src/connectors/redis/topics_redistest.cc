// What servers of each kind tell a session that listens: messages, and changed keys.
#include <gmock/gmock-matchers.h>

#include <charconv>
#include <set>
#include <sstream>

#include "connectors/redis/testing.h"
#include "connectors/redis/watcher.h"
#include "core/topics.h"

namespace dbops::redis {
namespace {

using namespace std::literals;
using Place = Watcher::Place;
using ::testing::HasSubstr;

Context patient() {
  Context context;
  context.deadline = Deadline::after(60s);
  return context;
}
Context impatient() {
  Context context;
  context.deadline = Deadline::after(1ms);
  return context;
}

class Told : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    speaker_ = connect();
    listener_ = connect();
    ASSERT_TRUE(speaker_ && listener_);
  }
  static std::unique_ptr<Session> connect() {
    auto session = connect_to(server_url(GetParam()), Tier::admin);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  std::string say(std::string_view text) {
    const auto shown = run(*speaker_, text, Mode::write);
    EXPECT_TRUE(shown) << text << ": " << shown.error().message;
    return shown ? *shown : "";
  }
  // Whether the server has sharded channels, since 7.0.
  bool sharded() { return say("COMMAND INFO SSUBSCRIBE").find("ssubscribe") != std::string::npos; }
  // Links to all nodes.
  std::vector<std::unique_ptr<Session>> nodes() {
    const std::string url = server_url(GetParam());
    std::vector<std::unique_ptr<Session>> all;
    if (std::string_view(GetParam()) != "DBOPS_TEST_REDIS_CLUSTER") {
      all.push_back(connect());
      return all;
    }
    // Each line: id, host:port@bus, flags ...
    std::stringstream lines(say("CLUSTER NODES"));
    for (std::string line; std::getline(lines, line);) {
      uint16_t port = 0;
      std::from_chars(line.data() + line.find(':') + 1, line.data() + line.size(), port);
      auto session = connect_to(at_database(url, 0, port), Tier::admin);
      EXPECT_TRUE(session);
      all.push_back(std::move(*session));
    }
    return all;
  }
  void switch_events(const std::string& events) {
    for (const auto& node : nodes())
      ASSERT_TRUE(run(*node, "CONFIG SET notify-keyspace-events " + events, Mode::write));
  }
  // Topics and texts of the next messages: several nodes tell in no order.
  using Heard = std::multiset<std::pair<std::string, std::string>>;
  Heard heard(size_t count) {
    Heard all;
    while (all.size() < count) {
      const auto messages = listener_->topics()->next(patient());
      EXPECT_TRUE(messages) << messages.error().message;
      if (!messages) break;
      for (const auto& [topic, text] : *messages) all.emplace(topic, text);
    }
    return all;
  }

  std::unique_ptr<Session> speaker_;
  std::unique_ptr<Session> listener_;
};

TEST_P(Told, OfMessagesInWhateverIsListenedTo) {
  Topics& topics = *listener_->topics();
  ASSERT_TRUE(topics.listen(patient(), {"a", "b:*"}));
  say(R"(PUBLISH a "one\x00\xff")");
  say("PUBLISH b:c \"a pattern is a name\"");
  say("PUBLISH b:* two");
  EXPECT_EQ(heard(2), (Heard{{"a", "one\0\xff"s}, {"b:*", "two"}}));
  ASSERT_TRUE(topics.listen(patient(), {"a", "d"}));
  say("PUBLISH b:* \"no more\"");
  say("PUBLISH d three");
  EXPECT_EQ(heard(1), (Heard{{"d", "three"}}));
  EXPECT_EQ(topics.next(impatient()).error().code, Code::timeout);
  EXPECT_FALSE(listener_->broken());
  say("PUBLISH a four");
  EXPECT_EQ(heard(1), (Heard{{"a", "four"}}));
}

TEST_P(Told, OfWhatIsPublishedToShards) {
  if (!sharded()) {
    EXPECT_STREQ(GetParam(), "DBOPS_TEST_REDIS_OLD") << "all others are of version 7";
    return;
  }
  // Of slots that are far apart: in a cluster of different nodes.
  const std::set<std::string> names = {"a", "b", "c", "foo", "bar", "hello"};
  ASSERT_TRUE(listener_->topics()->listen(patient(), names));
  Heard expected;
  for (const std::string& name : names) {
    say("SPUBLISH " + name + " s" + name);
    say("PUBLISH " + name + " p" + name);
    expected.emplace(name, "p" + name);
    expected.emplace(name, "s" + name);
  }
  EXPECT_EQ(heard(expected.size()), expected);
}

TEST_P(Told, OfChangedKeysWhereThatIsOn) {
  const auto refused = listener_->watcher()->begin(patient());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported);
  EXPECT_THAT(refused.error().hint, HasSubstr("notify-keyspace-events"));
  switch_events("KA");
  ASSERT_TRUE(listener_->watcher()->begin(patient()));
  std::set<Place> expected;
  for (const char* key : {"told:a", "told:b:c", "told:d", "told"}) {
    say("SET "s + key + " 1");
    expected.insert(place_of_key(key));
  }
  std::set<Place> places;
  while (!std::includes(places.begin(), places.end(), expected.begin(), expected.end())) {
    const auto next = listener_->watcher()->next(patient());
    ASSERT_TRUE(next) << next.error().message;
    places.insert(next->begin(), next->end());
  }
  EXPECT_TRUE(listener_->watcher()->begin(patient())) << "it tells still";
  EXPECT_EQ(listener_->watcher()->next(impatient()).error().code, Code::timeout);
  for (const char* key : {"told:a", "told:b:c", "told:d", "told"}) say("DEL "s + key);
  switch_events("\"\"");
}

TEST_P(Told, OfMoreKeysThanCanBeNamedAsOfAnywhere) {
  switch_events("KA");
  ASSERT_TRUE(listener_->watcher()->begin(patient()));
  constexpr size_t kAtOnce = 500;  // commands
  const Context context = patient();
  // What has arrived is told of at once: how much that is, is for the network to say.
  for (bool anywhere = false; !anywhere;) {
    ASSERT_TRUE(context.alive());
    for (size_t begin = 0; begin < 4 * RedisWatcher::kPlacesMax; begin += kAtOnce) {
      std::string sets;
      for (size_t i = begin; i < begin + kAtOnce; ++i)
        sets += "SET told:{t}" + std::to_string(i) + " 1 PX 60000\n";
      say(sets);
    }
    const auto next = listener_->watcher()->next(context);
    ASSERT_TRUE(next) << next.error().message;
    anywhere = *next == std::vector<Place>{Place()};
  }
  switch_events("\"\"");
}

TEST_P(Told, ThatTheLinkIsLost) {
  ASSERT_TRUE(listener_->topics()->listen(patient(), {"a"}));
  for (const auto& node : nodes()) ASSERT_TRUE(run(*node, "CLIENT KILL TYPE pubsub", Mode::write));
  EXPECT_EQ(listener_->topics()->next(patient()).error().code, Code::disconnected);
}

INSTANTIATE_TEST_SUITE_P(Servers, Told,
                         testing::Values("DBOPS_TEST_REDIS", "DBOPS_TEST_REDIS_TLS",
                                         "DBOPS_TEST_REDIS_OLD", "DBOPS_TEST_REDIS_CLUSTER"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace dbops::redis
