#include "base/json.h"

#include <gtest/gtest.h>

#include <bit>
#include <boost/json/value.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "base/text.h"

namespace dbops {
namespace {

template <class Write>
std::string written(Write write) {
  std::string out;
  JsonWriter writer(out);
  write(writer);
  return out;
}

std::string written(const Value& value) {
  return written([&](JsonWriter& out) { out.value(value); });
}

TEST(JsonWriter, KeepsCommasAndColons) {
  EXPECT_EQ(written([](JsonWriter& out) {
              out.begin_object().member("a", 1).key("b").begin_array();
              out.null().boolean(true).string("x").begin_object().end_object();
              out.begin_array().end_array().raw("[1]").end_array();
              out.member("c", "d").member("e", false).member("f", uint64_t{UINT64_MAX});
              out.end_object();
            }),
            R"({"a":1,"b":[null,true,"x",{},[],[1]],"c":"d","e":false,"f":18446744073709551615})");
}

TEST(JsonWriter, EscapesWhatMustBe) {
  EXPECT_EQ(written(Value::text("a\"\\\b\f\n\r\t/\x7f")), "\"a\\\"\\\\\\b\\f\\n\\r\\t/\x7f\"");
  EXPECT_EQ(written(Value::text(std::string_view("\0\x1f", 2))), R"("\u0000\u001f")");
  EXPECT_EQ(written(Value::text("")), "\"\"");
  EXPECT_EQ(written(Value::text("\xff"
                                "a\xed\xa0\x80")),
            "\"\xef\xbf\xbd"
            "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

// Texts are looked through eight bytes at a time: every byte is found at every place.
TEST(JsonWriter, EscapesEveryByteAtEveryPlace) {
  std::vector<size_t> sizes = {95, 96, 97};  // About where a text is no longer a short one.
  for (size_t size = 1; size <= 20; ++size) sizes.push_back(size);
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const std::string alone = written(Value::text(one));
    for (const size_t size : sizes) {
      for (size_t at = 0; at < size; ++at) {
        const std::string before(at, 'a');
        const std::string after(size - at - 1, '~');
        EXPECT_EQ(written(Value::text(before + one + after)),
                  '"' + before + alone.substr(1, alone.size() - 2) + after + '"')
            << byte << " of " << size << " at " << at;
      }
    }
  }
}

// A byte can borrow from those behind it in the same eight: what comes after an escape is found,
// and nothing else.
TEST(JsonWriter, EscapesTwoBytesOfEight) {
  const std::vector<std::string> all = {
      std::string(1, '\0'), "\x1f", " ", "!", "\"", "#", "[", "\\", "]", "\x7f", "\xc3\xa9"};
  const auto inside = [](const std::string& text) {
    const std::string quoted = written(Value::text(text));
    return quoted.substr(1, quoted.size() - 2);
  };
  for (const std::string& one : all)
    for (const std::string& other : all)
      for (size_t at = 0; at < 8; ++at)
        for (size_t apart = 0; apart < 8; ++apart) {
          const std::string before(at, 'a');
          const std::string between(apart, ' ');
          EXPECT_EQ(inside(before + one + between + other + "aaaaaaaa"),
                    before + inside(one) + between + inside(other) + "aaaaaaaa")
              << one << other << at << ' ' << apart;
        }
}

TEST(JsonWriter, KeepsCellsExact) {
  EXPECT_EQ(written(Value()), "null");
  EXPECT_EQ(written(Value::boolean(false)), "false");
  EXPECT_EQ(written(Value::integer(kJsonIntegerMax)), "9007199254740991");
  EXPECT_EQ(written(Value::integer(-kJsonIntegerMax)), "-9007199254740991");
  EXPECT_EQ(written(Value::integer(kJsonIntegerMax + 1)), "\"9007199254740992\"");
  EXPECT_EQ(written(Value::integer(INT64_MIN)), "\"-9223372036854775808\"");
  EXPECT_EQ(written(Value::view(Kind::decimal, "1.10")), "\"1.10\"");
  EXPECT_EQ(written(Value::view(Kind::json, "{\"a\": 1}")), R"("{\"a\": 1}")");
  EXPECT_EQ(written(Value::view(Kind::bytes, "\xff")), R"({"base64":"/w=="})");
  EXPECT_EQ(written(Value::real(0.1)), "0.1");
  EXPECT_EQ(written(Value::real(-0.0)), "-0.0");
  EXPECT_EQ(written(Value::real(5)), "5");
  EXPECT_EQ(written(Value::real(std::nan(""))), "\"NaN\"");
  EXPECT_EQ(written(Value::real(INFINITY)), "\"Infinity\"");
  EXPECT_EQ(written(Value::real(-INFINITY)), "\"-Infinity\"");
}

TEST(JsonWriter, WritesListsAndMaps) {
  const Value inner[] = {Value::integer(1), Value()};
  const Value list[] = {Value::items(Kind::list, inner), Value::text("x")};
  EXPECT_EQ(written(Value::items(Kind::list, list)), R"([[1,null],"x"])");
  const Value map[] = {Value::text("a"),
                       Value::integer(1),
                       Value::integer(2),
                       Value::text("b"),
                       Value::items(Kind::list, inner),
                       Value::items(Kind::map, {})};
  EXPECT_EQ(written(Value::items(Kind::map, map)), R"({"a":1,"2":"b","[1,null]":{}})");
}

// Any bit pattern of a double is written so that it reads back the same.
TEST(Json, RoundTripsRandomDoubles) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const std::string text = written(Value::real(number));
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(parsed->to_number<double>()), std::bit_cast<uint64_t>(number))
        << text;
  }
}

TEST(Json, RoundTripsAllCodePoints) {
  std::string text;
  const auto tail = [](uint32_t bits) { return static_cast<char>(0x80 | (bits & 0x3f)); };
  for (uint32_t point = 0; point <= 0x10ffff; ++point) {
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += {static_cast<char>(0xc0 | point >> 6), tail(point)};
    } else if (point >= 0x10000) {
      text +=
          {static_cast<char>(0xf0 | point >> 18), tail(point >> 12), tail(point >> 6), tail(point)};
    } else if (point < 0xd800 || point > 0xdfff) {
      text += {static_cast<char>(0xe0 | point >> 12), tail(point >> 6), tail(point)};
    }
  }
  const auto parsed = parse_json(written(Value::text(text)));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_TRUE(std::string_view(parsed->as_string()) == text);
}

TEST(Json, WritesWhatBoostParsed) {
  const std::string text = R"({"a":[1,-2,18446744073709551615,0.1,1e+22,"x",null,true],"b":{}})";
  const auto parsed = parse_json(text);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(written([&](JsonWriter& out) { out.json(*parsed); }), text);
}

TEST(ParseJson, ReadsTheNearestDouble) {
  const std::pair<std::string_view, double> cases[] = {
      {"0.1", 0.1},
      {"2.2250738585072011e-308", 2.2250738585072011e-308},
      {"1.7976931348623157e308", std::numeric_limits<double>::max()},
      {"123456789012345678901234567890.5e-10", 123456789012345678901234567890.5e-10},
      {"9007199254740993.0", 9007199254740992.0},
      {"1e-400", 0.0},
      {"18446744073709551616", 18446744073709551616.0}};
  for (const auto& [text, number] : cases) {
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message;
    EXPECT_EQ(parsed->as_double(), number) << text;
  }
  EXPECT_EQ(parse_json("9223372036854775807")->as_int64(), INT64_MAX);
  EXPECT_EQ(parse_json("9223372036854775808")->as_uint64(), 9223372036854775808u);
  EXPECT_TRUE(parse_json("5.0")->is_double());
}

TEST(ParseJson, AWholeNumberIsAnInteger) {
  const auto integer = [](std::string_view text) { return json_integer(*parse_json(text)); };
  EXPECT_EQ(integer("5.0"), 5);
  EXPECT_EQ(integer("-5e3"), -5000);
  EXPECT_EQ(integer("9223372036854775807"), INT64_MAX);
  for (const char* other : {"5.5", "1e30", "9223372036854775808", "\"5\"", "null", "true", "[5]"})
    EXPECT_EQ(integer(other), std::nullopt) << other;
}

TEST(ParseJson, RefusesWhatIsNotOneDocument) {
  for (const std::string_view text : {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "nul",
                                      "1 2",
                                      "{}{}",
                                      "'a'",
                                      "{a:1}",
                                      "// c\n1",
                                      "NaN",
                                      "Infinity",
                                      "01",
                                      "+1",
                                      "1.",
                                      ".5",
                                      "\"\x01\"",
                                      "\"\\x\"",
                                      "\"\\ud800\"",
                                      "\"\xff\"",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\xef\xbb\xbf{}",
                                      "1e400",
                                      "-1e400",
                                      "1e99999999999",
                                      "{\"a\":1,\"a\":2}",
                                      "[{\"b\":{\"a\":1,\"x\":2,\"\\u0061\":3}}]"}) {
    const auto parsed = parse_json(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::syntax) << text;
    ASSERT_TRUE(parsed.error().position) << text;
    EXPECT_LE(*parsed.error().position, text.size()) << text;
    EXPECT_TRUE(valid_utf8(parsed.error().message)) << text;
  }
}

TEST(ParseJson, SaysWhere) {
  EXPECT_NE(parse_json("[\"\xff\"]").error().message.find("byte 2: the text is not UTF-8"),
            std::string::npos);
  EXPECT_EQ(parse_json("[1, x]").error().position, 4u);
  for (const char* half : {"\"\\ud83d\"", "\"\\udc00\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\""})
    EXPECT_NE(parse_json(half).error().message.find("half of a surrogate pair"), std::string::npos)
        << half << parse_json(half).error().message;
  EXPECT_EQ(parse_json("{} x").error().position, 3u);
  EXPECT_NE(parse_json(R"({"ab":1,"ab":2})").error().message.find("\"ab\""), std::string::npos);
}

TEST(ParseJson, KeepsEachDigitWhereAsked) {
  for (const char* text : {"0.1", "1.10", "-0.0", "0.000", "1e30", "1E+2", "5.0e-324",
                           "1.7976931348623157e308", "12345678901234567000", "36893488147419103232",
                           "100000000000000000000000", "0.30000000000000004", "[{\"a\":-2.50}]",
                           "9223372036854775807", "18446744073709551615", "9007199254740993"}) {
    EXPECT_TRUE(parse_exact_json(text, {})) << text;
  }
  for (const char* text :
       {"36893488147419103233", "9007199254740993.0", "0.12345678901234567890", "1e-400",
        "12345678901234567890.12345678901234567890", "99999999999999999999",
        "0.1000000000000000055", "[{\"a\":3.14159265358979323846}]"}) {
    EXPECT_TRUE(parse_json(text)) << text;
    const auto parsed = parse_exact_json(text, {});
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::invalid_argument) << text;
    EXPECT_EQ(parsed.error().hint, "give it as a text, in quotes");
  }
}

TEST(ParseJson, TakesTheSameKeyInSeveralObjects) {
  EXPECT_TRUE(parse_json(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"":{"":1}})"));
}

TEST(ParseJson, IsBounded) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
  EXPECT_EQ(parse_json(nested(kJsonDepthMax + 1)).error().code, Code::too_large);
  EXPECT_EQ(parse_json(std::string(1'000'000, '[')).error().code, Code::too_large);
  EXPECT_EQ(parse_json(std::string(kJsonBytesMax + 1, ' ')).error().code, Code::too_large);
  EXPECT_TRUE(parse_json("1" + std::string(kJsonBytesMax - 1, ' ')));
}

}  // namespace
}  // namespace dbops
