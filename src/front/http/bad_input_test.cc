// What must never be taken for a request, or for another one: each with its exact answer.
#include "front/http/testing/http_fixture.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::legacy;
using mcp::testing::modern;
using testing::Answer;
using testing::Fields;
using testing::HttpClient;
using testing::legacy_fields;
using testing::modern_fields;

constexpr int kParse = mcp::kParseError;
constexpr int kRequest = mcp::kInvalidRequest;
constexpr int kParams = mcp::kInvalidParams;
constexpr int kMethod = mcp::kMethodNotFound;
constexpr int kHeader = mcp::kHeaderMismatch;
constexpr int kNone = 0;  // The body is no JSON-RPC error of ours.

class BadInput : public testing::HttpTest {
 protected:
  // The code of the error that the answer carries.
  static int code_of(const Answer& answer) {
    const auto body = parse_json(answer.body);
    if (!body || !body->is_object()) return kNone;
    boost::json::error_code none;
    const auto* code = body->find_pointer("/error/code", none);
    return code != nullptr ? static_cast<int>(code->as_int64()) : kNone;
  }
  Answer raw(std::string_view bytes) {
    HttpClient client = connect();
    client.send(bytes);
    return client.receive();
  }
  // After all of it, the server answers as before.
  void TearDown() override {
    EXPECT_EQ(post(modern_fields("tools/list"), modern("1", "tools/list")).status, 200);
  }
};

std::string nested(size_t levels) {
  return R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"x":)" +
         std::string(levels, '[') + std::string(levels, ']') + "}}";
}

TEST_F(BadInput, BodiesThatAreNoJson) {
  const std::pair<const char*, std::string> cases[] = {
      {"empty", ""},
      {"blank", "  \n"},
      {"cut off", R"({"jsonrpc":"2.0","id":1)"},
      {"two documents", modern("1", "tools/list") + modern("2", "tools/list")},
      {"a comma too many", R"({"jsonrpc":"2.0","id":1,"method":"tools/list",})"},
      {"single quotes", "{'jsonrpc':'2.0'}"},
      {"a comment", "/* */" + modern("1", "tools/list")},
      {"a byte order mark", "\xef\xbb\xbf" + modern("1", "tools/list")},
      {"NaN", R"({"jsonrpc":"2.0","id":NaN,"method":"tools/list"})"},
      {"a number beyond all doubles", R"({"jsonrpc":"2.0","id":1e400,"method":"tools/list"})"},
      {"1,000 levels", nested(1000)},
      {"100,000 levels", nested(100'000)},
      {"duplicate keys", R"({"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"})"},
      {"duplicate keys further in",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"a":1,"a":2}})"},
      {"invalid UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"tools/list\"}"},
      {"overlong UTF-8", "{\"jsonrpc\":\"2.0\",\"id\":\"\xc0\xaf\",\"method\":\"tools/list\"}"},
      {"half a surrogate pair", R"({"jsonrpc":"2.0","id":"\ud800","method":"tools/list"})"},
      {"a raw NUL", std::string("{\"jsonrpc\":\"2.0\",\"id\":\"\0\"}", 25)},
      {"a raw line break in a text", "{\"jsonrpc\":\"2.0\",\"id\":\"\n\"}"},
  };
  for (const auto& [name, body] : cases) {
    SCOPED_TRACE(name);
    const Answer answer = post(modern_fields("tools/list"), body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(code_of(answer), kParse) << answer.body;
  }
}

TEST_F(BadInput, JsonThatIsNoMessage) {
  const std::pair<const char*, std::string> cases[] = {
      {"null", "null"},
      {"a number", "17"},
      {"a text", "\"tools/list\""},
      {"an empty object", "{}"},
      {"an empty batch", "[]"},
      {"no version", R"({"id":1,"method":"tools/list"})"},
      {"another version", R"({"jsonrpc":"1.0","id":1,"method":"tools/list"})"},
      {"a version that is a number", R"({"jsonrpc":2.0,"id":1,"method":"tools/list"})"},
      {"no method", R"({"jsonrpc":"2.0","id":1})"},
      {"a method that is a number", R"({"jsonrpc":"2.0","id":1,"method":7})"},
      {"params that are a list", R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]})"},
      {"params that are null", R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":null})"},
      {"an id that is null", R"({"jsonrpc":"2.0","id":null,"method":"tools/list"})"},
      {"an id that is a list", R"({"jsonrpc":"2.0","id":[1],"method":"tools/list"})"},
      {"an id that is true", R"({"jsonrpc":"2.0","id":true,"method":"tools/list"})"},
      {"an id with a fraction", R"({"jsonrpc":"2.0","id":1.5,"method":"tools/list"})"},
      {"an id beyond 64 bits",
       R"({"jsonrpc":"2.0","id":1)" + std::string(40, '0') + R"(,"method":"tools/list"})"},
      {"a batch of this revision",
       "[" + modern("1", "tools/list") + "," + modern("2", "tools/list") + "]"},
  };
  for (const auto& [name, body] : cases) {
    SCOPED_TRACE(name);
    const Answer answer = post(modern_fields("tools/list"), body);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(code_of(answer), kRequest) << answer.body;
  }
}

TEST_F(BadInput, BatchesWhereThereAreNone) {
  const std::string batch = "[" + legacy("1", "ping") + "," + legacy("2", "ping") + "]";
  const Answer none = post(legacy_fields(begin("2025-11-25")), batch);
  EXPECT_EQ(none.status, 400);
  EXPECT_EQ(code_of(none), kRequest);
  EXPECT_EQ(post(legacy_fields(begin("2025-03-26")), batch).status, 200);
  EXPECT_EQ(post(legacy_fields(), batch).status, 400) << "without a session";
}

TEST_F(BadInput, MessagesThatAskForTheImpossible) {
  struct Case {
    const char* name;
    std::string_view method;
    std::string_view header_name;
    std::string params;
    int status;
    int code;
  };
  const Case cases[] = {
      {"an unknown method", "tools/destroy", "", "", 404, kMethod},
      {"a method of the older revisions", "ping", "", "", 404, kMethod},
      {"a method in capitals", "TOOLS/LIST", "", "", 404, kMethod},
      {"a method with a NUL", std::string_view("tools/list\\u0000"), "", "", 400, kHeader},
      {"an unknown tool", "tools/call", "destroy", call_params("destroy"), 200, kParams},
      {"a tool's name that is a number", "tools/call", "7", R"("name":7)", 400, kHeader},
      {"arguments that are a list", "tools/call", "echo", call_params("echo", "[]"), 200, kParams},
      {"arguments that are a text", "tools/call", "echo", call_params("echo", "\"x\""), 200,
       kParams},
      {"a cursor of nobody", "tools/list", "", R"("cursor":"x")", 200, kParams},
      {"a state that was not sealed here", "tools/call", "ask",
       call_params("ask") + R"(,"requestState":"AAAA")", 200, kParams},
      {"answers that are a list", "tools/call", "ask",
       call_params("ask") + R"(,"inputResponses":[])", 200, kParams},
      {"another tool in the header", "tools/call", "wait", call_params("echo"), 400, kHeader},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    const Answer answer =
        post(modern_fields(each.method, each.header_name), modern("1", each.method, each.params));
    EXPECT_EQ(answer.status, each.status);
    EXPECT_EQ(code_of(answer), each.code) << answer.body;
  }
}

constexpr std::string_view kHead =
    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

std::string with_head(std::string_view fields, std::string_view body = {}) {
  return std::string(kHead).append(fields).append("\r\n").append(body);
}

struct RawCase {
  const char* name;
  std::string bytes;
  int status;
  int code;
};

// Two readings of where a request ends are how requests are smuggled.
TEST_F(BadInput, RequestsWithTwoEnds) {
  const RawCase cases[] = {
      {"length and chunks",
       with_head("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       kRequest},
      {"chunks and length",
       with_head("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400,
       kRequest},
      {"two lengths", with_head("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400, kRequest},
      {"one length twice", with_head("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400,
       kRequest},
      {"a list of lengths", with_head("Content-Length: 2, 2\r\n", "{}"), 400, kRequest},
      {"a negative length", with_head("Content-Length: -1\r\n", "{}"), 400, kRequest},
      {"a signed length", with_head("Content-Length: +2\r\n", "{}"), 400, kRequest},
      {"a hexadecimal length", with_head("Content-Length: 0x2\r\n", "{}"), 400, kRequest},
      {"a length with a tail", with_head("Content-Length: 2x\r\n", "{}"), 400, kRequest},
      {"an empty length", with_head("Content-Length: \r\n", "{}"), 400, kRequest},
      {"a length beyond 64 bits", with_head("Content-Length: 99999999999999999999\r\n", "{}"), 400,
       kRequest},
      {"an unknown coding", with_head("Transfer-Encoding: gzip\r\n", "{}"), 501, kRequest},
      {"two codings", with_head("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501,
       kRequest},
      {"chunked, nearly", with_head("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501, kRequest},
      {"chunked twice",
       with_head("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400,
       kRequest},
      {"a chunk size that is none", with_head("Transfer-Encoding: chunked\r\n", "zz\r\n{}\r\n"),
       400, kRequest},
      {"a chunk size beyond 64 bits",
       with_head("Transfer-Encoding: chunked\r\n", "fffffffffffffffff\r\n{}\r\n"), 400, kRequest},
      // There are libraries for which each of these lines ends the head.
      {"a header without a name", with_head(": x\r\nContent-Length: 2\r\n", "{}"), 400, kRequest},
      {"a colon alone", with_head(":\r\nContent-Length: 2\r\n", "{}"), 400, kRequest},
      {"a NUL before a name", with_head(std::string("\0X: x\r\nContent-Length: 2\r\n", 26), "{}"),
       400, kRequest},
      {"a NUL alone", with_head(std::string("\0\r\nContent-Length: 2\r\n", 22), "{}"), 400,
       kRequest},
      {"a NUL behind a header without a value",
       with_head(std::string("X:\r\n\0\r\nContent-Length: 2\r\n", 26), "{}"), 400, kRequest},
      {"another request behind a header without a name",
       with_head(": x\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n"), 400, kRequest},
      {"a LF alone at its end", std::string(kHead) + "\n{}", 400, kRequest},
  };
  for (const RawCase& each : cases) {
    SCOPED_TRACE(each.name);
    HttpClient client = connect();
    client.send(each.bytes);
    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, each.status);
    EXPECT_EQ(code_of(answer), each.code) << answer.body;
    EXPECT_TRUE(client.closed()) << "what follows is not read as a request";
  }
}

TEST_F(BadInput, HeadsThatAreNone) {
  const std::string length = "Content-Length: 2\r\n";
  const RawCase cases[] = {
      {"a folded header", with_head("Mcp-Name: a\r\n b\r\n" + length, "{}"), 400, kRequest},
      {"a folded length", with_head("Content-Length:\r\n 2\r\n", "{}"), 400, kRequest},
      {"a folded header that is not ours", with_head("X-Any: a\r\n\tb\r\n" + length, "{}"), 400,
       kRequest},
      {"a line that ends in CR alone", with_head("X-Any: a\rContent-Length: 2\r\n", "{}"), 400,
       kRequest},
      {"a line that ends in LF alone", with_head("X-Any: a\nContent-Length: 2\r\n", "{}"), 400,
       kRequest},
      {"a blank before the colon", with_head("Content-Length : 2\r\n", "{}"), 400, kRequest},
      {"a NUL in a value", with_head(std::string("Mcp-Name: a\0b\r\n", 15) + length, "{}"), 400,
       kRequest},
      {"a NUL in a name", with_head(std::string("Mcp\0Name: a\r\n", 13) + length, "{}"), 400,
       kRequest},
      {"a bell in a value", with_head("Mcp-Name: a\ab\r\n" + length, "{}"), 400, kRequest},
      {"a header without a colon", with_head("Mcp-Name\r\n" + length, "{}"), 400, kRequest},
      {"two hosts", with_head("Host: localhost\r\n" + length, "{}"), 400, kRequest},
      {"two sessions", with_head("Mcp-Session-Id: a\r\nMcp-Session-Id: b\r\n" + length, "{}"), 400,
       kRequest},
      {"no host",
       "POST /mcp HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 400,
       kRequest},
      {"a NUL in the method",
       std::string("GET\0X /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 44), 400, kRequest},
      {"two blanks before the path", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400,
       kRequest},
      {"no HTTP at all", "hello\r\n\r\n", 400, kRequest},
      {"another protocol's greeting", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 400, kRequest},
      {"HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, kRequest},
  };
  for (const RawCase& each : cases) {
    SCOPED_TRACE(each.name);
    const Answer answer = raw(each.bytes);
    EXPECT_EQ(answer.status, each.status);
    EXPECT_EQ(code_of(answer), each.code) << answer.body;
  }
}

TEST_F(BadInput, HeadsThatAreTooLong) {
  for (const size_t bytes : {64u << 10, 1u << 20}) {
    Fields fields = modern_fields("tools/list");
    fields.emplace_back("X-Long", std::string(bytes, 'x'));
    EXPECT_EQ(post(fields, modern("1", "tools/list")).status, 431) << bytes;
    EXPECT_EQ(request("POST", modern_fields("tools/list"), modern("1", "tools/list"),
                      "/mcp?" + std::string(bytes, 'x'))
                  .status,
              414)
        << bytes;
  }
  Fields many = modern_fields("tools/list");
  for (int i = 0; i < 5000; ++i) many.emplace_back("X-" + std::to_string(i), "x");
  EXPECT_EQ(post(many, modern("1", "tools/list")).status, 431);
}

TEST_F(BadInput, HeadsAreAsLongAsTheSettingSaysAndNoByteMore) {
  constexpr size_t kMax = 4096;
  start({.header_bytes_max = kMax});
  const std::string body = modern("1", "tools/list");
  const auto of_size = [&](size_t bytes, bool in_path) {
    std::string fields = "Content-Length: " + std::to_string(body.size()) + "\r\n";
    for (const auto& [name, value] : modern_fields("tools/list"))
      if (name != "Content-Type") fields.append(name).append(": ").append(value).append("\r\n");
    const size_t plain = with_head(fields).size();
    const std::string more(bytes - plain - (in_path ? 1 : 8), 'x');
    std::string head = with_head(in_path ? fields : fields + "X-Of: " + more + "\r\n");
    if (in_path) head.insert(std::string_view("POST /mcp").size(), "?" + more);
    EXPECT_EQ(head.size(), bytes);
    return raw(head + body);
  };
  for (const bool in_path : {false, true}) EXPECT_EQ(of_size(kMax, in_path).status, 200);
  const Answer longer = of_size(kMax + 1, false);
  EXPECT_EQ(longer.status, 431);
  EXPECT_EQ(code_of(longer), kRequest);
  EXPECT_EQ(of_size(kMax + 1, true).status, 431) << "its line alone is not too long";
  EXPECT_EQ(of_size(kMax + 1000, true).status, 414);
}

TEST_F(BadInput, PathsWithANul) {
  using namespace std::string_view_literals;
  for (const std::string_view path :
       {"/healthz\0"sv, "/healthz\0x"sv, "/healthz\0?x=y"sv, "/healthz\0x?y=z"sv, "/\0healthz"sv}) {
    SCOPED_TRACE(path);
    const Answer answer = request("GET", {}, "", path);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(code_of(answer), kRequest);
  }
  for (const char* path : {"/healthz", "/healthz?x=y", "/healthz?x", "/healthz?x=y&z"})
    EXPECT_EQ(request("GET", {}, "", path).status, 200) << path;
}

TEST_F(BadInput, PathsThatLeadElsewhere) {
  for (const char* path : {"/",
                           "/MCP",
                           "/mcp/",
                           "//mcp",
                           "/mcp%00",
                           "/%6dcp",
                           "/x/../mcp",
                           "/mcp/..",
                           "/mcp;x",
                           "/.well-known/../mcp",
                           "/..%2fmcp",
                           "/%2e%2e/mcp",
                           "/mcp\\..\\x",
                           "/metrics/",
                           "/healthz",
                           "/etc/passwd",
                           "*",
                           "mcp",
                           "http:/mcp",
                           "http:mcp",
                           "://localhost/mcp",
                           "x-y://localhost/mcp",
                           "mcp?http://localhost/mcp",
                           "//localhost/mcp",
                           "/http://localhost/mcp"}) {
    SCOPED_TRACE(path);
    const Answer answer =
        request("POST", modern_fields("tools/list"), modern("1", "tools/list"), path);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(code_of(answer), kRequest);
  }
}

}  // namespace
}  // namespace dbops::http
