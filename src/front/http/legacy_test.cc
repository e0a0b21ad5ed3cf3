// The revisions before 2026-07-28 over HTTP: sessions, streams, questions, cancellation.
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

namespace json = boost::json;
using mcp::testing::code_of;
using mcp::testing::initialize;
using mcp::testing::legacy;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::text_of;
using testing::Answer;
using testing::Fields;
using testing::HttpClient;
using testing::legacy_fields;

std::string call(std::string_view tool, std::string_view arguments = "{}") {
  return legacy("1", "tools/call", "{" + mcp::testing::call_params(tool, arguments) + "}");
}

class LegacyHttp : public testing::HttpTest {};

TEST_F(LegacyHttp, ShakesHandsInEveryRevision) {
  for (const char* revision : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    SCOPED_TRACE(revision);
    Answer answer = post(legacy_fields(), initialize(revision));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(parse(answer.body).at_pointer("/result/protocolVersion").as_string(), revision);
    const std::string session = answer.headers["mcp-session-id"];
    EXPECT_GE(session.size(), 32u);
    EXPECT_EQ(post(legacy_fields(session), notification("notifications/initialized")).status, 202);
    EXPECT_EQ(text_of(parse(post(legacy_fields(session), call("echo", R"({"text":"a"})")).body)),
              "a");
    EXPECT_EQ(request("DELETE", {{"Mcp-Session-Id", session}}).status, 204);
    EXPECT_EQ(request("DELETE", {{"Mcp-Session-Id", session}}).status, 404);
    EXPECT_EQ(post(legacy_fields(session), legacy("2", "ping")).status, 404);
  }
}

TEST_F(LegacyHttp, AFailedHandshakeMakesNoSession) {
  Answer answer = post(legacy_fields(), legacy("1", "initialize"));
  EXPECT_EQ(code_of(parse(answer.body)), mcp::kInvalidParams);
  EXPECT_EQ(answer.headers.count("mcp-session-id"), 0u);
}

struct Case {
  const char* name;
  Fields fields;
  std::string body;
  int status;
  int code;  // 0: no error.
};

TEST_F(LegacyHttp, StatusesAndCodes) {
  const std::string session = begin();
  const auto with = [&](std::string_view name, std::string_view value) {
    Fields fields = legacy_fields(session);
    fields.emplace_back(name, value);
    return fields;
  };
  const Case cases[] = {
      {"no session", legacy_fields(), legacy("1", "tools/list"), 400, mcp::kInvalidRequest},
      {"ping without session", legacy_fields(), legacy("1", "ping"), 400, mcp::kInvalidRequest},
      {"unknown session", legacy_fields("0123456789abcdef0123456789abcdef"),
       legacy("1", "tools/list"), 404, mcp::kInvalidRequest},
      {"in session", legacy_fields(session), legacy("1", "tools/list"), 200, 0},
      {"its own version", with("MCP-Protocol-Version", "2025-11-25"), legacy("1", "ping"), 200, 0},
      {"another legacy version", with("MCP-Protocol-Version", "2025-03-26"), legacy("1", "ping"),
       200, 0},
      {"unknown version", with("MCP-Protocol-Version", "2099-01-01"), legacy("1", "ping"), 400,
       mcp::kInvalidRequest},
      {"modern version without envelope", with("MCP-Protocol-Version", "2026-07-28"),
       legacy("1", "tools/list"), 400, mcp::kInvalidParams},
      {"initialize under a modern version", with("MCP-Protocol-Version", "2026-07-28"),
       initialize("2025-11-25"), 400, mcp::kHeaderMismatch},
      {"unknown method", legacy_fields(session), legacy("1", "no/such"), 200, mcp::kMethodNotFound},
      {"unknown tool", legacy_fields(session), call("nope"), 200, mcp::kInvalidParams},
      {"malformed", legacy_fields(session), "{", 400, mcp::kParseError},
      {"nothing", legacy_fields(session), "", 400, mcp::kParseError},
      {"no message", legacy_fields(session), "7", 400, mcp::kInvalidRequest},
      {"null id", legacy_fields(session), legacy("null", "ping"), 400, mcp::kInvalidRequest},
      {"batch", legacy_fields(session), "[" + legacy("1", "ping") + "]", 400, mcp::kInvalidRequest},
      {"stray answer", legacy_fields(session), R"({"jsonrpc":"2.0","id":9,"result":{}})", 202, 0},
      {"stray answer of nobody", legacy_fields(), R"({"jsonrpc":"2.0","id":9,"result":{}})", 400,
       mcp::kInvalidRequest},
      {"notification", legacy_fields(session), notification("no/such"), 202, 0},
  };
  for (const Case& tested : cases) {
    SCOPED_TRACE(tested.name);
    const Answer answer = post(tested.fields, tested.body);
    EXPECT_EQ(answer.status, tested.status) << answer.body;
    EXPECT_EQ(answer.body.empty() ? 0 : code_of(parse(answer.body)), tested.code);
  }
}

TEST_F(LegacyHttp, Batches) {
  const std::string session = begin("2025-03-26");
  const Answer answer =
      post(legacy_fields(session), "[" + legacy("1", "ping") + "," + legacy("2", "ping") + "]");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(parse(answer.body).as_array().size(), 2u);
  EXPECT_EQ(post(legacy_fields(session), "[" + notification("a") + "]").status, 202);
}

TEST_F(LegacyHttp, QuestionsTravelOnTheCallsOwnStream) {
  const std::string session = begin("2025-11-25", R"({"elicitation":{}})");
  HttpClient client = connect();
  client.send_request("POST", "/mcp", legacy_fields(session), call("ask"));
  Answer head = client.receive_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers["content-type"], "text/event-stream");
  EXPECT_EQ(head.headers["x-accel-buffering"], "no");
  const json::value asked = parse(client.read_event());
  EXPECT_EQ(asked.at("method").as_string(), "elicitation/create");
  const std::string reply = R"({"jsonrpc":"2.0","id":)" +
                            std::to_string(asked.at("id").as_int64()) +
                            R"(,"result":{"action":"accept","content":{"name":"Ada"}}})";
  EXPECT_EQ(post(legacy_fields(session), reply).status, 202);
  EXPECT_EQ(text_of(parse(client.read_event())), "hello Ada");
  EXPECT_EQ(client.read_event(), "") << "the answer is the last event";
}

TEST_F(LegacyHttp, AnotherSessionsAnswerDoesNotCount) {
  const std::string session = begin("2025-11-25", R"({"elicitation":{}})");
  const std::string other = begin("2025-11-25", R"({"elicitation":{}})");
  HttpClient client = connect();
  client.send_request("POST", "/mcp", legacy_fields(session), call("confirm"));
  client.receive_head();
  const json::value asked = parse(client.read_event());
  const std::string reply = R"({"jsonrpc":"2.0","id":)" +
                            std::to_string(asked.at("id").as_int64()) +
                            R"(,"result":{"action":"accept"}})";
  EXPECT_EQ(post(legacy_fields(other), reply).status, 202);
  EXPECT_EQ(request("DELETE", {{"Mcp-Session-Id", session}}).status, 204);
  EXPECT_EQ(parse(client.read_event()).at("method").as_string(), "notifications/cancelled");
  EXPECT_EQ(client.read_event(), "");
  EXPECT_EQ(tools_.confirmed, 0);
}

TEST_F(LegacyHttp, ProgressMakesAStream) {
  const std::string session = begin();
  const Answer answer =
      post(legacy_fields(session),
           legacy("1", "tools/call",
                  R"({"_meta":{"progressToken":"p"},"name":"count","arguments":{"to":2}})"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, ::testing::HasSubstr("notifications/progress"));
  EXPECT_THAT(answer.body, ::testing::HasSubstr("counted"));
}

TEST_F(LegacyHttp, AClientThatTakesJsonOnlyGetsJson) {
  const std::string session = begin("2025-11-25", R"({"elicitation":{}})");
  Fields fields = legacy_fields(session);
  fields[1].second = "application/json";
  Answer answer = post(
      fields, legacy("1", "tools/call",
                     R"({"_meta":{"progressToken":"p"},"name":"count","arguments":{"to":2}})"));
  EXPECT_EQ(answer.headers["content-type"], "application/json");
  EXPECT_EQ(text_of(parse(answer.body)), "counted");
}

TEST_F(LegacyHttp, AClientThatTakesEventsOnlyGetsEvents) {
  const std::string session = begin();
  Fields fields = legacy_fields(session);
  fields[1].second = "text/event-stream";
  HttpClient client = connect();
  client.send_request("POST", "/mcp", fields, call("echo", R"({"text":"a"})"));
  EXPECT_EQ(client.receive_head().headers["content-type"], "text/event-stream");
  EXPECT_EQ(text_of(parse(client.read_event())), "a");
  EXPECT_EQ(client.read_event(), "");
  // The connection is good for more.
  client.send_request("POST", "/mcp", fields, legacy("2", "ping"));
  EXPECT_EQ(client.receive_head().status, 200);
  EXPECT_EQ(parse(client.read_event()).at("id").as_int64(), 2);
  EXPECT_EQ(client.read_event(), "");
  // A refusal has a status, and a status needs no stream.
  client.send_request("POST", "/mcp", fields, "{");
  EXPECT_EQ(client.receive().status, 400);
}

TEST_F(LegacyHttp, LeavingIsNotCancelling) {
  const std::string session = begin();
  {
    HttpClient client = connect();
    client.send_request("POST", "/mcp", legacy_fields(session), call("wait"));
    ASSERT_TRUE(eventually([&] { return tools_.entered == 1; }));
  }
  // Long enough for the keeper to have looked twice.
  HttpClient second = connect();
  second.send_request("POST", "/mcp", legacy_fields(session),
                      legacy("2", "tools/call", R"({"name":"wait"})"));
  ASSERT_TRUE(eventually([&] { return tools_.entered == 2; }));
  EXPECT_EQ(tools_.cancelled, 0);
  tools_.gate.open();
  EXPECT_EQ(text_of(parse(second.receive().body)), "passed");
  EXPECT_EQ(tools_.cancelled, 0);
}

// What is cancelled gets no answer; a request is answered by JSON or by an event stream all the
// same (2025-11-25, basic/transports, "Sending Messages to the Server"), and no JSON says nothing.
TEST_F(LegacyHttp, CancelledByNotification) {
  const std::string session = begin();
  Fields json_only = legacy_fields(session);
  json_only[1].second = "application/json";
  const std::pair<Fields, int> cases[] = {{legacy_fields(session), 200}, {json_only, 204}};
  int times = 0;
  for (const auto& [fields, status] : cases) {
    HttpClient client = connect();
    client.send_request("POST", "/mcp", fields, call("wait"));
    ++times;
    ASSERT_TRUE(eventually([&] { return tools_.entered == times; }));
    EXPECT_EQ(
        post(legacy_fields(session), notification("notifications/cancelled", R"({"requestId":1})"))
            .status,
        202);
    Answer answer = client.receive();
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.headers["content-type"], status == 200 ? "text/event-stream" : "");
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(tools_.cancelled, times);
  }
}

TEST_F(LegacyHttp, OneStreamForEachSession) {
  const std::string session = begin();
  const Fields fields = {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}};
  HttpClient stream = connect();
  stream.send_request("GET", "/mcp", fields, "");
  Answer head = stream.receive_head();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers["content-type"], "text/event-stream");
  EXPECT_EQ(request("GET", fields).status, 409);
  stream.close();
  // Its place is free once it is known to be gone.
  EXPECT_TRUE(eventually([&] {
    HttpClient next = connect();
    next.send_request("GET", "/mcp", fields, "");
    return next.receive_head().status == 200;
  }));
}

TEST_F(LegacyHttp, StreamsEndWithTheirSession) {
  const std::string session = begin();
  HttpClient stream = connect();
  stream.send_request("GET", "/mcp", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}},
                      "");
  EXPECT_EQ(stream.receive_head().status, 200);
  EXPECT_EQ(request("DELETE", {{"Mcp-Session-Id", session}}).status, 204);
  EXPECT_EQ(stream.read_event(), "");
}

TEST_F(LegacyHttp, StreamsAreRefused) {
  const std::string session = begin();
  EXPECT_EQ(request("GET", {{"Accept", "text/event-stream"}}).status, 400);
  EXPECT_EQ(request("GET", {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", "x"}}).status, 404);
  EXPECT_EQ(request("GET", {{"Accept", "application/json"}, {"Mcp-Session-Id", session}}).status,
            406);
  EXPECT_EQ(request("GET", {{"Accept", "text/event-stream"},
                            {"Mcp-Session-Id", session},
                            {"MCP-Protocol-Version", "2026-07-28"}})
                .status,
            405);
  EXPECT_EQ(request("DELETE", {}).status, 400);
  for (const char* method : {"GET", "DELETE"})
    EXPECT_EQ(request(method, {{"Accept", "text/event-stream"},
                               {"Mcp-Session-Id", session},
                               {"MCP-Protocol-Version", "2099-01-01"}})
                  .status,
              400)
        << method;
  EXPECT_EQ(post(legacy_fields(session), legacy("1", "ping")).status, 200);
}

// Of a request that could be read; the id of an answer is one of ours.
TEST_F(LegacyHttp, RefusalsNameTheRequest) {
  Fields unknown = legacy_fields(begin());
  unknown.emplace_back("MCP-Protocol-Version", "2099-01-01");
  for (const Fields& fields : {unknown, legacy_fields(), legacy_fields("gone")}) {
    const Answer refused = post(fields, legacy("\"a\"", "ping"));
    EXPECT_GE(refused.status, 400);
    EXPECT_EQ(parse(refused.body).at_pointer("/id").as_string(), "a") << refused.body;
    const Answer stray = post(fields, R"({"jsonrpc":"2.0","id":9,"result":{}})");
    EXPECT_EQ(parse(stray.body).as_object().count("id"), 0u) << stray.body;
  }
}

TEST_F(LegacyHttp, SessionsAreBounded) {
  start({.sessions_max = 2});
  const std::string first = begin();
  const std::string second = begin();
  const std::string third = begin();
  EXPECT_EQ(post(legacy_fields(first), legacy("1", "ping")).status, 404);
  EXPECT_EQ(post(legacy_fields(third), legacy("1", "ping")).status, 200);
  // While all are in use, there is no place.
  HttpClient streams[2] = {connect(), connect()};
  for (int i = 0; i < 2; ++i) {
    streams[i].send_request(
        "GET", "/mcp",
        {{"Accept", "text/event-stream"}, {"Mcp-Session-Id", i == 0 ? second : third}}, "");
    EXPECT_EQ(streams[i].receive_head().status, 200);
  }
  const Answer refused = post(legacy_fields(), initialize("2025-11-25"));
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(parse(refused.body).as_object().count("id"), 1u) << refused.body;
}

TEST_F(LegacyHttp, IdleSessionsEnd) {
  start({.session_idle_max = std::chrono::seconds(0)});
  const std::string session = begin();
  EXPECT_TRUE(
      eventually([&] { return post(legacy_fields(session), legacy("1", "ping")).status == 404; }));
}

}  // namespace
}  // namespace dbops::http
