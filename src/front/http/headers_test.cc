#include "front/http/headers.h"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>

#include "mcp/testing/fake_tools.h"

namespace dbops::http {
namespace {

using mcp::testing::call_params;
using mcp::testing::modern;

TEST(Accept, TellsWhatTheClientTakes) {
  struct Case {
    std::optional<std::string_view> header;
    bool json;
    bool events;
  };
  const Case cases[] = {
      {std::nullopt, true, true},
      {"application/json, text/event-stream", true, true},
      {"application/json", true, false},
      {"Application/JSON;charset=utf-8", true, false},
      {"text/event-stream", false, true},
      {"*/*", true, true},
      {"application/*", true, false},
      {"text/*;q=0.5", false, true},
      {"application/json;q=0, text/event-stream", false, true},
      {"application/json; q=0.0, */*", true, true},
      {"text/html", false, false},
      {"", false, false},
      {",,;;,", false, false},
      {"application/json-seq", false, false},
  };
  for (const Case& tested : cases) {
    SCOPED_TRACE(tested.header.value_or("(none)"));
    const Acceptable acceptable = read_accept(tested.header);
    EXPECT_EQ(acceptable.json, tested.json);
    EXPECT_EQ(acceptable.events, tested.events);
  }
}

TEST(ContentType, IsJsonOrNot) {
  for (const char* type : {"application/json", "application/json; charset=utf-8",
                           "APPLICATION/JSON", "application/json ;x=y"})
    EXPECT_TRUE(is_json(type)) << type;
  for (const char* type : {"", "text/plain", "application/jsonp", "application/x-json",
                           "text/plain; application/json"})
    EXPECT_FALSE(is_json(type)) << type;
  EXPECT_FALSE(is_json(std::nullopt));
}

TEST(EncodedHeader, IsStrict) {
  struct Case {
    std::string_view value;
    std::optional<std::string> text;
  };
  const Case cases[] = {
      {"query", "query"},
      {"", ""},
      {"=?base64?cXVlcnk=?=", "query"},
      {"=?base64?w6k=?=", "\xc3\xa9"},
      {"=?base64?"
       "?=",
       ""},
      {"=?base64?cXVlcnk?=", std::nullopt},    // no padding
      {"=?base64?cXVlcnk==?=", std::nullopt},  // too much of it
      {"=?base64?cX!lcnk=?=", std::nullopt},
      {"=?base64?cXVl cnk=?=", std::nullopt},
      {"=?base64?/w==?=", std::nullopt},  // not UTF-8
      // basic/transports, "Server Validation": what is not plain ASCII must come encoded.
      {"\xc3\xa9", std::nullopt},
      {"a\tb ~", "a\tb ~"},
      {"a\x7f", std::nullopt},
      // Markers that are not complete and exact are text.
      {"=?BASE64?cXVlcnk=?=", "=?BASE64?cXVlcnk=?="},
      {"=?base64?cXVlcnk=", "=?base64?cXVlcnk="},
      {"cXVlcnk=?=", "cXVlcnk=?="},
      {"=?base64?=", "=?base64?="},
  };
  for (const Case& tested : cases)
    EXPECT_EQ(decode_header(tested.value), tested.text) << tested.value;
}

Headers made(std::initializer_list<std::pair<std::string_view, std::string_view>> list) {
  Headers headers;
  for (const auto& [name, value] : list) headers.take(name, value);
  return headers;
}

TEST(Headers, NamesIgnoreCaseAndValuesAreTrimmed) {
  const Headers headers = made({{"mcp-METHOD", " \ttools/list \t"}, {"X-Other", "x"}});
  EXPECT_EQ(headers.method, "tools/list");
  EXPECT_FALSE(headers.malformed);
}

TEST(Headers, TellsWhatIsMalformed) {
  EXPECT_TRUE(made({{"Host", "a"}, {"host", "b"}}).malformed);
  EXPECT_TRUE(made({{"Mcp-Method", "a"}, {"Mcp-Method", "a"}}).malformed);
  EXPECT_TRUE(made({{"Origin", std::string_view("a\0b", 3)}}).malformed);
  EXPECT_TRUE(made({{"Mcp-Name", "a\r"}}).malformed);
  EXPECT_TRUE(made({{"Content-Length", "1"}, {"Transfer-Encoding", "chunked"}}).malformed);
  EXPECT_TRUE(made({{"Mcp-Param-A", "a\x7f"}}).malformed);
  EXPECT_FALSE(made({{"Cookie", "a"}, {"Cookie", "b"}}).malformed) << "not ours to judge";
  EXPECT_FALSE(made({{"X-!#$%&'*+.^_`|~09azAZ", "a\tb"}}).malformed);
  for (const std::string_view name : {"", "Host ", "a:", "a\"", "a(", "\xc3\xa9"})
    EXPECT_TRUE(made({{name, "a"}}).malformed) << name;
}

struct MirrorCase {
  const char* name;
  std::string body;
  Headers headers;
  int failure;  // 0: they agree.
};

TEST(MirroredHeaders, AgreeWithTheBodyOrNot) {
  const std::string list = modern("1", "tools/list");
  const std::string call = modern("1", "tools/call", call_params("query"));
  const std::string_view version = "2026-07-28";
  const std::string_view version_name = "MCP-Protocol-Version";
  const MirrorCase cases[] = {
      {"list", list, made({{version_name, version}, {"Mcp-Method", "tools/list"}}), 0},
      {"no version", list, made({{"Mcp-Method", "tools/list"}}), mcp::kHeaderMismatch},
      {"other version", list, made({{version_name, "2025-11-25"}, {"Mcp-Method", "tools/list"}}),
       mcp::kHeaderMismatch},
      {"no method", list, made({{version_name, version}}), mcp::kHeaderMismatch},
      {"other method", list, made({{version_name, version}, {"Mcp-Method", "tools/call"}}),
       mcp::kHeaderMismatch},
      {"method in another case", list,
       made({{version_name, version}, {"Mcp-Method", "Tools/List"}}), mcp::kHeaderMismatch},
      {"call", call,
       made({{version_name, version}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "query"}}), 0},
      {"call in base64", call,
       made({{version_name, version},
             {"Mcp-Method", "tools/call"},
             {"Mcp-Name", "=?base64?cXVlcnk=?="}}),
       0},
      {"bad base64", call,
       made({{version_name, version},
             {"Mcp-Method", "tools/call"},
             {"Mcp-Name", "=?base64?cXVlcnk?="}}),
       mcp::kHeaderMismatch},
      {"no name", call, made({{version_name, version}, {"Mcp-Method", "tools/call"}}),
       mcp::kHeaderMismatch},
      {"other name", call,
       made({{version_name, version}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "Query"}}),
       mcp::kHeaderMismatch},
      {"a name that the body lacks", modern("1", "tools/call"),
       made({{version_name, version}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "query"}}),
       mcp::kHeaderMismatch},
      {"uri", modern("1", "resources/read", R"("uri":"a://b")"),
       made({{version_name, version}, {"Mcp-Method", "resources/read"}, {"Mcp-Name", "a://b"}}), 0},
  };
  for (const MirrorCase& tested : cases) {
    SCOPED_TRACE(tested.name);
    const auto incoming = mcp::parse_incoming(tested.body);
    const mcp::Message& message = *incoming->slots[0].message;
    auto checked = check_version_header(tested.headers, message);
    if (checked) checked = check_method_headers(tested.headers, message);
    EXPECT_EQ(checked ? 0 : checked.error().code, tested.failure);
    EXPECT_TRUE(checked || checked.error().envelope);
  }
}

TEST(ParamHeaders, RepeatTheirArguments) {
  struct Case {
    const char* argument;  // JSON; nullptr: the request has none.
    const char* header;    // nullptr: not sent.
    bool fits;
  };
  const Case cases[] = {
      {"\"Hello\"", "Hello", true},
      {"\"Hello\"", "=?base64?SGVsbG8=?=", true},
      {"\"Hello\"", "=?base64?SGVsbG8?=", false},
      {"\"Hello\"", "=?base64?SGVs!!!bG8=?=", false},
      {"\"=?base64?SGVsbG8=\"", "=?base64?SGVsbG8=", true},
      {"\"Hello\"", "hello", false},
      {"\"Hello\"", nullptr, false},
      {"5", "5", true},
      {"5", "5.0", true},
      {"5", "6", false},
      {"5", "5x", false},
      {"true", "true", true},
      {"true", "false", false},
      {"[5]", "5", false},
      {nullptr, nullptr, true},
      {nullptr, "5", false},
  };
  for (const Case& tested : cases) {
    SCOPED_TRACE(std::string(tested.argument != nullptr ? tested.argument : "-") + " by " +
                 (tested.header != nullptr ? tested.header : "-"));
    Headers headers;
    if (tested.header != nullptr) headers.take("mcp-param-region", tested.header);
    const auto value = parse_json(tested.argument != nullptr ? tested.argument : "0");
    const auto checked = check_param_headers(
        headers, {{.header = "Region", .value = tested.argument != nullptr ? &*value : nullptr}});
    EXPECT_EQ(checked.has_value(), tested.fits);
    EXPECT_EQ(checked ? 0 : checked.error().code, tested.fits ? 0 : mcp::kHeaderMismatch);
  }
  Headers twice;
  twice.take("Mcp-Param-A", "1");
  EXPECT_FALSE(twice.malformed);
  twice.take("mcp-param-a", "1");
  EXPECT_TRUE(twice.malformed);
}

}  // namespace
}  // namespace dbops::http
