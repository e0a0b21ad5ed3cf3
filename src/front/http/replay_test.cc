// A client of 2025-11-25 that is cut off, and comes back for the rest.
#include "front/http/replay.h"

#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::legacy;
using mcp::testing::parse;
using mcp::testing::text_of;
using testing::Answer;
using testing::Fields;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::legacy_fields;

// Counts, waits for the gate, then answers.
constexpr std::string_view kCounting =
    R"({"_meta":{"progressToken":"p"},"name":"count","arguments":{"to":3,"wait":true}})";

class ReplayHttp : public testing::HttpTest {
 protected:
  Answer resume(HttpClient& client, const std::string& session, const std::string& id) {
    client.send_request(
        "GET", "/mcp",
        {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}, {"Last-Event-ID", id}}, "");
    return client.receive_head();
  }
  // Reads `count` events and leaves; the id of the last.
  std::string read_some(const std::string& session, int count) {
    HttpClient client = connect();
    client.send_request("POST", "/mcp", legacy_fields(session),
                        legacy("1", "tools/call", kCounting));
    EXPECT_EQ(client.receive_head().headers["content-type"], "text/event-stream");
    for (int i = 0; i < count; ++i) EXPECT_THAT(client.read_event(), HasSubstr("progress"));
    return client.last_id();
  }
};

TEST(EventIds, AreTakenApart) {
  EXPECT_EQ(read_event_id("ab-12")->stream, "ab");
  EXPECT_EQ(read_event_id("ab-12")->number, 12u);
  EXPECT_EQ(read_event_id("a-b-12")->stream, "a-b");
  for (const std::string_view text : {"", "ab", "ab-", "ab-x", "ab-1x", "ab-99999999999999999999"})
    EXPECT_FALSE(read_event_id(text)) << text;
}

TEST_F(ReplayHttp, ComesBackForTheRest) {
  const std::string session = begin();
  const std::string id = read_some(session, 1);
  tools_.gate.open();
  HttpClient client = connect();
  EXPECT_EQ(resume(client, session, id).status, 200);
  EXPECT_EQ(parse(client.read_event()).at_pointer("/params/progress").to_number<int>(), 2);
  EXPECT_EQ(parse(client.read_event()).at_pointer("/params/progress").to_number<int>(), 3);
  const auto answer = parse(client.read_event());
  EXPECT_EQ(answer.at("id"), 1);
  EXPECT_EQ(text_of(answer), "counted");
  EXPECT_EQ(client.read_event(), "");
  // And again, as long as it is kept.
  HttpClient again = connect();
  EXPECT_EQ(resume(again, session, client.last_id()).status, 200);
  EXPECT_EQ(again.read_event(), "");
}

TEST_F(ReplayHttp, ComesBackBeforeTheAnswer) {
  const std::string session = begin();
  const std::string id = read_some(session, 3);
  HttpClient client = connect();
  EXPECT_EQ(resume(client, session, id).status, 200);
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(client.read_event())), "counted");
}

// The client does not know that no answer will come, and asks for it: 405 is what tells it to ask
// no more (2025-11-25, basic/transports, "Listening for Messages from the Server").
TEST_F(ReplayHttp, WhatWasCancelledIsNotGoneOnWith) {
  const std::string session = begin();
  const std::string id = read_some(session, 3);
  post(legacy_fields(session),
       mcp::testing::notification("notifications/cancelled", R"({"requestId":1})"));
  EXPECT_TRUE(eventually([&] {
    HttpClient client = connect();
    return resume(client, session, id).status == 405;
  }));
}

TEST_F(ReplayHttp, WhatIsNotKeptIsRefused) {
  const std::string session = begin();
  const std::string id = read_some(session, 3);
  tools_.gate.open();
  const std::string other = begin();
  for (const auto& [whose, which] : {std::pair(session, std::string("x-1")),
                                     std::pair(session, id + "9"), std::pair(other, id)}) {
    HttpClient client = connect();
    EXPECT_EQ(resume(client, whose, which).status, 400) << which;
  }
  HttpClient client = connect();
  EXPECT_EQ(resume(client, "nobody", id).status, 404);
}

TEST_F(ReplayHttp, WhatIsKeptIsBounded) {
  const auto gauge = std::make_shared<Gauge>();
  Sessions sessions(1, 1, std::chrono::seconds(60));
  const auto open = [&] {
    auto exchange = std::make_shared<Exchange>(nullptr, gauge, gauge);
    exchange->begin(true, true, true);
    return std::make_shared<Replay>(std::move(exchange), sessions, "");
  };
  const auto resumes = [&](Replay& replay, uint64_t after) {
    return replay.resume(after, std::make_shared<Exchange>(nullptr, gauge, gauge));
  };
  const std::string half(Replay::kKeptBytesMax / 2, 'x');
  const auto one = open();
  for (int i = 0; i < 3; ++i) one->send(half);
  EXPECT_FALSE(resumes(*one, 0));
  EXPECT_TRUE(resumes(*one, 1));
  // All of them together: who comes late finds no room, until others have gone.
  std::vector<std::shared_ptr<Replay>> others;
  for (size_t kept = Replay::kKeptBytesMax; kept < KeptBytes::kMax; kept += half.size())
    others.emplace_back(open())->send(half);
  EXPECT_TRUE(resumes(*others.back(), 0));
  const auto late = open();
  late->send("more");
  EXPECT_FALSE(resumes(*late, 0));
  EXPECT_TRUE(resumes(*late, 1));
  others.clear();
  late->send("more");
  EXPECT_TRUE(resumes(*late, 1));
}

TEST_F(ReplayHttp, OlderRevisionsGetNoIds) {
  const std::string session = begin("2025-06-18");
  EXPECT_EQ(read_some(session, 3), "");
  tools_.gate.open();
}

TEST_F(ReplayHttp, AServerEndsWhileItsClientIsAway) {
  const std::string session = begin();
  read_some(session, 3);
  const Deadline soon = Deadline::after(std::chrono::seconds(4));
  tools_.gate.open();
  listener_.reset();
  EXPECT_FALSE(soon.passed());
}

}  // namespace
}  // namespace dbops::http
