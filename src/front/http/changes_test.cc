// How changes are heard of over HTTP: subscriptions/listen, and the stream of a legacy session.
#include <boost/json/serialize.hpp>

#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::modern;
using mcp::testing::parse;
using testing::Answer;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::modern_fields;

class ChangesHttp : public testing::HttpTest {
 protected:
  ChangesHttp() { server_ = mcp::testing::make_fake_server(tools_, {.changes = true}); }

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

}  // namespace
}  // namespace dbops::http
