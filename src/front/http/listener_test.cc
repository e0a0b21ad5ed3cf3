// What holds for every request: who may ask, how much, how slowly; and how it ends.
#include "front/http/listener.h"

#include "base/time.h"
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::parse;
using mcp::testing::text_of;
using std::chrono::milliseconds;
using testing::Answer;
using testing::Fields;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::legacy_fields;
using testing::modern_fields;
using ::testing::Not;

class ListenerTest : public testing::HttpTest {
 protected:
  // The status of the answer to exactly these bytes; 0: the connection ended without one.
  int status_of(std::string_view bytes) {
    HttpClient client = connect();
    client.send(bytes);
    return client.receive_head().status;
  }
  Answer list(Fields extra) {
    Fields fields = modern_fields("tools/list");
    fields.insert(fields.end(), extra.begin(), extra.end());
    return post(fields, modern("1", "tools/list"));
  }
};

TEST_F(ListenerTest, HostsAndOrigins) {
  EXPECT_EQ(list({}).status, 200);
  EXPECT_EQ(list({{"Host", "127.0.0.1:" + std::to_string(listener_->port())}}).status, 200);
  EXPECT_EQ(list({{"Host", "evil.example.com"}}).status, 421);
  EXPECT_EQ(list({{"Origin", "http://localhost:6274"}}).status, 200);
  EXPECT_EQ(list({{"Origin", "http://evil.example.com"}}).status, 403);
  EXPECT_EQ(list({{"Origin", "null"}}).status, 403);
  EXPECT_EQ(request("GET", {{"Host", "evil.example.com"}}, "", "/healthz").status, 421);
  start({.allowed_hosts = {"db.example.com"}, .allowed_origins = {"https://app.example.com"}});
  EXPECT_EQ(list({{"Host", "db.example.com"}, {"Origin", "https://app.example.com"}}).status, 200);
}

TEST_F(ListenerTest, PathsAndMethods) {
  const Fields fields = modern_fields("tools/list");
  const std::string body = modern("1", "tools/list");
  const std::pair<const char*, int> paths[] = {
      {"/mcp", 200},      {"/mcp?x=y", 200}, {"/", 404},       {"/MCP", 404},
      {"/mcp/", 404},     {"//mcp", 404},    {"/mcp%00", 404}, {"/%6dcp", 404},
      {"/x/../mcp", 404}, {"/mcp/..", 404},  {"/mcp;x", 404},  {"/healthz", 404}};
  for (const auto& [path, status] : paths)
    EXPECT_EQ(request("POST", fields, body, path).status, status) << path;
  for (const char* method : {"PUT", "PATCH", "OPTIONS", "TRACE", "BREW"}) {
    Answer answer = request(method, fields);
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers["allow"], "GET, POST, DELETE");
  }
  EXPECT_EQ(request("GET", {}, "", "/healthz").body, "ok\n");
}

TEST_F(ListenerTest, ContentTypesAndAccept) {
  const std::string body = modern("1", "tools/list");
  Fields fields = modern_fields("tools/list");
  fields[0].second = "text/plain";
  EXPECT_EQ(post(fields, body).status, 415);
  fields.erase(fields.begin());
  EXPECT_EQ(post(fields, body).status, 415);
  fields = modern_fields("tools/list");
  fields[1].second = "text/html";
  EXPECT_EQ(post(fields, body).status, 406);
  fields[1].second = "*/*";
  EXPECT_EQ(post(fields, body).status, 200);
}

// A refused request does not spoil the connection for the next.
TEST_F(ListenerTest, RefusalsKeepTheConnection) {
  HttpClient client = connect();
  Fields wrong = modern_fields("tools/list");
  wrong[0].second = "text/plain";
  for (int i = 0; i < 3; ++i) {
    client.send_request("POST", "/mcp", wrong, modern("1", "tools/list"));
    EXPECT_EQ(client.receive().status, 415);
    client.send_request("POST", "/mcp", modern_fields("tools/list"), modern("1", "tools/list"));
    EXPECT_EQ(client.receive().status, 200);
  }
}

TEST_F(ListenerTest, BodiesAreBounded) {
  start({.body_bytes_max = 1000});
  std::string body = modern("1", "tools/list");
  body.resize(1000, ' ');
  EXPECT_EQ(post(modern_fields("tools/list"), body).status, 200);
  EXPECT_EQ(post(modern_fields("tools/list"), body + " ").status, 413);
  // By the length alone, before any of it has come.
  EXPECT_EQ(status_of("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      "Content-Length: 99999999999999\r\n\r\n"),
            413);
  const auto chunked = [&](size_t bytes) {
    std::string text =
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    for (size_t sent = 0; sent < bytes; sent += 100)
      text += "64\r\n" + std::string(100, ' ') + "\r\n";
    return status_of(text + "0\r\n\r\n");
  };
  EXPECT_EQ(chunked(1000), 400) << "not too long, but no message";
  EXPECT_EQ(chunked(1100), 413);
  EXPECT_EQ(chunked(10000), 413) << "far too long";
}

TEST_F(ListenerTest, TricklingRequestsAreCut) {
  start({.header_time_max = milliseconds(200),
         .body_time_max = milliseconds(200),
         .idle_time_max = milliseconds(300)});
  const Stopwatch watch;
  HttpClient silent = connect();
  HttpClient in_head = connect();
  HttpClient in_body = connect();
  HttpClient idle = connect();
  in_head.send("POST /mcp HTTP/1.1\r\nHost: loc");
  in_body.send(
      "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 100\r\n\r\n{");
  idle.send_request("GET", "/healthz", {}, "");
  EXPECT_EQ(idle.receive().status, 200);
  // One byte now and then does not help.
  std::thread trickle([&] {
    HttpClient client = connect();
    for (const char c : std::string(200, 'x')) {
      Context context;
      context.deadline = Deadline::after(milliseconds(10));
      static_cast<void>(context.wait(-1, 0));
      if (!client.send(std::string_view(&c, 1))) return;
    }
    ADD_FAILURE() << "two seconds of one byte at a time";
  });
  EXPECT_TRUE(silent.closed());
  EXPECT_TRUE(in_head.closed());
  EXPECT_TRUE(in_body.closed());
  EXPECT_TRUE(idle.closed());
  trickle.join();
  EXPECT_LT(watch.elapsed(), std::chrono::seconds(8));
  EXPECT_EQ(list({}).status, 200);
}

TEST_F(ListenerTest, WhoeverIsOverdueIsCutAtOnce) {
  start({.header_time_max = milliseconds(50)});
  const Stopwatch watch;
  HttpClient silent = connect();
  EXPECT_TRUE(silent.closed());
  EXPECT_LT(watch.elapsed(), milliseconds(800));  // not when the thread has nothing else to do
}

TEST_F(ListenerTest, ACallMayTakeLongerThanItsRequest) {
  start({.header_time_max = milliseconds(100),
         .body_time_max = milliseconds(100),
         .idle_time_max = milliseconds(100)});
  HttpClient client = connect();
  client.send_request("POST", "/mcp", modern_fields("tools/call", "wait"),
                      modern("1", "tools/call", call_params("wait")));
  ASSERT_TRUE(eventually([&] { return tools_.entered == 1; }));
  HttpClient idle = connect();
  EXPECT_TRUE(idle.closed());  // Which took its hundred milliseconds.
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(client.receive().body)), "passed");
}

TEST_F(ListenerTest, QuietStreamsAreKeptAlive) {
  start({.keep_alive = milliseconds(20)});
  HttpClient stream = connect();
  stream.send_request("GET", "/mcp", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", begin()}},
                      "");
  EXPECT_EQ(stream.receive_head().status, 200);
  EXPECT_EQ(stream.read_comment(), "open");
  EXPECT_EQ(stream.read_comment(), "keepalive");
  EXPECT_EQ(stream.read_comment(), "keepalive");
}

TEST_F(ListenerTest, AHundredStreamsAndTheServerStillAnswers) {
  std::vector<HttpClient> streams;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(connect());
    streams.back().send_request("GET", "/mcp",
                                {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", begin()}}, "");
    ASSERT_EQ(streams.back().receive_head().status, 200);
  }
  const Stopwatch watch;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(list({}).status, 200);
  EXPECT_LT(watch.elapsed(), std::chrono::seconds(8));
  listener_.reset();
  for (HttpClient& stream : streams) EXPECT_TRUE(stream.closed());
}

TEST_F(ListenerTest, ConnectionsAreBounded) {
  start({.connections_max = 8});
  std::vector<HttpClient> idle;
  for (int i = 0; i < 8; ++i) idle.push_back(connect());
  HttpClient late = connect();  // The system takes it; the server does not, until there is room.
  late.send_request("POST", "/mcp", modern_fields("tools/list"), modern("1", "tools/list"));
  EXPECT_FALSE(late.has_answer(std::chrono::milliseconds(300)));
  idle.clear();
  EXPECT_EQ(late.receive().status, 200);
}

TEST_F(ListenerTest, TheEndLetsCallsFinish) {
  HttpClient client = connect();
  client.send_request("POST", "/mcp", modern_fields("tools/call", "wait"),
                      modern("1", "tools/call", call_params("wait")));
  ASSERT_TRUE(eventually([&] { return tools_.entered == 1; }));
  const uint16_t port = listener_->port();
  std::thread end([&] { listener_.reset(); });
  EXPECT_TRUE(eventually([&] { return !HttpClient(port).connected(); })) << "no new connections";
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(client.receive().body)), "passed");
  end.join();
  EXPECT_EQ(tools_.cancelled, 0);
}

// What the end cancels is answered: who calls must know what became of it.
TEST_F(ListenerTest, TheEndCancelsWhatTakesTooLongAndSaysSo) {
  start({.drain_time_max = milliseconds(50)});
  const std::string session = begin();
  struct Case {
    bool legacy;
    const char* accept;
    bool streams;
    HttpClient client;
  };
  std::vector<Case> cases;
  for (const bool is_legacy : {false, true})
    for (const auto& [accept, streams] :
         {std::pair("application/json, text/event-stream", false),
          std::pair("application/json", false), std::pair("text/event-stream", true)})
      cases.push_back({is_legacy, accept, streams, connect()});
  for (size_t i = 0; i < cases.size(); ++i) {
    Case& each = cases[i];
    const std::string id = std::to_string(i);
    Fields fields = each.legacy ? legacy_fields(session) : modern_fields("tools/call", "wait");
    fields[1].second = each.accept;
    each.client.send_request("POST", "/mcp", fields,
                             each.legacy ? legacy(id, "tools/call", R"({"name":"wait"})")
                                         : modern(id, "tools/call", call_params("wait")));
  }
  ASSERT_TRUE(eventually([&] { return tools_.entered == static_cast<int>(cases.size()); }));
  listener_.reset();
  EXPECT_EQ(tools_.cancelled, static_cast<int>(cases.size()));
  for (size_t i = 0; i < cases.size(); ++i) {
    Case& each = cases[i];
    SCOPED_TRACE(std::string(each.legacy ? "legacy, " : "modern, ") + each.accept);
    Answer said = each.streams ? each.client.receive_head() : each.client.receive();
    EXPECT_EQ(said.status, 200);
    EXPECT_EQ(said.headers["content-type"],
              each.streams ? "text/event-stream" : "application/json");
    const std::string body = each.streams ? each.client.read_event() : said.body;
    const boost::json::value answer = parse(body);
    EXPECT_EQ(answer.at("id").as_int64(), static_cast<int64_t>(i));
    EXPECT_TRUE(answer.at_pointer("/result/isError").as_bool());
    EXPECT_EQ(answer.at_pointer("/result/structuredContent/error/code").as_string(), "cancelled");
    EXPECT_THAT(body, HasSubstr("shutting down"));
    EXPECT_THAT(body, Not(HasSubstr("by the caller")));
    if (each.streams) {
      EXPECT_EQ(each.client.read_event(), "");
    }
    EXPECT_TRUE(each.client.closed());
  }
}

TEST_F(ListenerTest, TheEndAnswersWhatHasBegunToStream) {
  start({.drain_time_max = milliseconds(50)});
  const std::string session = begin("2025-11-25", R"({"elicitation":{}})");
  HttpClient counting = connect();
  counting.send_request(
      "POST", "/mcp", legacy_fields(session),
      legacy("1", "tools/call",
             R"({"_meta":{"progressToken":"p"},"name":"count","arguments":{"to":1,"wait":true}})"));
  EXPECT_FALSE((counting.receive_head(), counting.read_event()).empty());
  HttpClient asking = connect();
  asking.send_request("POST", "/mcp", legacy_fields(session),
                      legacy("2", "tools/call", R"({"name":"confirm"})"));
  EXPECT_FALSE((asking.receive_head(), asking.read_event()).empty());
  listener_.reset();
  EXPECT_EQ(text_of(parse(counting.read_event())), "counted");
  EXPECT_EQ(counting.read_event(), "");
  EXPECT_EQ(parse(asking.read_event()).at("method").as_string(), "notifications/cancelled");
  const boost::json::value answer = parse(asking.read_event());
  EXPECT_EQ(answer.at("id").as_int64(), 2);
  EXPECT_EQ(answer.at_pointer("/error/data/effect").as_string(), "none");
  EXPECT_EQ(asking.read_event(), "");
  EXPECT_EQ(tools_.confirmed, 0);
}

TEST_F(ListenerTest, AClientThatReadsNothingDoesNotHoldUpTheEnd) {
  start({.drain_time_max = milliseconds(0)});
  HttpClient client = connect();
  client.send_request("POST", "/mcp", modern_fields("tools/call", "repeat"),
                      modern("1", "tools/call", call_params("repeat", R"({"bytes":12000000})")));
  ASSERT_TRUE(client.has_answer(std::chrono::seconds(10)));
  const auto began = std::chrono::steady_clock::now();
  listener_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
}

TEST_F(ListenerTest, RefusesToStart) {
  const auto code = [&](const Settings& settings) {
    const auto started = Listener::start(*server_, settings);
    return started ? Code::internal : started.error().code;
  };
  EXPECT_EQ(code({.host = "0.0.0.0"}), Code::forbidden);
  EXPECT_EQ(code({.host = "::"}), Code::forbidden);
  EXPECT_EQ(code({.host = "192.0.2.1"}), Code::forbidden);
  EXPECT_EQ(code({.host = "192.0.2.1", .allow_remote_without_auth = true}), Code::invalid_argument);
  EXPECT_EQ(code({.host = "example.com", .allow_remote_without_auth = true}),
            Code::invalid_argument);
  EXPECT_EQ(code({.port = listener_->port()}), Code::busy);
}

TEST_F(ListenerTest, ListensWhereItIsTold) {
  start({.host = "0.0.0.0", .allow_remote_without_auth = true});
  EXPECT_EQ(list({}).status, 200);
  start({.host = "localhost"});
  EXPECT_EQ(list({}).status, 200);
  start({.threads = 2});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(list({}).status, 200);
}

}  // namespace
}  // namespace dbops::http
