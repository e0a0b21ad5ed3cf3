// 2026-07-28 over HTTP: no session, headers that repeat the body, leaving is cancelling.
#include <boost/json/serialize.hpp>

#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

namespace json = boost::json;
using mcp::testing::call_params;
using mcp::testing::code_of;
using mcp::testing::initialize;
using mcp::testing::legacy;
using mcp::testing::modern;
using mcp::testing::notification;
using mcp::testing::parse;
using mcp::testing::text_of;
using testing::Answer;
using testing::Fields;
using testing::HttpClient;
using testing::legacy_fields;
using testing::modern_fields;

class ModernHttp : public testing::HttpTest {};

std::string versioned(std::string_view version, std::string_view method = "tools/list") {
  return legacy("1", method,
                R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":{},)"
                R"("io.modelcontextprotocol/protocolVersion":)" +
                    std::string(version) + "}}");
}

Fields versioned_fields(std::string_view version) {
  Fields fields = modern_fields("tools/list");
  fields[2].second = version;
  return fields;
}

struct Case {
  const char* name;
  Fields fields;
  std::string body;
  int status;
  int code;  // 0: no error.
};

TEST_F(ModernHttp, StatusesAndCodes) {
  const std::string echo = modern("1", "tools/call", call_params("echo", R"({"text":"a"})"));
  const std::string no_capabilities = legacy(
      "1", "tools/list", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})");
  Fields stray = modern_fields("tools/list");
  stray.emplace_back("Mcp-Session-Id", "nobody's");
  stray.emplace_back("Last-Event-ID", "7");
  Fields no_version = modern_fields("tools/list");
  no_version.erase(no_version.begin() + 2);
  const Case cases[] = {
      {"discover", modern_fields("server/discover"), modern("1", "server/discover"), 200, 0},
      {"list", modern_fields("tools/list"), modern("1", "tools/list"), 200, 0},
      {"call", modern_fields("tools/call", "echo"), echo, 200, 0},
      {"call by base64", modern_fields("tools/call", "=?base64?ZWNobw==?="), echo, 200, 0},
      {"session and event ids are ignored", stray, modern("1", "tools/list"), 200, 0},
      {"no version header", no_version, modern("1", "tools/list"), 400, mcp::kHeaderMismatch},
      {"other version header", versioned_fields("2025-11-25"), modern("1", "tools/list"), 400,
       mcp::kHeaderMismatch},
      {"other method header", modern_fields("tools/call"), modern("1", "tools/list"), 400,
       mcp::kHeaderMismatch},
      {"no method header", versioned_fields("2026-07-28"), modern("1", "server/discover"), 400,
       mcp::kHeaderMismatch},
      {"no name header", modern_fields("tools/call"), echo, 400, mcp::kHeaderMismatch},
      {"other name header", modern_fields("tools/call", "wait"), echo, 400, mcp::kHeaderMismatch},
      {"broken base64", modern_fields("tools/call", "=?base64?ZWNobw?="), echo, 400,
       mcp::kHeaderMismatch},
      {"name beyond ASCII", modern_fields("tools/call", "\xc3\xa9"),
       modern("1", "tools/call", call_params("\xc3\xa9")), 400, mcp::kHeaderMismatch},
      {"no capabilities", modern_fields("tools/list"), no_capabilities, 400, mcp::kInvalidParams},
      {"no envelope", modern_fields("tools/list"), legacy("1", "tools/list"), 400,
       mcp::kInvalidParams},
      {"unknown version", versioned_fields("2099-01-01"), versioned("\"2099-01-01\""), 400,
       mcp::kUnsupportedVersion},
      {"legacy version", versioned_fields("2025-11-25"), versioned("\"2025-11-25\""), 400,
       mcp::kUnsupportedVersion},
      {"version of no text", versioned_fields("7"), versioned("7"), 400, mcp::kHeaderMismatch},
      {"initialize", modern_fields("initialize"), modern("1", "initialize"), 404,
       mcp::kMethodNotFound},
      {"ping", modern_fields("ping"), modern("1", "ping"), 404, mcp::kMethodNotFound},
      {"setLevel", modern_fields("logging/setLevel"), modern("1", "logging/setLevel"), 404,
       mcp::kMethodNotFound},
      {"not advertised", modern_fields("resources/list"), modern("1", "resources/list"), 404,
       mcp::kMethodNotFound},
      {"unknown tool", modern_fields("tools/call", "nope"),
       modern("1", "tools/call", call_params("nope")), 200, mcp::kInvalidParams},
      {"throws", modern_fields("tools/call", "break"),
       modern("1", "tools/call", call_params("break")), 200, mcp::kInternalError},
      {"wrong arguments are a result", modern_fields("tools/call", "echo"),
       modern("1", "tools/call", call_params("echo")), 200, 0},
      {"batch", modern_fields("tools/list"), "[" + modern("1", "tools/list") + "]", 400,
       mcp::kInvalidRequest},
      {"answer", modern_fields("tools/list"), R"({"jsonrpc":"2.0","id":1,"result":{}})", 400,
       mcp::kInvalidRequest},
      {"notification", modern_fields("notifications/cancelled"),
       notification("notifications/cancelled", R"({"requestId":1})"), 202, 0},
      {"initialize with half an envelope", legacy_fields(),
       legacy("1", "initialize",
              R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"},)"
              R"("protocolVersion":"2025-11-25","capabilities":{}})"),
       200, 0},
  };
  for (const Case& tested : cases) {
    SCOPED_TRACE(tested.name);
    const Answer answer = post(tested.fields, tested.body);
    EXPECT_EQ(answer.status, tested.status) << answer.body;
    EXPECT_EQ(answer.body.empty() ? 0 : code_of(parse(answer.body)), tested.code) << answer.body;
  }
}

// Sessions are of the older revisions: nothing of theirs is done in this one's name.
TEST_F(ModernHttp, KnowsPostOnly) {
  const std::string session = begin();
  for (const char* method : {"GET", "DELETE"}) {
    Answer answer = request(method, {{"Accept", "text/event-stream"},
                                     {"MCP-Protocol-Version", "2026-07-28"},
                                     {"Mcp-Session-Id", session}});
    EXPECT_EQ(answer.status, 405) << method;
    EXPECT_EQ(answer.headers["allow"], "POST");
  }
  EXPECT_EQ(request("DELETE", {{"Mcp-Session-Id", session}}).status, 204) << "it is still there";
}

TEST_F(ModernHttp, KeepsIdsExactly) {
  for (const char* id : {"9007199254740993", R"("a\"b")", "-1", "0"}) {
    const Answer answer = post(modern_fields("server/discover"), modern(id, "server/discover"));
    EXPECT_THAT(answer.body, ::testing::HasSubstr("\"id\":" + std::string(id) + ","));
  }
}

TEST_F(ModernHttp, BothErasOnOneConnection) {
  HttpClient client = connect();
  client.send_request("POST", "/mcp", legacy_fields(), initialize("2025-06-18"));
  const std::string session = client.receive().headers["mcp-session-id"];
  for (int i = 0; i < 3; ++i) {
    client.send_request("POST", "/mcp", modern_fields("tools/call", "echo"),
                        modern("1", "tools/call", call_params("echo", R"({"text":"new"})")));
    EXPECT_EQ(text_of(parse(client.receive().body)), "new");
    client.send_request(
        "POST", "/mcp", legacy_fields(session),
        legacy("1", "tools/call", "{" + call_params("echo", R"({"text":"old"})") + "}"));
    EXPECT_EQ(text_of(parse(client.receive().body)), "old");
  }
}

TEST_F(ModernHttp, LeavingIsCancelling) {
  HttpClient client = connect();
  client.send_request("POST", "/mcp", modern_fields("tools/call", "wait"),
                      modern("1", "tools/call", call_params("wait")));
  ASSERT_TRUE(eventually([&] { return tools_.entered == 1; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return tools_.cancelled == 1; }));
}

TEST_F(ModernHttp, LeavingAStreamIsCancellingToo) {
  HttpClient client = connect();
  Fields fields = modern_fields("tools/call", "wait");
  fields[1].second = "text/event-stream";
  client.send_request("POST", "/mcp", fields, modern("1", "tools/call", call_params("wait")));
  ASSERT_TRUE(eventually([&] { return tools_.entered == 1; }));
  client.close();
  EXPECT_TRUE(eventually([&] { return tools_.cancelled == 1; }));
}

TEST_F(ModernHttp, AsksInRounds) {
  const std::string asking = modern("1", "tools/call", call_params("ask"), R"({"elicitation":{}})");
  const json::value asked = parse(post(modern_fields("tools/call", "ask"), asking).body);
  EXPECT_EQ(asked.at_pointer("/result/resultType").as_string(), "input_required");
  const std::string params =
      call_params("ask") +
      R"(,"inputResponses":{"name":{"action":"accept","content":{"name":"Ada"}}},"requestState":)" +
      json::serialize(asked.at_pointer("/result/requestState"));
  EXPECT_EQ(text_of(parse(post(modern_fields("tools/call", "ask"),
                               modern("2", "tools/call", params, R"({"elicitation":{}})"))
                              .body)),
            "hello Ada");
}

TEST_F(ModernHttp, ManyAtOnce) {
  constexpr int kClients = 16;
  constexpr int kCalls = 50;
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int c = 0; c < kClients; ++c)
    threads.emplace_back([&, c] {
      HttpClient client = connect();
      for (int i = 0; i < kCalls; ++i) {
        const std::string text = std::to_string(c * kCalls + i);
        client.send_request(
            "POST", "/mcp", modern_fields("tools/call", "echo"),
            modern(text, "tools/call", call_params("echo", R"({"text":")" + text + "\"}")));
        const json::value answer = parse(client.receive().body);
        if (text_of(answer) == text && answer.at("id").as_int64() == c * kCalls + i) ++right;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, kClients * kCalls);
}

}  // namespace
}  // namespace dbops::http
