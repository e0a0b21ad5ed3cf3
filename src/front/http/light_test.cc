// Calls that are worked on by the thread that read them, beside each other.
#include "base/loop.h"
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::text_of;
using std::chrono::milliseconds;
using testing::HttpClient;
using testing::legacy_fields;
using testing::modern_fields;

class LightHttp : public testing::HttpTest {
 protected:
  LightHttp() { tools_.light = true; }

  HttpClient call(std::string_view tool, std::string_view arguments = "{}") {
    HttpClient client = connect();
    client.send_request("POST", "/mcp", modern_fields("tools/call", tool),
                        modern("1", "tools/call", call_params(tool, arguments)));
    return client;
  }
  bool has_entered(size_t calls) {
    return eventually([&] { return static_cast<size_t>(tools_.entered) == calls; });
  }
};

TEST_F(LightHttp, ManyWaitAndOthersAreAnswered) {
  const size_t calls = server_->settings().threads_max + 4;
  std::vector<HttpClient> waiting;
  for (size_t i = 0; i < calls; ++i) waiting.push_back(call("wait"));
  ASSERT_TRUE(has_entered(calls)) << "more than the executor has threads";
  EXPECT_EQ(text_of(parse(call("echo", R"({"text":"a"})").receive().body)), "a");
  tools_.gate.open();
  for (HttpClient& client : waiting) EXPECT_EQ(text_of(parse(client.receive().body)), "passed");
}

TEST_F(LightHttp, WhatIsBeyondTheLoopsTasksWaitsItsTurn) {
  constexpr size_t kBeyond = 10;
  std::vector<HttpClient> waiting;
  for (size_t i = 0; i < Loop::kTasksMax; ++i) waiting.push_back(call("wait"));
  ASSERT_TRUE(has_entered(Loop::kTasksMax));
  for (size_t i = 0; i < kBeyond; ++i) waiting.push_back(call("wait"));
  // What needs no task is answered all the same, and what is no light call has threads of its own.
  EXPECT_EQ(post(modern_fields("tools/list"), modern("1", "tools/list")).status, 200);
  tools_.light = false;
  EXPECT_EQ(text_of(parse(call("echo", R"({"text":"a"})").receive().body)), "a");
  EXPECT_EQ(static_cast<size_t>(tools_.entered), Loop::kTasksMax);
  tools_.gate.open();
  for (HttpClient& client : waiting) EXPECT_EQ(text_of(parse(client.receive().body)), "passed");
}

TEST_F(LightHttp, AClientThatLeavesCancels) {
  HttpClient leaving = call("wait");
  HttpClient staying = call("wait");
  ASSERT_TRUE(has_entered(2));
  leaving.close();
  EXPECT_TRUE(eventually([&] { return tools_.cancelled == 1; }));
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(staying.receive().body)), "passed");
  EXPECT_EQ(tools_.cancelled, 1);
}

TEST_F(LightHttp, ALegacyClientCancelsByNotification) {
  const std::string session = begin("2025-06-18");
  HttpClient client = connect();
  client.send_request("POST", "/mcp", legacy_fields(session),
                      legacy("7", "tools/call", R"({"name":"wait"})"));
  ASSERT_TRUE(has_entered(1));
  EXPECT_EQ(
      post(legacy_fields(session), notification("notifications/cancelled", R"({"requestId":7})"))
          .status,
      202);
  EXPECT_TRUE(eventually([&] { return tools_.cancelled == 1; }));
  EXPECT_EQ(client.receive().body, "");
}

TEST_F(LightHttp, AnExceptionFailsItsCallAlone) {
  EXPECT_EQ(code_of(parse(call("break").receive().body)), mcp::kInternalError);
  EXPECT_EQ(text_of(parse(call("echo", R"({"text":"a"})").receive().body)), "a");
}

TEST_F(LightHttp, TheEndLetsCallsFinish) {
  HttpClient client = call("wait");
  ASSERT_TRUE(has_entered(1));
  const uint16_t port = listener_->port();
  std::thread end([&] { listener_.reset(); });
  EXPECT_TRUE(eventually([&] { return !HttpClient(port).connected(); })) << "no new connections";
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(client.receive().body)), "passed");
  end.join();
  EXPECT_EQ(tools_.cancelled, 0);
}

TEST_F(LightHttp, TheEndCancelsWhatTakesTooLong) {
  start({.drain_time_max = milliseconds(50)});
  std::vector<HttpClient> calls;
  for (size_t i = 0; i < Loop::kTasksMax; ++i) calls.push_back(call("wait"));
  ASSERT_TRUE(has_entered(Loop::kTasksMax));
  listener_.reset();
  EXPECT_EQ(static_cast<size_t>(tools_.cancelled), Loop::kTasksMax);
  for (HttpClient& client : calls) {
    const boost::json::value answer = parse(client.receive().body);
    EXPECT_TRUE(answer.at_pointer("/result/isError").as_bool());
  }
}

TEST_F(LightHttp, SeveralThreadsHaveALoopEach) {
  start({.threads = 3});
  std::vector<HttpClient> waiting;
  for (size_t i = 0; i < 24; ++i) waiting.push_back(call("wait"));
  ASSERT_TRUE(has_entered(24));
  tools_.gate.open();
  for (HttpClient& client : waiting) EXPECT_EQ(text_of(parse(client.receive().body)), "passed");
}

}  // namespace
}  // namespace dbops::http
