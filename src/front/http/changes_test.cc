// How changes are heard of over HTTP: subscriptions/listen, and the stream of a legacy session.
#include <boost/json/serialize.hpp>

#include "base/bytes.h"
#include "core/grants.h"
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::code_of;
using mcp::testing::modern;
using mcp::testing::parse;
using testing::Answer;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::modern_fields;

class ChangesHttp : public testing::HttpTest {
 protected:
  ChangesHttp() {
    server_ = mcp::testing::make_fake_server(tools_, {.changing = {mcp::List::tools}});
  }

  HttpClient listen() {
    HttpClient client = connect();
    client.send_request(
        "POST", "/mcp", modern_fields("subscriptions/listen"),
        modern("7", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"));
    Answer head = client.receive_head();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers["content-type"], "text/event-stream");
    EXPECT_EQ(head.headers["x-accel-buffering"], "no");
    EXPECT_THAT(client.read_event(), HasSubstr("notifications/subscriptions/acknowledged"));
    return client;
  }
};

TEST_F(ChangesHttp, AModernClientListens) {
  HttpClient client = listen();
  server_->announce_list(mcp::List::tools);
  EXPECT_THAT(client.read_event(), HasSubstr("notifications/tools/list_changed"));
  listener_.reset();
  const auto last = parse(client.read_event());
  EXPECT_EQ(last.at("id"), 7);
  EXPECT_EQ(last.at_pointer("/result/resultType"), "complete");
  EXPECT_EQ(client.read_event(), "");
}

TEST_F(ChangesHttp, WhoLeavesFreesItsPlace) {
  { const HttpClient client = listen(); }
  // A server whose listener waited for the one that left would take its drain time, 5 s.
  const Deadline soon = Deadline::after(std::chrono::seconds(4));
  listener_.reset();
  EXPECT_FALSE(soon.passed());
}

TEST_F(ChangesHttp, SubscriptionsAreStreamsOfTheSameBound) {
  start({.streams_max = 2});
  const auto stream = [&](HttpClient& client) {
    client.send_request("GET", "/mcp",
                        {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", begin()}}, "");
    return client.receive_head().status;
  };
  const HttpClient first = listen();
  {
    const HttpClient second = listen();
    HttpClient third = connect();
    EXPECT_EQ(stream(third), 503);
  }
  HttpClient third = connect();
  EXPECT_TRUE(eventually([&] {
    third = connect();
    return stream(third) == 200;
  })) << "who has left made room";
  const Answer refused =
      post(modern_fields("subscriptions/listen"),
           modern("7", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(code_of(parse(refused.body)), mcp::kInternalError);
  EXPECT_EQ(parse(refused.body).at("id"), 7);
  EXPECT_THAT(request("GET", {}, "", "/metrics").body, HasSubstr("dbops_http_streams 2\n"));
}

TEST_F(ChangesHttp, AClientThatTakesNoEventsIsRefused) {
  auto fields = modern_fields("subscriptions/listen");
  fields[1].second = "application/json";
  const Answer answer = post(
      fields, modern("7", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"));
  EXPECT_EQ(answer.status, 400);
}

TEST_F(ChangesHttp, ALegacyClientHearsOnItsStream) {
  const std::string session = begin();
  HttpClient stream = connect();
  stream.send_request("GET", "/mcp", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}},
                      "");
  EXPECT_EQ(stream.receive_head().status, 200);
  server_->announce_list(mcp::List::tools);
  EXPECT_THAT(stream.read_event(), HasSubstr("notifications/tools/list_changed"));
}

class RevokedHttp : public ChangesHttp {
 protected:
  void SetUp() override { start(settings("ada", "db:read")); }
  static Settings settings(const std::string& principal, const char* scope) {
    auto grants = std::make_shared<Grants>();
    EXPECT_TRUE(grants->add(scope));
    Settings made;
    made.tokens = {
        {.hash = sha256("ada-secret"), .caller = {.principal = principal, .grants = grants}}};
    return made;
  }
  static testing::Fields with_token(testing::Fields fields) {
    fields.emplace_back("Authorization", "Bearer ada-secret");
    return fields;
  }
  HttpClient listen() {
    HttpClient client = connect();
    client.send_request(
        "POST", "/mcp", with_token(modern_fields("subscriptions/listen")),
        modern("7", "subscriptions/listen", R"("notifications":{"toolsListChanged":true})"));
    EXPECT_EQ(client.receive_head().status, 200);
    EXPECT_THAT(client.read_event(), HasSubstr("notifications/subscriptions/acknowledged"));
    return client;
  }
  HttpClient open_stream() {
    Answer begun =
        post(with_token(testing::legacy_fields()), mcp::testing::initialize("2025-11-25"));
    HttpClient stream = connect();
    stream.send_request("GET", "/mcp",
                        with_token({{"Accept", "text/event-stream"},
                                    {"Mcp-Session-Id", begun.headers["mcp-session-id"]}}),
                        "");
    EXPECT_EQ(stream.receive_head().status, 200);
    return stream;
  }
};

TEST_F(RevokedHttp, StreamsOfATokenThatIsTakenBackEnd) {
  HttpClient modern_stream = listen();
  HttpClient legacy_stream = open_stream();
  Settings none = settings("ada", "db:read");
  none.tokens.front().hash = sha256("another-secret");
  ASSERT_TRUE(listener_->replace_callers(none));
  EXPECT_EQ(parse(modern_stream.read_event()).at_pointer("/result/resultType"), "complete");
  EXPECT_EQ(modern_stream.read_event(), "");
  EXPECT_EQ(legacy_stream.read_event(), "");
}

TEST_F(RevokedHttp, StreamsOfATokenThatIsSomebodyElsesNowEnd) {
  HttpClient stream = listen();
  ASSERT_TRUE(listener_->replace_callers(settings("bob", "db:read")));
  EXPECT_EQ(parse(stream.read_event()).at_pointer("/result/resultType"), "complete");
}

TEST_F(RevokedHttp, StreamsGoByWhatTheirTokenGrantsNow) {
  server_->set_shown(mcp::List::tools, [](const Context& context, JsonWriter& out) {
    out.integer(static_cast<int64_t>(context.grants->on("shop").value_or(Tier::read)));
  });
  HttpClient modern_stream = listen();
  HttpClient legacy_stream = open_stream();
  ASSERT_TRUE(listener_->replace_callers(settings("ada", "db:write")));
  EXPECT_THAT(modern_stream.read_event(), HasSubstr("notifications/tools/list_changed"));
  EXPECT_THAT(legacy_stream.read_event(), HasSubstr("notifications/tools/list_changed"));
}

}  // namespace
}  // namespace dbops::http
