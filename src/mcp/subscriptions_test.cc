// Who hears of which change, in both eras.
#include "mcp/subscriptions.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "core/grants.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "mcp/testing/conversation.h"
#include "mcp/testing/fake_tools.h"
#include "mcp/tools.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;
using mcp::testing::caller_with;
using mcp::testing::code_of;
using mcp::testing::Conversation;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::Recorder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ServerSettings all_changes() {
  return {.changing = {List::tools, List::prompts, List::resources}, .subscribing = true};
}

class SubscriptionsTest : public ::testing::Test {
 protected:
  explicit SubscriptionsTest(ServerSettings settings = all_changes())
      : server_(std::move(settings)) {
    Completions completions;
    add_tools(server_, {});
    ResourceLists lists;
    lists.resources = [this](const Context& context) {
      std::vector<Resource> all;
      for (const std::string& name : names_)
        if (!context.grants || context.grants->on(name))
          all.push_back({.uri = "test://" + name, .name = name, .read = {}});
      return all;
    };
    add_resources(server_, std::move(lists), completions);
  }
  std::shared_ptr<Recorder> listen(std::string_view id, std::string_view notifications) {
    return talk_.send(
        modern(id, "subscriptions/listen", "\"notifications\":" + std::string(notifications)));
  }

  std::vector<std::string> names_{"a"};  // Of the resources that there are.
  Server server_;
  Conversation talk_{server_};
};

TEST_F(SubscriptionsTest, AcknowledgesWhatItHonours) {
  const auto stream = listen("\"s\"", R"({"toolsListChanged":true,"promptsListChanged":true,)"
                                      R"("resourceSubscriptions":["test://a"],"other":true})");
  EXPECT_EQ(parse(stream->message(0)),
            parse(R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged",)"
                  R"("params":{"_meta":{"io.modelcontextprotocol/subscriptionId":"s"},)"
                  R"("notifications":{"toolsListChanged":true,)"
                  R"("resourceSubscriptions":["test://a"]}}})"));
  EXPECT_EQ(stream->finished(), 0);
}

TEST_F(SubscriptionsTest, EachHearsWhatItAskedFor) {
  const auto tools = listen("7", R"({"toolsListChanged":true})");
  const auto watched = listen("8", R"({"resourceSubscriptions":["test://a"]})");
  server_.announce_list(List::tools);
  server_.announce_list(List::resources);
  server_.announce_resource("test://a");
  server_.announce_resource("test://b");
  EXPECT_EQ(parse(tools->message(1)),
            parse(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed",)"
                  R"("params":{"_meta":{"io.modelcontextprotocol/subscriptionId":7}}})"));
  EXPECT_EQ(parse(watched->message(1)),
            parse(R"({"jsonrpc":"2.0","method":"notifications/resources/updated",)"
                  R"("params":{"_meta":{"io.modelcontextprotocol/subscriptionId":8},)"
                  R"("uri":"test://a"}})"));
  EXPECT_THAT(tools->messages(), SizeIs(2));
  EXPECT_THAT(watched->messages(), SizeIs(2));
}

TEST_F(SubscriptionsTest, ACancelledOneHearsNothingMore) {
  const auto stream = listen("7", R"({"toolsListChanged":true})");
  talk_.send(notification("notifications/cancelled", R"({"requestId":7})"));
  EXPECT_THAT(stream->reply().body, IsEmpty());
  server_.announce_list(List::tools);
  EXPECT_THAT(stream->messages(), SizeIs(1));
  server_.tick();
  // Its id is free again.
  EXPECT_EQ(listen("7", R"({"toolsListChanged":true})")->finished(), 0);
}

TEST_F(SubscriptionsTest, TheEndAnswersThem) {
  const auto stream = listen("7", R"({"toolsListChanged":true})");
  server_.end_subscriptions();
  const json::value answer = parse(stream->reply().body);
  EXPECT_EQ(answer.at("id"), 7);
  EXPECT_EQ(answer.at_pointer("/result/resultType"), "complete");
  EXPECT_EQ(answer.at("result").at("_meta").at("io.modelcontextprotocol/subscriptionId"), 7);
  EXPECT_TRUE(talk_.client().wait_idle(Deadline::after(std::chrono::seconds(5))));
  server_.announce_list(List::tools);
  EXPECT_THAT(stream->messages(), SizeIs(1));
}

TEST_F(SubscriptionsTest, Refusals) {
  EXPECT_EQ(code_of(talk_.ask(modern("1", "subscriptions/listen"))), kInvalidParams);
  for (const std::string_view uris : {"7", "[7]"})
    EXPECT_EQ(code_of(talk_.ask(modern(
                  "1", "subscriptions/listen",
                  R"("notifications":{"resourceSubscriptions":)" + std::string(uris) + "}"))),
              kInvalidParams)
        << uris;
  const auto mute = talk_.send(
      modern("1", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"), false);
  EXPECT_EQ(code_of(parse(mute->reply().body)), kInvalidRequest);
  EXPECT_TRUE(mute->reply().envelope);
}

TEST_F(SubscriptionsTest, ThereIsABound) {
  std::vector<std::shared_ptr<Recorder>> open;
  for (size_t i = 0; i < server_.settings().listeners_max; ++i)
    open.push_back(listen(std::to_string(i), R"({"toolsListChanged":true})"));
  const auto refused = listen("\"more\"", R"({"toolsListChanged":true})");
  EXPECT_EQ(code_of(parse(refused->reply().body)), kInternalError);
  EXPECT_THAT(refused->messages(), IsEmpty());
}

TEST_F(SubscriptionsTest, LegacyClientsHearOnTheirStream) {
  const auto stream = std::make_shared<Recorder>();
  talk_.client().attach(stream);
  talk_.begin("2025-11-25");
  EXPECT_EQ(code_of(talk_.ask(legacy("1", "resources/subscribe", R"({"uri":"test://a"})"))), 0);
  server_.announce_resource("test://a");
  server_.announce_resource("test://b");
  server_.announce_list(List::prompts);
  EXPECT_EQ(parse(stream->message(0)).at("params"), parse(R"({"uri":"test://a"})"));
  EXPECT_THAT(stream->message(1), HasSubstr("notifications/prompts/list_changed"));
  EXPECT_EQ(code_of(talk_.ask(legacy("2", "resources/unsubscribe", R"({"uri":"test://a"})"))), 0);
  server_.announce_resource("test://a");
  EXPECT_THAT(stream->messages(), SizeIs(2));
  EXPECT_EQ(code_of(talk_.ask(legacy("3", "resources/subscribe", R"({"uri":7})"))), kInvalidParams);
}

constexpr std::string_view kResources = "notifications/resources/list_changed";

TEST_F(SubscriptionsTest, OnlyThoseHearOfAListForWhomItChanged) {
  Conversation ada(server_, caller_with("db:read:a"));
  Conversation bob(server_, caller_with("db:read:b"));
  const std::string ask =
      modern("7", "subscriptions/listen",
             R"("notifications":{"resourcesListChanged":true,"toolsListChanged":true})");
  const auto to_ada = ada.send(ask);
  const auto to_bob = bob.send(ask);
  names_ = {"a", "b"};
  server_.look_again();
  server_.look_again();
  EXPECT_THAT(to_bob->message(1), HasSubstr(kResources));
  EXPECT_THAT(to_bob->messages(), SizeIs(2));
  EXPECT_THAT(to_ada->messages(), SizeIs(1));
}

TEST_F(SubscriptionsTest, ALegacyClientHearsOfWhatItMaySee) {
  Conversation ada(server_, caller_with("db:read:a"));
  Conversation bob(server_, caller_with("db:read:b"));
  const auto to_ada = std::make_shared<Recorder>();
  const auto to_bob = std::make_shared<Recorder>();
  ada.client().attach(to_ada);
  bob.client().attach(to_bob);
  ada.begin("2025-11-25");
  bob.begin("2025-11-25");
  names_ = {"b"};
  server_.look_again();
  EXPECT_THAT(to_ada->message(0), HasSubstr(kResources));
  EXPECT_THAT(to_bob->message(0), HasSubstr(kResources));
  names_ = {"b", "c"};
  server_.look_again();
  EXPECT_THAT(to_ada->messages(), SizeIs(1));
  EXPECT_THAT(to_bob->messages(), SizeIs(1));
}

TEST_F(SubscriptionsTest, OtherGrantsShowOtherLists) {
  names_ = {"a", "b"};
  Conversation ada(server_, caller_with("db:read:a"));
  const auto stream = std::make_shared<Recorder>();
  ada.client().attach(stream);
  ada.begin("2025-11-25");
  server_.renew(ada.client(), ada.client().caller());
  server_.renew(ada.client(), caller_with("db:read:b"));
  EXPECT_THAT(stream->message(0), HasSubstr(kResources));
  EXPECT_THAT(stream->messages(), SizeIs(1));
}

class NothingChangesTest : public SubscriptionsTest {
 protected:
  NothingChangesTest() : SubscriptionsTest(ServerSettings{}) {}
};

TEST_F(NothingChangesTest, ASubscriptionToNothingIsOverAtOnce) {
  const auto stream = listen("7", R"({"toolsListChanged":true})");
  EXPECT_EQ(parse(stream->message(0)).at_pointer("/params/notifications"), parse("{}"));
  EXPECT_EQ(parse(stream->reply().body).at_pointer("/result/resultType"), "complete");
}

}  // namespace
}  // namespace dbops::mcp
