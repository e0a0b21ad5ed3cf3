// Subscriptions to topics, over the fake connector, in both eras.
#include "mcp/product_topics.h"

#include <boost/json/object.hpp>

#include "core/grants.h"
#include "fakes/ops_fixture.h"
#include "mcp/product.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::caller_with;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::Recorder;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kUpdated = "notifications/resources/updated";

class TopicResources : public ops::OpsTest {
 protected:
  TopicResources() { server_.published.offered = true; }
  static json::value subscribe(Conversation& talk, const std::string& uri) {
    return talk.ask(legacy("1", "resources/subscribe", R"({"uri":")" + uri + "\"}"));
  }
  static std::string read(Conversation& talk, const std::string& uri) {
    const json::value answer = talk.ask(modern("9", "resources/read", R"("uri":")" + uri + "\""));
    if (code_of(answer) != 0) return std::string(answer.at_pointer("/error/message").as_string());
    return std::string(answer.at_pointer("/result/contents/0/text").as_string());
  }

  std::unique_ptr<Server> product_ = make_product_server(workspace_, {});
  Conversation talk_{*product_};
};

TEST_F(TopicResources, AModernClientHearsAndReads) {
  const auto stream = talk_.send(
      modern("7", "subscriptions/listen",
             R"("notifications":{"resourceSubscriptions":["topic://db/a%20b:c","topic://x/y"]})"));
  const json::value acknowledged = parse(stream->message(0)).at("params");
  EXPECT_EQ(acknowledged.at_pointer("/notifications/resourceSubscriptions"),
            parse(R"(["topic://db/a%20b:c"])"));
  server_.published.publish("a b:c", "say \"hello\"");
  EXPECT_EQ(parse(stream->message(1)).at_pointer("/params/uri"), "topic://db/a%20b:c");
  const json::value told = parse(read(talk_, "topic://db/a%20b:c"));
  EXPECT_EQ(told.at("topic"), "a b:c");
  EXPECT_EQ(told.at("heard"), 1);
  EXPECT_EQ(told.at_pointer("/messages/0/message"), "say \"hello\"");
  server_.published.publish("a b:c", "\xff");
  EXPECT_EQ(parse(stream->message(2)).at_pointer("/params/uri"), "topic://db/a%20b:c");
  EXPECT_EQ(parse(read(talk_, "topic://db/a%20b:c")).at_pointer("/messages/1/message"),
            parse(R"({"base64":"/w=="})"));
}

TEST_F(TopicResources, ALegacyClientHears) {
  const auto stream = std::make_shared<Recorder>();
  talk_.client().attach(stream);
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(subscribe(talk_, "topic://db/news")), 0);
  server_.published.publish("news", "one");
  EXPECT_THAT(stream->message(0), HasSubstr(kUpdated));
  EXPECT_EQ(parse(stream->message(0)).at_pointer("/params/uri"), "topic://db/news");
}

TEST_F(TopicResources, MessagesAreThoseOfThePrincipal) {
  EXPECT_THAT(read(talk_, "topic://db/news"), HasSubstr("not subscribed"));
  Conversation ada(*product_, caller_with("db:read:db", "ada"));
  Conversation bob(*product_, caller_with("db:read:db", "bob"));
  Conversation eve(*product_, caller_with("db:read:other", "eve"));
  const auto to_ada = std::make_shared<Recorder>();
  ada.client().attach(to_ada);
  ada.begin("2025-11-25");
  eve.begin("2025-11-25");
  EXPECT_EQ(code_of(subscribe(ada, "topic://db/news")), 0);
  EXPECT_NE(code_of(subscribe(eve, "topic://db/news")), 0);
  server_.published.publish("news", "one");
  EXPECT_THAT(to_ada->message(0), HasSubstr(kUpdated));
  EXPECT_THAT(read(bob, "topic://db/news"), HasSubstr("not subscribed"));
  EXPECT_THAT(read(eve, "topic://db/news"), HasSubstr("no"));
}

// server/resources: what does not exist is no internal error.
TEST_F(TopicResources, AConnectionWithoutTopicsHasNone) {
  server_.published.offered = false;
  const json::value answer = talk_.ask(modern("9", "resources/read", R"("uri":"topic://db/a")"));
  EXPECT_EQ(code_of(answer), kInvalidParams);
  EXPECT_EQ(answer.at_pointer("/error/data/uri"), "topic://db/a");
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(subscribe(talk_, "topic://db/a")), kInvalidParams);
}

TEST_F(TopicResources, WhoLosesTheConnectionHearsNothingMore) {
  Conversation ada(*product_, caller_with("db:read:db", "ada"));
  const auto to_ada = std::make_shared<Recorder>();
  const auto to_all = std::make_shared<Recorder>();
  ada.client().attach(to_ada);
  talk_.client().attach(to_all);
  for (Conversation* talk : {&ada, &talk_}) {
    talk->begin("2025-11-25");
    EXPECT_EQ(code_of(subscribe(*talk, "topic://db/news")), 0);
  }
  ada.client().renew(caller_with("db:read:other", "ada").grants);
  server_.published.publish("news", "one");
  // Ada began first, and would be told first.
  EXPECT_THAT(to_all->message(0), HasSubstr(kUpdated));
  EXPECT_THAT(to_ada->messages(), SizeIs(0));
}

}  // namespace
}  // namespace dbops::mcp
