#include "base/value_text.h"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace dbops {
namespace {

std::string text_of(const Value& value) {
  std::string out = "|";
  append_text(out, value);
  return out.substr(1);
}

TEST(AppendText, IsPlainAndExact) {
  EXPECT_EQ(text_of(Value()), "");
  EXPECT_EQ(text_of(Value::boolean(true)), "true");
  EXPECT_EQ(text_of(Value::boolean(false)), "false");
  EXPECT_EQ(text_of(Value::integer(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(text_of(Value::real(0.1)), "0.1");
  EXPECT_EQ(text_of(Value::real(-0.0)), "-0");
  EXPECT_EQ(text_of(Value::real(std::numeric_limits<double>::denorm_min())), "5e-324");
  EXPECT_EQ(text_of(Value::real(std::nan(""))), "NaN");
  EXPECT_EQ(text_of(Value::real(INFINITY)), "Infinity");
  EXPECT_EQ(text_of(Value::real(-INFINITY)), "-Infinity");
  EXPECT_EQ(text_of(Value::view(Kind::bytes,
                                "\xff"
                                "a")),
            "\\xff61");
  EXPECT_EQ(text_of(Value::view(Kind::bytes, "")), "\\x");
  EXPECT_EQ(text_of(Value::view(Kind::decimal, "1.10")), "1.10");
  EXPECT_EQ(text_of(Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06.5+00")),
            "2026-11-24 17:07:06.5+00");
  EXPECT_EQ(text_of(Value::text("a,\"\n")), "a,\"\n");
}

TEST(AppendText, WritesListsAndMapsAsJson) {
  const Value items[] = {Value::text("a\""), Value::integer(INT64_MAX), Value()};
  EXPECT_EQ(text_of(Value::items(Kind::list, items)), R"(["a\"","9223372036854775807",null])");
  EXPECT_EQ(text_of(Value::items(Kind::map, {items, 2})), R"({"a\"":"9223372036854775807"})");
}

}  // namespace
}  // namespace dbops
