#include "mcp/jsonrpc.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace dbops::mcp {
namespace {

struct BadCase {
  const char* name;
  std::string text;
  int code;
  const char* id = "";  // That can still be told.
};

class BadMessage : public testing::TestWithParam<BadCase> {};

// The failure of the whole, or of its only message, and the id to answer with.
TEST_P(BadMessage, IsRefusedWithItsCode) {
  const BadCase& bad = GetParam();
  const auto incoming = parse_incoming(bad.text);
  if (!incoming) {
    EXPECT_EQ(incoming.error().code, bad.code);
    EXPECT_TRUE(incoming.error().envelope);
    EXPECT_STREQ(bad.id, "");
    return;
  }
  ASSERT_EQ(incoming->slots.size(), 1u);
  ASSERT_FALSE(incoming->slots[0].message);
  EXPECT_EQ(incoming->slots[0].message.error().code, bad.code);
  EXPECT_TRUE(incoming->slots[0].message.error().envelope);
  EXPECT_EQ(incoming->slots[0].id, bad.id);
}

std::string nested(size_t levels) {
  return R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"a":)" + std::string(levels, '[') +
         std::string(levels, ']') + "}}";
}

std::string with_id(const std::string& id) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"x"})";
}

const BadCase kBad[] = {
    {"Empty", "", kParseError},
    {"NotJson", "hello", kParseError},
    {"Cut", R"({"jsonrpc":"2.0","id":1)", kParseError},
    {"Two", R"({"jsonrpc":"2.0","id":1,"method":"a"}{})", kParseError},
    {"DuplicateKey", R"({"jsonrpc":"2.0","id":1,"method":"b","method":"a"})", kParseError, "1"},
    {"DuplicateKeyDeep", R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"b":1,"b":2}})",
     kParseError, "1"},
    {"InvalidUtf8", "{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"method\":\"a\"}", kParseError},
    {"InvalidUtf8Deep", "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"\xff\"}", kParseError,
     "\"a\""},
    {"Surrogate", R"({"jsonrpc":"2.0","id":"\ud800","method":"a"})", kParseError},
    {"SurrogateDeep", R"({"jsonrpc":"2.0","params":{"a":"\ud83d"},"id":1,"method":"a"})",
     kParseError, "1"},
    {"HugeNumberDeep", R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"b":1e400}})", kParseError,
     "1"},
    {"InexactNumber",
     R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"b":[9007199254740993.0]}})",
     kInvalidRequest, "1"},
    {"Nul", std::string("{\"jsonrpc\":\"2.0\",\"id\":1,\0}", 27), kParseError},
    {"Nested1000", nested(1000), kParseError},
    {"Nested100000", nested(100000), kParseError},
    {"Text", R"("hello")", kInvalidRequest},
    {"Number", "7", kInvalidRequest},
    {"Null", "null", kInvalidRequest},
    {"EmptyObject", "{}", kInvalidRequest},
    {"EmptyBatch", "[]", kInvalidRequest},
    {"NoVersion", R"({"id":1,"method":"a"})", kInvalidRequest, "1"},
    {"OldVersion", R"({"jsonrpc":"1.0","id":1,"method":"a"})", kInvalidRequest, "1"},
    {"NumberVersion", R"({"jsonrpc":2.0,"id":"a","method":"a"})", kInvalidRequest, "\"a\""},
    {"NullId", with_id("null"), kInvalidRequest},
    {"FractionalId", with_id("1.5"), kInvalidRequest},
    {"HugeId", with_id("123456789012345678901234567890"), kInvalidRequest},
    {"HugeWholeId", with_id("1e30"), kInvalidRequest},
    {"ExponentId", with_id("1e400"), kParseError},
    {"BooleanId", with_id("true"), kInvalidRequest},
    {"ArrayId", with_id("[1]"), kInvalidRequest},
    {"LongId", with_id("\"" + std::string(300, 'a') + "\""), kInvalidRequest},
    {"MethodNumber", R"({"jsonrpc":"2.0","id":1,"method":7})", kInvalidRequest, "1"},
    {"MethodNull", R"({"jsonrpc":"2.0","id":1,"method":null})", kInvalidRequest, "1"},
    {"MethodLong", R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(200, 'm') + "\"}",
     kInvalidRequest, "1"},
    {"ParamsArray", R"({"jsonrpc":"2.0","id":1,"method":"a","params":[1]})", kInvalidRequest, "1"},
    {"ParamsNull", R"({"jsonrpc":"2.0","id":1,"method":"a","params":null})", kInvalidRequest, "1"},
    {"NothingInIt", R"({"jsonrpc":"2.0","id":1})", kInvalidRequest},
    {"ResultAndError", R"({"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}})",
     kInvalidRequest},
};

INSTANTIATE_TEST_SUITE_P(All, BadMessage, testing::ValuesIn(kBad),
                         [](const auto& tested) { return std::string(tested.param.name); });

struct IdCase {
  const char* sent;
  const char* answered;
};

TEST(Message, KeepsIdsExactly) {
  const IdCase cases[] = {{"7", "7"},
                          {"-7", "-7"},
                          {"0", "0"},
                          {"9007199254740993", "9007199254740993"},
                          {"18446744073709551615", "18446744073709551615"},
                          // JSON Schema: a number without a fraction is an integer, as is written.
                          {"7.0", "7"},
                          {"-2e3", "-2000"},
                          {R"("7")", R"("7")"},
                          {R"("")", R"("")"},
                          {R"("a\"b\\c\nd")", R"("a\"b\\c\nd")"},
                          {R"("\u00e9")", "\"\xc3\xa9\""}};
  for (const IdCase& id : cases) {
    SCOPED_TRACE(id.sent);
    const auto incoming = parse_incoming(with_id(id.sent));
    ASSERT_TRUE(incoming && incoming->slots[0].message);
    EXPECT_EQ(incoming->slots[0].message->id, id.answered);
  }
}

TEST(Message, TellsItsKind) {
  const auto kind = [](std::string_view text) {
    return parse_incoming(text)->slots.at(0).message.value().kind;
  };
  EXPECT_EQ(kind(R"({"jsonrpc":"2.0","id":1,"method":"a"})"), Message::Kind::request);
  EXPECT_EQ(kind(R"({"jsonrpc":"2.0","method":"a","params":{}})"), Message::Kind::notification);
  EXPECT_EQ(kind(R"({"jsonrpc":"2.0","id":1,"result":{}})"), Message::Kind::response);
  EXPECT_EQ(kind(R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"m"}})"),
            Message::Kind::response);
}

TEST(Message, MissingParamsReadAsNone) {
  const auto incoming = parse_incoming(R"({"jsonrpc":"2.0","id":1,"method":"a"})");
  EXPECT_TRUE(incoming->slots[0].message->params->empty());
}

TEST(Message, OutlivesWhatItCameWith) {
  Message message;
  {
    const auto incoming =
        parse_incoming(R"({"jsonrpc":"2.0","id":1,"method":"abc","params":{"k":"v"}})");
    message = *incoming->slots[0].message;
  }
  EXPECT_EQ(message.method, "abc");
  EXPECT_EQ(*text_member(*message.params, "k"), "v");
}

// However many bytes it needs, and its parts are still there when a copy is all that is left of it.
TEST(Message, OfEachSizeIsReadWhole) {
  for (const size_t items : {0u, 1u, 10u, 30u, 100u, 5000u}) {
    boost::json::value copy;
    std::string list;
    for (size_t i = 0; i < items; ++i)
      list += (i == 0 ? "\"" : ",\"") + std::string(i % 70, 'x') + std::to_string(i) + '"';
    list = '[' + list + ']';
    {
      const auto incoming =
          parse_incoming(R"({"jsonrpc":"2.0","id":1,"method":"x","params":{"list":)" + list + "}}");
      ASSERT_TRUE(incoming && incoming->slots[0].message);
      copy = *member(*incoming->slots[0].message->params, "list");
      boost::json::value grown(
          *incoming->slots[0].message->document);  // Takes memory where that one did.
      grown.as_object()["more"] = copy;
      EXPECT_EQ(boost::json::serialize(grown.at("more")), list);
    }
    EXPECT_EQ(boost::json::serialize(copy), list);
  }
}

TEST(Batch, KeepsGoodAndBadPartsInOrder) {
  const auto incoming = parse_incoming(
      R"([{"jsonrpc":"2.0","id":1,"method":"a"},7,{"jsonrpc":"2.0","id":3,"method":"b"}])");
  ASSERT_TRUE(incoming);
  EXPECT_TRUE(incoming->batch);
  ASSERT_EQ(incoming->slots.size(), 3u);
  EXPECT_EQ(incoming->slots[0].message->id, "1");
  EXPECT_FALSE(incoming->slots[1].message);
  EXPECT_EQ(incoming->slots[2].message->method, "b");
}

TEST(Batch, IsBounded) {
  std::string text = "[";
  for (size_t i = 0; i <= kBatchMax; ++i) text += i == 0 ? "{}" : ",{}";
  const auto incoming = parse_incoming(text + "]");
  ASSERT_FALSE(incoming);
  EXPECT_EQ(incoming.error().code, kInvalidRequest);
}

TEST(Frames, AreWhatTheSchemasWant) {
  EXPECT_EQ(error_frame("7", {.code = kInvalidParams, .message = "m", .data = R"({"a":1})"}),
            R"({"jsonrpc":"2.0","id":7,"error":{"code":-32602,"message":"m","data":{"a":1}}})");
  EXPECT_EQ(error_frame("", {.code = kParseError, .message = "m"}),
            R"({"jsonrpc":"2.0","error":{"code":-32700,"message":"m"}})");
  EXPECT_EQ(request_frame(3, "elicitation/create", "{}"),
            R"({"jsonrpc":"2.0","id":3,"method":"elicitation/create","params":{}})");
  EXPECT_EQ(notification_frame("notifications/progress", "{}"),
            R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})");
}

}  // namespace
}  // namespace dbops::mcp
