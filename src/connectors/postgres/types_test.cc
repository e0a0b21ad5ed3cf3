#include "connectors/postgres/types.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/json.h"
#include "connectors/postgres/parameters.h"

namespace dbops::postgres {
namespace {

std::string show(const Value& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

Value cell(Arena& arena, Kind kind, std::string_view text) {
  return decode({.kind = kind}, text, true, arena);
}

TEST(Decode, ReadsEachKindFromItsText) {
  Arena arena;
  EXPECT_EQ(show(cell(arena, Kind::boolean, "t")), "true");
  EXPECT_EQ(show(cell(arena, Kind::boolean, "f")), "false");
  EXPECT_EQ(cell(arena, Kind::integer, "-9223372036854775808").as_integer(),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(cell(arena, Kind::real, "5e-324").as_real(), 5e-324);
  EXPECT_EQ(show(cell(arena, Kind::real, "NaN")), "\"NaN\"");
  EXPECT_EQ(show(cell(arena, Kind::real, "-Infinity")), "\"-Infinity\"");
  EXPECT_EQ(cell(arena, Kind::bytes, "\\x00ff10").as_text(), std::string_view("\0\xff\x10", 3));
  EXPECT_EQ(cell(arena, Kind::bytes, "\\x").as_text(), "");
  EXPECT_EQ(cell(arena, Kind::decimal, "12.50").as_text(), "12.50");
  EXPECT_EQ(cell(arena, Kind::decimal, "12.50").kind(), Kind::decimal);
  EXPECT_EQ(cell(arena, Kind::text, "").as_text(), "");
  EXPECT_EQ(cell(arena, Kind::timestamp_tz, "infinity").as_text(), "infinity");
}

// A value that doesn't read as its kind is shown as it came: nothing is lost.
TEST(Decode, LeavesWhatItCannotReadAsText) {
  Arena arena;
  const Value number = cell(arena, Kind::integer, "12x");
  EXPECT_EQ(number.kind(), Kind::text);
  EXPECT_EQ(number.as_text(), "12x");
  const Value list = decode({.kind = Kind::list}, "1,2", true, arena);
  EXPECT_EQ(list.kind(), Kind::text);
}

TEST(Decode, HandsOutWhatIsNotUtf8AsBytes) {
  Arena arena;
  EXPECT_EQ(decode({.kind = Kind::text}, "a\xff", false, arena).kind(), Kind::bytes);
  EXPECT_EQ(decode({.kind = Kind::text}, "aé", false, arena).kind(), Kind::text);
  const Value list =
      decode({.kind = Kind::list, .element = Kind::text}, "{\"\xff\",b}", false, arena);
  ASSERT_EQ(list.as_items().size(), 2U);
  EXPECT_EQ(list.as_items()[0].kind(), Kind::bytes);
  EXPECT_EQ(list.as_items()[1].kind(), Kind::text);
}

std::string array(std::string_view text, Kind element = Kind::text, char delimiter = ',') {
  Arena arena;
  const CellType type{.kind = Kind::list, .element = element, .delimiter = delimiter};
  return show(decode_array(type, text, true, arena));
}

TEST(Array, ReadsWhatTheServerWrites) {
  EXPECT_EQ(array("{}"), "[]");
  EXPECT_EQ(array("{1,NULL,-3}", Kind::integer), "[1,null,-3]");
  EXPECT_EQ(array("{a,\"b c\",\"\",\"NULL\",\"q\\\"\\\\\",\"{,}\"}"),
            R"(["a","b c","","NULL","q\"\\","{,}"])");
  EXPECT_EQ(array("{{1,2},{3,4}}", Kind::integer), "[[1,2],[3,4]]");
  EXPECT_EQ(array("{{{x}}}"), R"([[["x"]]])");
  EXPECT_EQ(array("[0:1]={5,6}", Kind::integer), "[5,6]");
  EXPECT_EQ(array("[0:0][2:3]={{5,6}}", Kind::integer), "[[5,6]]");
  EXPECT_EQ(array("{(1,1),(0,0);(2,2),(1,1)}", Kind::text, ';'),
            "[\"(1,1),(0,0)\",\"(2,2),(1,1)\"]");
  EXPECT_EQ(array("{t,f}", Kind::boolean), "[true,false]");
  EXPECT_EQ(array("{\"\\\\x00ff\"}", Kind::bytes), R"([{"base64":"AP8="}])");
  EXPECT_EQ(array("{é✈️}"), "[\"é✈️\"]");
}

TEST(Array, IsNullForWhatIsNone) {
  for (const std::string_view text :
       {"", "{", "}", "1,2", "{1,2", "{1,,2}", "{1}}", "{1} ", "{\"a}", "{\"a\\", "{a\"b}", "{,}",
        "[0:1]", "[0:1]=", "{1}{2}", "{{1},2", "{\"a\"b}"})
    EXPECT_EQ(array(text), "null") << text;
  std::string deep(kArrayDepthMax + 1, '{');
  EXPECT_EQ(array(deep + std::string(kArrayDepthMax + 1, '}')), "null");
}

Binding bind(std::initializer_list<Value> list) {
  Parameters parameters;
  for (const Value& value : list) parameters.add("", value);
  auto binding = Binding::make(parameters);
  EXPECT_TRUE(binding);
  return std::move(*binding);
}

std::string text_of(const Value& value) {
  Binding binding = bind({value});
  const Link::Values values = binding.values();
  if (values.texts[0] == nullptr) return "(null)";
  return {values.texts[0], static_cast<size_t>(values.sizes[0])};
}

TEST(Parameters, GoAsTheTextALiteralWouldHave) {
  EXPECT_EQ(text_of(Value()), "(null)");
  EXPECT_EQ(text_of(Value::boolean(true)), "true");
  EXPECT_EQ(text_of(Value::integer(-5)), "-5");
  EXPECT_EQ(text_of(Value::real(0.1)), "0.1");
  EXPECT_EQ(text_of(Value::real(5)), "5");
  EXPECT_EQ(text_of(Value::real(-std::numeric_limits<double>::infinity())), "-Infinity");
  EXPECT_EQ(text_of(Value::real(std::numeric_limits<double>::quiet_NaN())), "NaN");
  EXPECT_EQ(text_of(Value::text("it's")), "it's");
  EXPECT_EQ(text_of(Value::view(Kind::bytes, std::string_view("\0\xff", 2))),
            std::string("\0\xff", 2));
  const Value inner[] = {Value::text("a\"b\\"), Value(), Value::integer(1)};
  EXPECT_EQ(text_of(Value::items(Kind::list, inner)), R"({"a\"b\\",NULL,"1"})");
  const Value outer[] = {Value::items(Kind::list, inner)};
  EXPECT_EQ(text_of(Value::items(Kind::list, outer)), R"({{"a\"b\\",NULL,"1"}})");
  const Value pair[] = {Value::text("k"), Value::integer(1)};
  EXPECT_EQ(text_of(Value::items(Kind::map, pair)), R"({"k":1})");
}

TEST(Parameters, AreDeclaredOnlyWhereNothingElseSaysTheirType) {
  const Value one[] = {Value(), Value::integer(1)};
  const Binding binding = bind({Value::integer(1), Value::text("x"), Value(),
                                Value::view(Kind::bytes, "b"), Value::items(Kind::list, one)});
  EXPECT_EQ(binding.types(false, {}), (std::vector<Oid>{0, 0, 0, 17, 0}));
  EXPECT_EQ(binding.types(false, {1}), (std::vector<Oid>{23, 0, 0, 17, 0}));
  EXPECT_EQ(binding.types(true, {}), (std::vector<Oid>{23, 25, 0, 17, 1016}));
  EXPECT_TRUE(binding.fits({0, 0, 0, 17, 0}));
  EXPECT_TRUE(binding.fits({23, 25, 23, 17, 1016}));
  EXPECT_FALSE(binding.fits({25, 0, 0, 17, 0}));
  EXPECT_FALSE(binding.fits({0, 0, 0, 0, 0}));  // Bytes go in binary, for bytea alone.
  EXPECT_FALSE(binding.fits({0, 0}));
}

TEST(Parameters, RefuseWhatCannotBeSent) {
  Parameters named;
  named.add("a", Value::integer(1));
  EXPECT_EQ(Binding::make(named).error().code, Code::invalid_argument);
  Parameters nul;
  nul.add("", Value::text(std::string_view("a\0b", 3)));
  const auto refused = Binding::make(nul);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid_argument);
  EXPECT_NE(refused.error().message.find("$1"), std::string::npos);
}

TEST(ArrayLiteral, QuotesEveryItem) {
  const std::vector<std::string> names = {"a", "b\"c", "d\\e", "", "NULL", "{,}"};
  EXPECT_EQ(array_literal(names), R"({"a","b\"c","d\\e","","NULL","{,}"})");
  EXPECT_EQ(array_literal({}), "{}");
}

}  // namespace
}  // namespace dbops::postgres
