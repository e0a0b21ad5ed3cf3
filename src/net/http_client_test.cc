#include "net/http_client.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "fakes/scripted_http.h"

namespace dbops {
namespace {

using fakes::http_reply;
using fakes::ScriptedHttp;
using fakes::ScriptedReply;
using testing::HasSubstr;
using testing::Not;

constexpr size_t kBytes = 1 << 20;

Context patience() {
  Context context;
  context.deadline = Deadline::after(std::chrono::seconds(20));
  return context;
}

std::string url_of(const ScriptedHttp& server, std::string_view path = "/") {
  return "http://127.0.0.1:" + std::to_string(server.port()) + std::string(path);
}

Result<HttpReply> get(HttpClient& client, const std::string& url, size_t bytes_max = kBytes) {
  return client.fetch(patience(), {.url = url}, bytes_max);
}

TEST(HttpClient, SendsWhatItIsGivenAndReadsTheAnswer) {
  const ScriptedHttp server([](const std::string&) { return http_reply(201, "{\"a\":1}"); });
  HttpClient client;
  const auto reply = client.fetch(patience(),
                                  {.method = "PUT",
                                   .url = url_of(server, "/a%20b/../c?x=1"),
                                   .headers = {{"Content-Type", "text/x"}, {"X-A", "b"}},
                                   .authorization = Secret("Basic eDp5"),
                                   .body = "hello"},
                                  kBytes);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->type, "application/json");
  EXPECT_EQ(reply->body, "{\"a\":1}");
  const std::string sent = server.requests().at(0);
  EXPECT_THAT(sent, testing::StartsWith("PUT /a%20b/../c?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(sent, HasSubstr("Content-Type: text/x\r\n"));
  EXPECT_THAT(sent, HasSubstr("X-A: b\r\n"));
  EXPECT_THAT(sent, HasSubstr("Authorization: Basic eDp5\r\n"));
  EXPECT_THAT(sent, Not(HasSubstr("Expect")));
  EXPECT_THAT(sent, testing::EndsWith("\r\n\r\nhello"));
  EXPECT_EQ(client.protocol(), "plain");
}

TEST(HttpClient, SendsABodyWithAGet) {
  const ScriptedHttp server([](const std::string&) { return http_reply(200, ""); });
  HttpClient client;
  ASSERT_TRUE(client.fetch(patience(), {.url = url_of(server), .body = "{}"}, kBytes));
  EXPECT_THAT(server.requests().at(0), testing::StartsWith("GET / "));
  EXPECT_THAT(server.requests().at(0), testing::EndsWith("\r\n\r\n{}"));
}

TEST(HttpClient, KeepsTheConnectionButForWhatMustNotBeSentTwice) {
  const ScriptedHttp server([](const std::string&) { return http_reply(200, "x"); });
  HttpClient client;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(get(client, url_of(server)));
  EXPECT_EQ(server.connections(), 1U);
  ASSERT_TRUE(client.fetch(patience(),
                           {.method = "POST", .url = url_of(server), .repeatable = false}, kBytes));
  EXPECT_EQ(server.connections(), 2U);
}

TEST(HttpClient, ReadsABodyNoFasterThanItsCaller) {
  constexpr size_t kSize = 8 << 20;
  const ScriptedHttp server(
      [](const std::string&) { return http_reply(200, std::string(kSize, 'x')); });
  HttpClient client;
  const Context context = patience();
  const auto answer = client.send(context, {.url = url_of(server)});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)->header("content-length"), std::to_string(kSize));
  size_t read = 0;
  for (std::string part;; part.clear()) {
    const auto more = (*answer)->read(context, part);
    ASSERT_TRUE(more) << more.error().message;
    if (!*more) break;
    EXPECT_LE(part.size(), 2 * kHttpHeldBytesMax);
    read += part.size();
  }
  EXPECT_EQ(read, kSize);
}

TEST(HttpClient, SendsABodyThatIsReadOnTheWay) {
  const ScriptedHttp server([](const std::string&) { return http_reply(200, ""); });
  HttpClient client;
  std::vector<std::string> parts = {"three", "two", "one"};
  HttpRequest request{.method = "POST", .url = url_of(server)};
  request.source = [&](std::span<char> into) -> Result<size_t> {
    if (parts.empty()) return 0;
    const std::string part = parts.back();
    parts.pop_back();
    std::copy(part.begin(), part.end(), into.begin());
    return part.size();
  };
  ASSERT_TRUE(client.fetch(patience(), std::move(request), kBytes));
  EXPECT_THAT(server.requests().at(0), HasSubstr("one\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n"));
}

TEST(HttpClient, SaysWhyItsOwnBodyBrokeOff) {
  const ScriptedHttp server([](const std::string&) { return http_reply(200, ""); });
  HttpClient client;
  HttpRequest request{.method = "POST", .url = url_of(server)};
  request.source = [](std::span<char>) -> Result<size_t> { return fail(Code::io, "no disk"); };
  const auto reply = client.fetch(patience(), std::move(request), kBytes);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::io);
  EXPECT_EQ(reply.error().message, "no disk");
}

TEST(HttpClient, DoesNotFollowARedirect) {
  const ScriptedHttp server([](const std::string&) {
    return http_reply(302, "", "text/plain", "Location: http://elsewhere.invalid/\r\n");
  });
  HttpClient client;
  const Context context = patience();
  const auto answer = client.send(context, {.url = url_of(server)});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ((*answer)->status(), 302);
  EXPECT_EQ((*answer)->header("location"), "http://elsewhere.invalid/");
}

TEST(HttpClient, PassesOverInterimAnswers) {
  const ScriptedHttp server([](const std::string&) {
    ScriptedReply reply = http_reply(200, "x");
    reply.bytes.insert(0, "HTTP/1.1 103 Early Hints\r\nA: 1\r\n\r\n");
    return reply;
  });
  HttpClient client;
  const Context context = patience();
  const auto answer = client.send(context, {.url = url_of(server)});
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)->status(), 200);
  EXPECT_EQ((*answer)->header("a"), "");
}

TEST(HttpClient, EachFaultHasItsOwnCode) {
  struct Case {
    std::string_view what;
    ScriptedReply reply;
    Code code;
  };
  const std::vector<Case> cases = {
      {"nothing", {"", true}, Code::disconnected},
      {"half a head", {"HTTP/1.1 200 OK\r\nA", true}, Code::disconnected},
      {"half a body",
       {"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", true},
       Code::disconnected},
      {"half a chunk",
       {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nhalf", true},
       Code::disconnected},
      {"garbage", {std::string("\x16\x03\x01\0\xff\xfe\n\n", 8), true}, Code::protocol},
      {"a chunk of no size",
       {"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", true},
       Code::disconnected},
      {"a head without end",
       {"HTTP/1.1 200 OK\r\nA: " + std::string(kHttpHeadBytesMax, 'x') + "\r\n\r\n", true},
       Code::protocol},
      {"what is not packed",
       {"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd", false},
       Code::protocol},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    const ScriptedHttp server([&](const std::string&) { return each.reply; });
    HttpClient client;
    const auto reply = get(client, url_of(server));
    ASSERT_FALSE(reply);
    EXPECT_EQ(name(reply.error().code), name(each.code)) << reply.error().message;
    EXPECT_EQ(reply.error().effect, Effect::unknown);
    EXPECT_THAT(reply.error().message, Not(testing::IsEmpty()));
  }
}

TEST(HttpClient, AServerThatCantBeHadHasNotActed) {
  HttpClient client;
  auto reply = get(client, "http://127.0.0.1:1/");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unreachable);
  EXPECT_EQ(reply.error().effect, Effect::none);
  EXPECT_TRUE(reply.error().retryable);
  reply = get(client, "http://no-such-host.invalid/");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::unknown_host);
  for (const char* url : {"http://[", "", "ftp://127.0.0.1/", "file:///etc/passwd"}) {
    reply = get(client, url);
    ASSERT_FALSE(reply) << url;
    EXPECT_EQ(reply.error().effect, Effect::none);
  }
  const ScriptedHttp plain([](const std::string&) { return ScriptedReply{"no TLS\n", true}; });
  reply = get(client, "https://127.0.0.1:" + std::to_string(plain.port()) + "/");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().effect, Effect::none);
}

TEST(HttpClient, BoundsWhatItKeeps) {
  const ScriptedHttp server(
      [](const std::string&) { return http_reply(200, std::string(101, 'x')); });
  HttpClient client;
  const auto reply = get(client, url_of(server), 100);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::too_large);
  EXPECT_TRUE(get(client, url_of(server), 101));
}

TEST(HttpClient, StopsWhenItIsToldTo) {
  const ScriptedHttp silent([](const std::string&) { return ScriptedReply{}; });
  HttpClient client;
  Context context;
  context.deadline = Deadline::after(std::chrono::milliseconds(30));
  auto reply = client.fetch(context, {.url = url_of(silent)}, kBytes);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::timeout);

  context = patience();
  context.cancel = Cancel::create();
  std::thread other([&] {
    while (silent.requests().size() < 2) std::this_thread::yield();
    context.cancel.request();
  });
  reply = client.fetch(context, {.url = url_of(silent)}, kBytes);
  other.join();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::cancelled);
  EXPECT_EQ(reply.error().effect, Effect::unknown);
}

TEST(HttpClient, WorksOnAfterAnAnswerThatWasNotRead) {
  const ScriptedHttp server(
      [](const std::string&) { return http_reply(200, std::string(kBytes, 'x')); });
  HttpClient client;
  const Context context = patience();
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.send(context, {.url = url_of(server)});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(client.send(context, {.url = url_of(server)}).error().code, Code::internal);
  }
}

}  // namespace
}  // namespace dbops
