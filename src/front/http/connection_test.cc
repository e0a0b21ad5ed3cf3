// What a connection carries: one request after the other, in whatever pieces, as slowly as its
// client reads.
#include "front/http/connection.h"

#include <algorithm>
#include <filesystem>

#include "base/bytes.h"
#include "front/http/testing/certificate.h"
#include "front/http/testing/http_fixture.h"
#include "net/tls.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::modern;
using mcp::testing::parse;
using testing::Answer;
using testing::HttpClient;
using testing::modern_fields;

std::string request_text(std::string_view id, std::string_view version = "1.1",
                         std::string_view fields = "") {
  const std::string body = modern(id, "tools/list");
  std::string text = "POST /mcp HTTP/" + std::string(version) + "\r\nHost: localhost\r\n";
  for (const auto& [name, value] : modern_fields("tools/list"))
    text += name + ": " + value + "\r\n";
  text.append(fields).append("Content-Length: ").append(std::to_string(body.size()));
  return text + "\r\n\r\n" + body;
}

int64_t id_of(const Answer& answer) { return parse(answer.body).at("id").as_int64(); }

class ConnectionTest : public testing::HttpTest {};

TEST_F(ConnectionTest, AnswersInTheOrderOfTheRequests) {
  constexpr int kRequests = 100;
  std::string all;
  for (int i = 1; i <= kRequests; ++i) all += request_text(std::to_string(i));
  HttpClient client = connect();
  client.send(all);
  for (int i = 1; i <= kRequests; ++i) ASSERT_EQ(id_of(client.receive()), i);
}

TEST_F(ConnectionTest, ARequestMayComeByteByByte) {
  HttpClient client = connect();
  for (const char c : request_text("7")) client.send({&c, 1});
  EXPECT_EQ(id_of(client.receive()), 7);
}

TEST_F(ConnectionTest, ABodyMayAwaitItsLeave) {
  const std::string whole = request_text("7", "1.1", "Expect: 100-continue\r\n");
  const size_t head = whole.find("\r\n\r\n") + 4;
  HttpClient client = connect();
  client.send(std::string_view(whole).substr(0, head));
  EXPECT_EQ(client.receive_head().status, 100);
  client.send(std::string_view(whole).substr(head));
  EXPECT_EQ(id_of(client.receive()), 7);
  // Where it is refused, nobody waits for it.
  HttpClient refused = connect();
  refused.send(
      "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
      "Expect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.receive().status, 404);
  EXPECT_TRUE(refused.closed());
}

TEST_F(ConnectionTest, ClosesWhereItIsAskedTo) {
  HttpClient client = connect();
  client.send(request_text("7", "1.1", "Connection: close\r\n") + request_text("8"));
  Answer answer = client.receive();
  EXPECT_EQ(id_of(answer), 7);
  EXPECT_EQ(answer.headers["connection"], "close");
  EXPECT_TRUE(client.closed());
  HttpClient old = connect();
  old.send(request_text("9", "1.0"));
  EXPECT_EQ(id_of(old.receive()), 9);
  EXPECT_TRUE(old.closed());
}

TEST_F(ConnectionTest, AHeadHasNoBody) {
  HttpClient client = connect();
  client.send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + request_text("7"));
  EXPECT_NE(client.receive_head().headers["content-length"], "0");
  EXPECT_EQ(id_of(client.receive()), 7);
}

// Each answer says when it was made.
TEST_F(ConnectionTest, AnswersHaveADate) {
  const std::string date = request("GET", {}, "", "/healthz").headers["date"];
  ASSERT_EQ(date.size(), std::string("Sun, 06 Nov 1994 08:49:37 GMT").size());
  EXPECT_TRUE(date.ends_with(" GMT"));
}

class LargeAnswers : public ConnectionTest {
 protected:
  static constexpr size_t kBytes = 16u << 20;  // more than the system keeps for a socket

  static void ask(HttpClient& client) {
    client.send_request(
        "POST", "/mcp", modern_fields("tools/call", "repeat"),
        modern("1", "tools/call",
               call_params("repeat", R"({"bytes":)" + std::to_string(kBytes) + "}")));
  }
  static bool is_whole(const Answer& answer) {
    const auto texts = std::count(answer.body.begin(), answer.body.end(), 'x');
    return static_cast<size_t>(texts) >= kBytes && answer.body.ends_with("}}");
  }
};

TEST_F(LargeAnswers, WaitForSlowReaders) {
  HttpClient slow = connect();
  ask(slow);
  ask(slow);
  ASSERT_TRUE(slow.has_answer(std::chrono::seconds(10)));
  // Nobody else waits for it.
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(request("POST", modern_fields("tools/list"), modern("1", "tools/list")).status, 200);
  EXPECT_TRUE(is_whole(slow.receive()));
  EXPECT_TRUE(is_whole(slow.receive()));
}

TEST_F(LargeAnswers, AreNotKeptForWhoReadsNothing) {
  start({.header_time_max = std::chrono::milliseconds(200),
         .idle_time_max = std::chrono::milliseconds(200)});
  HttpClient deaf = connect();
  ask(deaf);
  ASSERT_TRUE(deaf.has_answer(std::chrono::seconds(10)));
  HttpClient later = connect();
  EXPECT_TRUE(later.closed());  // Which takes as long, and began later.
  EXPECT_LT(deaf.receive().body.size(), kBytes);
}

TEST_F(LargeAnswers, DoNotOutliveWhoAsked) {
  for (int i = 0; i < 5; ++i) {
    HttpClient client = connect();
    ask(client);
    EXPECT_TRUE(client.has_answer(std::chrono::seconds(10)));
  }
  EXPECT_EQ(request("POST", modern_fields("tools/list"), modern("1", "tools/list")).status, 200);
}

TEST_F(LargeAnswers, GoThroughTls) {
  const auto folder = std::filesystem::temp_directory_path() / ("dbops-tls-" + random_name());
  std::filesystem::create_directory(folder);
  const std::string path = folder / "own";
  testing::make_certificate(path);
  start({.tls_certificate = path + ".crt", .tls_key = path + ".key"});
  Context context;
  context.deadline = Deadline::after(std::chrono::seconds(10));
  const auto connected = [&] {
    auto tcp = connect_tcp(context, "127.0.0.1", listener_->port());
    auto tls =
        start_tls(context, std::move(*tcp), {.root_file = path + ".crt", .host = "localhost"});
    EXPECT_TRUE(tls) << tls.error().message;
    return HttpClient(tls ? std::move(*tls) : nullptr);
  };
  HttpClient client = connected();
  ask(client);
  client.send(request_text("7") + request_text("8"));
  EXPECT_TRUE(is_whole(client.receive()));
  EXPECT_EQ(id_of(client.receive()), 7);
  EXPECT_EQ(id_of(client.receive()), 8);
  // Who speaks plainly is not understood.
  HttpClient plain = connect();
  plain.send(request_text("7"));
  EXPECT_TRUE(plain.closed());
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dbops::http
