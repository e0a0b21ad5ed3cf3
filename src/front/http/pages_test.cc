// /healthz, /readyz, /metrics; what browsers are told; and the limits that have a status.
#include "base/bytes.h"
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::legacy;
using mcp::testing::modern;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Answer;
using testing::Fields;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::legacy_fields;
using testing::modern_fields;
using ::testing::Not;

Token token(const std::string& name, std::initializer_list<const char*> scopes) {
  auto grants = std::make_shared<Grants>();
  for (const char* scope : scopes) EXPECT_TRUE(grants->add(scope));
  return {.hash = sha256(name), .caller = {.principal = name, .grants = grants}};
}

Fields bearer(const std::string& name) { return {{"Authorization", "Bearer " + name}}; }

class PagesTest : public testing::HttpTest {
 protected:
  Answer get(std::string_view path, const Fields& fields = {}) {
    return request("GET", fields, "", path);
  }
  Answer list(Fields extra = {}) {
    Fields fields = modern_fields("tools/list");
    fields.insert(fields.end(), extra.begin(), extra.end());
    return post(fields, modern("1", "tools/list"));
  }
};

TEST_F(PagesTest, HealthAndReadiness) {
  EXPECT_EQ(get("/healthz").body, "ok\n");
  EXPECT_EQ(get("/readyz").body, "ready\n");
  EXPECT_EQ(get("/readyz", {{"Host", "evil.example.com"}}).status, 421);
  HttpClient client = connect();
  client.send_request("HEAD", "/healthz", {}, "");
  EXPECT_EQ(client.receive_head().status, 200);
}

TEST_F(PagesTest, WhileItDrainsItIsHealthyButNotReady) {
  start({.drain_notice = milliseconds(500), .drain_time_max = milliseconds(100)});
  HttpClient client = connect();
  const auto ask = [&](std::string_view path) {
    client.send_request("GET", path, {}, "");
    return client.receive().status;
  };
  EXPECT_EQ(ask("/readyz"), 200);
  std::thread end([&] { listener_.reset(); });
  EXPECT_TRUE(eventually([&] { return ask("/readyz") == 503; }));
  EXPECT_EQ(ask("/healthz"), 200);
  end.join();
}

TEST_F(PagesTest, MetricsAreOpenOnLoopback) {
  start({.metrics = [] { return std::string("more 1\n"); }});
  EXPECT_EQ(list().status, 200);
  EXPECT_EQ(list({{"Host", "evil.example.com"}}).status, 421);
  const std::string session = begin();
  HttpClient stream = connect();
  stream.send_request("GET", "/mcp", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}},
                      "");
  EXPECT_EQ(stream.receive_head().status, 200);
  Answer metrics = get("/metrics");
  EXPECT_EQ(metrics.status, 200);
  EXPECT_EQ(metrics.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(metrics.body, HasSubstr("more 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("dbops_http_responses_total{status=\"200\"} 3\n"));
  EXPECT_THAT(metrics.body, HasSubstr("dbops_http_responses_total{status=\"421\"} 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("dbops_http_sessions 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("dbops_http_streams 1\n"));
  EXPECT_THAT(metrics.body, HasSubstr("dbops_http_calls 1\n"));
}

TEST_F(PagesTest, ElsewhereMetricsNeedATokenForThem) {
  start({.host = "0.0.0.0", .tokens = {token("ada", {"db:admin"}), token("prom", {"metrics"})}});
  EXPECT_EQ(get("/metrics").status, 401);
  EXPECT_EQ(get("/metrics", bearer("nobody")).status, 401);
  Answer refused = get("/metrics", bearer("ada"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.headers["www-authenticate"], HasSubstr("scope=\"metrics\""));
  EXPECT_EQ(get("/metrics", bearer("prom")).status, 200);
  EXPECT_EQ(get("/healthz").status, 200);
  start({.host = "0.0.0.0", .allow_remote_without_auth = true});
  EXPECT_EQ(get("/metrics").status, 403);
  start({.host = "0.0.0.0", .allow_remote_without_auth = true, .metrics_without_token = true});
  EXPECT_EQ(get("/metrics").status, 200);
}

TEST_F(PagesTest, BrowsersAreToldWhatTheyMaySend) {
  start({.tokens = {token("ada", {"db:read"})}, .allowed_origins = {"https://app.example.com"}});
  const auto preflight = [&](const char* origin) {
    return request("OPTIONS", {{"Origin", origin},
                               {"Access-Control-Request-Method", "POST"},
                               {"Access-Control-Request-Headers", "authorization"}});
  };
  Answer allowed = preflight("https://app.example.com");
  EXPECT_EQ(allowed.status, 204) << "it is asked without the token";
  EXPECT_EQ(allowed.headers["access-control-allow-origin"], "https://app.example.com");
  EXPECT_EQ(allowed.headers["access-control-allow-methods"], "GET, POST, DELETE");
  for (const char* name :
       {"Content-Type", "Authorization", "MCP-Protocol-Version", "Mcp-Method", "Mcp-Name",
        "Mcp-Session-Id", "Last-Event-ID", "traceparent", "tracestate"})
    EXPECT_THAT(allowed.headers["access-control-allow-headers"], HasSubstr(name));
  EXPECT_EQ(allowed.headers["vary"], "Origin");
  EXPECT_EQ(allowed.headers.count("access-control-allow-credentials"), 0u);
  Answer refused = preflight("https://evil.example.com");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.headers.count("access-control-allow-origin"), 0u);
}

TEST_F(PagesTest, BrowsersMayReadAnswersAndErrors) {
  start({.tokens = {token("ada", {"db:read"})}, .allowed_origins = {"https://app.example.com"}});
  Answer denied = list({{"Origin", "https://app.example.com"}});
  EXPECT_EQ(denied.status, 401);
  EXPECT_EQ(denied.headers["access-control-allow-origin"], "https://app.example.com");
  EXPECT_THAT(denied.headers["access-control-expose-headers"], HasSubstr("WWW-Authenticate"));
  EXPECT_THAT(denied.headers["access-control-expose-headers"], HasSubstr("Mcp-Session-Id"));
  Answer listed = list({{"Origin", "https://app.example.com"}, {"Authorization", "Bearer ada"}});
  EXPECT_EQ(listed.status, 200);
  EXPECT_EQ(listed.headers["access-control-allow-origin"], "https://app.example.com");
  Answer plain = list({{"Authorization", "Bearer ada"}});
  EXPECT_EQ(plain.headers.count("access-control-allow-origin"), 0u);
}

TEST_F(PagesTest, BrowsersMayReadWhyABodyWasRefused) {
  start({.allowed_origins = {"https://app.example.com"}, .body_bytes_max = 4});
  const auto refused = [&](std::string_view origin, std::string_view chunks) {
    HttpClient client = connect();
    client.send(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nOrigin: " +
        std::string(origin) + "\r\n\r\n" + std::string(chunks));
    return client.receive();
  };
  for (const auto& [chunks, status] : {std::pair{"zz\r\n", 400}, {"5\r\n{   }\r\n", 413}}) {
    SCOPED_TRACE(chunks);
    Answer ours = refused("https://app.example.com", chunks);
    EXPECT_EQ(ours.status, status);
    EXPECT_EQ(ours.headers["access-control-allow-origin"], "https://app.example.com");
    EXPECT_EQ(ours.headers["vary"], "Origin");
    Answer other = refused("https://evil.example.com", chunks);
    EXPECT_NE(other.status, 0);
    EXPECT_EQ(other.headers.count("access-control-allow-origin"), 0u);
  }
}

TEST_F(PagesTest, APrincipalsCallsOfAMinute) {
  start({.tokens = {token("ada", {"db:read"}), token("bob", {"db:read"})}, .calls_per_minute = 3});
  const auto call = [&](const char* name) {
    return list({{"Authorization", std::string("Bearer ") + name}});
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call("ada").status, 200);
  Answer refused = call("ada");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers["retry-after"], "20");
  EXPECT_THAT(refused.body, HasSubstr("ada"));
  EXPECT_EQ(call("bob").status, 200) << "who has calls of his own";
  EXPECT_EQ(call("nobody").status, 401) << "who has none to use up";
}

TEST_F(PagesTest, StreamsAreBounded) {
  start({.streams_max = 2});
  std::vector<HttpClient> streams;
  const auto open = [&] {
    streams.push_back(connect());
    streams.back().send_request("GET", "/mcp",
                                {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", begin()}}, "");
    return streams.back().receive_head().status;
  };
  EXPECT_EQ(open(), 200);
  EXPECT_EQ(open(), 200);
  EXPECT_EQ(open(), 503);
  EXPECT_TRUE(eventually([&] {
    streams.clear();
    return open() == 200;
  })) << "there is room again";
}

TEST_F(PagesTest, SessionsAreBounded) {
  start({.sessions_max = 1});
  const std::string session = begin("2025-11-25", "{}");
  HttpClient call = connect();
  call.send_request("POST", "/mcp", legacy_fields(session),
                    legacy("1", "tools/call", R"({"name":"wait"})"));
  ASSERT_TRUE(eventually([&] { return tools_.entered == 1; }));
  EXPECT_EQ(post(legacy_fields(), mcp::testing::initialize("2025-11-25")).status, 503)
      << "the only one is at work";
  tools_.gate.open();
  EXPECT_EQ(call.receive().status, 200);
  // An idle one gives way; it is idle a moment after its answer has gone out.
  EXPECT_TRUE(eventually(
      [&] { return post(legacy_fields(), mcp::testing::initialize("2025-11-25")).status == 200; }));
}

}  // namespace
}  // namespace dbops::http
