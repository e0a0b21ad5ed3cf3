#include "connectors/mongodb/row_bson.h"

#include <gtest/gtest.h>

#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

std::string json_of(const Value& value) {
  const auto document = to_document({{"v", "", value.kind()}}, {&value, 1});
  if (!document) return std::string(name(document.error().code));
  std::string text;
  EXPECT_TRUE(append_json(text, **document, JsonForm::canonical));
  return text;
}

std::string json_of(Kind kind, std::string_view text) { return json_of(Value::view(kind, text)); }

TEST(RowBson, KeepsWhatBsonHas) {
  EXPECT_EQ(json_of(Value()), R"({"v": null})");
  EXPECT_EQ(json_of(Value::boolean(true)), R"({"v": true})");
  EXPECT_EQ(json_of(Value::integer(7)), R"({"v": {"$numberInt": "7"}})");
  EXPECT_EQ(json_of(Value::integer(INT64_MIN)),
            R"({"v": {"$numberLong": "-9223372036854775808"}})");
  EXPECT_EQ(json_of(Value::real(0.1)), R"({"v": {"$numberDouble": "0.1"}})");
  EXPECT_EQ(json_of(Kind::decimal, "1.50"), R"({"v": {"$numberDecimal": "1.50"}})");
  EXPECT_EQ(json_of(Value::text("")), R"({"v": ""})");
  EXPECT_EQ(json_of(Value::text(std::string_view("a\0b", 3))), R"({"v": "a\u0000b"})");
  EXPECT_EQ(json_of(Kind::bytes, std::string_view("\0\xff", 2)),
            R"({"v": {"$binary": {"base64": "AP8=", "subType": "00"}}})");
  EXPECT_EQ(json_of(Kind::uuid, "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            R"({"v": {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}}})");
  EXPECT_EQ(json_of(Kind::timestamp_tz, "2026-11-24 17:07:06.5+00"),
            R"({"v": {"$date": {"$numberLong": "1795540026500"}}})");
  EXPECT_EQ(json_of(Kind::date, "2026-11-24"), R"({"v": "2026-11-24"})");
  EXPECT_EQ(json_of(Kind::json, R"({"a": {"$numberLong": "1"}})"),
            R"({"v": {"a": {"$numberLong": "1"}}})");
  const Value list[] = {Value::integer(1), Value(), Value::text("b")};
  const Value map[] = {Value::text("k"), Value::items(Kind::list, list), Value::integer(2),
                       Value()};
  EXPECT_EQ(json_of(Value::items(Kind::map, map)),
            R"({"v": {"k": [{"$numberInt": "1"}, null, "b"], "2": null}})");
}

TEST(RowBson, RefusesWhatItWouldHaveToChange) {
  EXPECT_EQ(json_of(Kind::timestamp_tz, "2026-11-24 17:07:06.123456+00"), "data");
  EXPECT_EQ(json_of(Kind::timestamp_tz, "infinity"), "data");
  EXPECT_EQ(json_of(Kind::decimal, "12345678901234567890123456789012345"), "data");
  EXPECT_EQ(json_of(Kind::json, "{"), "data");
  EXPECT_EQ(json_of(Kind::json, R"({"$oid": "x"})"), "data");
}

}  // namespace
}  // namespace dbops::mongodb
