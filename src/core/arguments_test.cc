#include "core/arguments.h"

#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace dbops {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<Argument> kDeclared = {
    {.name = "statement", .description = "What to run.", .required = true, .bytes_max = 20},
    {.name = "limit",
     .type = ArgumentType::integer,
     .description = "Rows at most.",
     .minimum = 1,
     .maximum = 1000},
    {.name = "offset", .type = ArgumentType::integer, .description = "Rows to pass over."},
    {.name = "check", .type = ArgumentType::boolean, .description = "Connect too."},
    {.name = "detail",
     .type = ArgumentType::choice,
     .description = "How.",
     .choices = {"names", "summary", "full"}},
    {.name = "tables", .type = ArgumentType::texts, .description = "Which.", .bytes_max = 20},
    {.name = "params", .type = ArgumentType::values, .description = "Values."},
    {.name = "arguments", .type = ArgumentType::object, .description = "Its own."},
};

Result<Arguments> read(std::string_view json) {
  return read_arguments(kDeclared, boost::json::parse(json).as_object());
}

// The message and the hint of the refusal.
std::string refusal(std::string_view json) {
  const auto arguments = read(json);
  if (arguments) return "accepted";
  EXPECT_EQ(arguments.error().code, Code::invalid_argument);
  EXPECT_EQ(arguments.error().effect, Effect::none);
  return arguments.error().message +
         (arguments.error().hint.empty() ? "" : " | " + arguments.error().hint);
}

TEST(Arguments, ReadsEveryType) {
  const auto arguments = read(R"({"statement": "select 1", "limit": 10, "check": true,
    "detail": "full", "tables": ["a", "b"], "arguments": {"x": [1, 0.1]}})");
  ASSERT_TRUE(arguments) << arguments.error().message;
  EXPECT_EQ(arguments->text("statement"), "select 1");
  EXPECT_EQ(arguments->integer("limit"), 10);
  EXPECT_TRUE(arguments->boolean("check"));
  EXPECT_EQ(arguments->text("detail"), "full");
  EXPECT_THAT(arguments->texts("tables"), ElementsAre("a", "b"));
  EXPECT_EQ(arguments->object("arguments"), R"({"x":[1,0.1]})");
  EXPECT_TRUE(arguments->has("limit"));
}

TEST(Arguments, TreatsNullAsNotGiven) {
  auto arguments = read(R"({"statement": "", "limit": null, "check": null, "params": null})");
  ASSERT_TRUE(arguments) << arguments.error().message;
  EXPECT_TRUE(arguments->has("statement"));
  EXPECT_FALSE(arguments->has("limit"));
  EXPECT_EQ(arguments->integer("limit"), std::nullopt);
  EXPECT_FALSE(arguments->boolean("check"));
  EXPECT_TRUE(arguments->boolean("check", true));
  EXPECT_EQ(arguments->text("detail"), "");
  EXPECT_THAT(arguments->texts("tables"), IsEmpty());
  EXPECT_TRUE(arguments->take_values("params").empty());
  EXPECT_EQ(arguments->object("arguments"), "{}");
}

TEST(Arguments, NamesWhatIsUnknownOrMissing) {
  EXPECT_EQ(refusal(R"({"statment": "x"})"),
            "there is no argument \"statment\" | did you mean \"statement\"?");
  EXPECT_EQ(refusal(R"({"statement": "x", "zebra\u001b": 1})"),
            "there is no argument \"zebra\\x1b\" | the arguments are statement, limit, offset, "
            "check, detail, tables, params, arguments");
  EXPECT_EQ(refusal(R"({})"), "the argument \"statement\" is missing | it is: What to run.");
  EXPECT_EQ(refusal(R"({"statement": null})"),
            "the argument \"statement\" is missing | it is: What to run.");
  // Who left out one may have left out others: all are named at once.
  const Argument two[] = {{.name = "in", .description = "Where.", .required = true},
                          {.name = "limit", .description = "Rows."},
                          {.name = "text", .description = "Words.", .required = true}};
  EXPECT_EQ(read_arguments(two, boost::json::parse(R"({"limit": "1"})").as_object()).error().hint,
            "it is: Where. All that is needed: in, text");
  const auto none = read_arguments({}, boost::json::parse(R"({"a": 1})").as_object());
  EXPECT_EQ(none.error().hint, "it takes no arguments");
}

TEST(Arguments, SaysWhatWasGivenAndWhatItMustBe) {
  EXPECT_EQ(refusal(R"({"statement": 5})"), "the argument \"statement\" is 5; it must be a text");
  EXPECT_EQ(refusal(R"({"statement": [1]})"),
            "the argument \"statement\" is an array; it must be a text");
  EXPECT_EQ(refusal(R"({"statement": "123456789012345678901"})"),
            "the argument \"statement\" has 21 B; it may have 20 B");
  EXPECT_EQ(refusal(R"({"statement": "x", "check": "yes"})"),
            "the argument \"check\" is the text \"yes\"; it must be true or false");
  EXPECT_EQ(refusal(R"({"statement": "x", "detail": "ful"})"),
            "the argument \"detail\" is the text \"ful\"; it must be one of names, summary, full | "
            "did you mean full?");
  EXPECT_EQ(refusal(R"({"statement": "x", "detail": true})"),
            "the argument \"detail\" is true; it must be one of names, summary, full");
  EXPECT_EQ(refusal(R"({"statement": "x", "tables": "a"})"),
            "the argument \"tables\" is the text \"a\"; it must be an array of texts");
  EXPECT_EQ(refusal(R"({"statement": "x", "tables": ["a", {}]})"),
            "the argument \"tables[1]\" is an object; it must be a text");
  EXPECT_EQ(refusal(R"({"statement": "x", "arguments": []})"),
            "the argument \"arguments\" is an array; it must be an object");
  // A long text may be anything, so it is not repeated.
  EXPECT_EQ(refusal(R"({"statement": "x", "check": ")" + std::string(41, 's') + "\"}"),
            "the argument \"check\" is a text; it must be true or false");
}

TEST(Arguments, BoundsIntegers) {
  const auto limit = [](std::string_view number) {
    return refusal(R"({"statement": "x", "limit": )" + std::string(number) + "}");
  };
  EXPECT_EQ(limit("1"), "accepted");
  EXPECT_EQ(limit("1000"), "accepted");
  EXPECT_EQ(limit("5.0"), "accepted");
  EXPECT_EQ(limit("1e2"), "accepted");
  const std::string must = "; it must be an integer from 1 to 1,000";
  EXPECT_EQ(limit("0"), "the argument \"limit\" is 0" + must);
  EXPECT_EQ(limit("1001"), "the argument \"limit\" is 1001" + must);
  EXPECT_EQ(limit("5.5"), "the argument \"limit\" is 5.5" + must);
  EXPECT_EQ(limit("\"5\""), "the argument \"limit\" is the text \"5\"" + must);
  EXPECT_EQ(limit("18446744073709551615"), "the argument \"limit\" is 18446744073709551615" + must);
  EXPECT_EQ(limit("1e300"), "the argument \"limit\" is 1e+300" + must);
  EXPECT_EQ(refusal(R"({"statement": "x", "offset": -1})"),
            "the argument \"offset\" is -1; it must be an integer of at least 0");
}

TEST(Arguments, ReadsStatementParameters) {
  auto arguments = read(R"({"statement": "x", "params": [null, true, 7, 0.5, "text", "",
    18446744073709551615, {"base64": "AAEC"}, {"a": 1, "b": [0.1]}, [1, "x"],
    {"name": ":day", "value": "2026-11-24"}, {"name": "blob", "value": {"base64": ""}}]})");
  ASSERT_TRUE(arguments) << arguments.error().message;
  const Parameters params = arguments->take_values("params");
  EXPECT_FALSE(arguments->has("params"));
  std::vector<std::string> seen;
  for (const Parameter& item : params.items) {
    std::string text = item.name + ":" + std::string(name(item.value.kind())) + ":";
    if (item.value.has_text()) text += item.value.as_text();
    seen.push_back(text);
  }
  EXPECT_THAT(seen, ElementsAre(":null:", ":boolean:", ":integer:", ":real:", ":text:text",
                                ":text:", ":decimal:18446744073709551615",
                                std::string(":bytes:\0\1\2", 10), R"(:json:{"a":1,"b":[0.1]})",
                                R"(:json:[1,"x"])", "day:text:2026-11-24", "blob:bytes:"));
  EXPECT_TRUE(params.items[1].value.as_boolean());
  EXPECT_EQ(params.items[2].value.as_integer(), 7);
  EXPECT_EQ(params.items[3].value.as_real(), 0.5);
}

TEST(Arguments, RefusesBadStatementParameters) {
  const auto params = [](std::string_view items) {
    return refusal(R"({"statement": "x", "params": )" + std::string(items) + "}");
  };
  EXPECT_EQ(params("{}"),
            "the argument \"params\" is an object; it must be an array with one item for each "
            "parameter");
  EXPECT_EQ(params(R"([1, {"base64": "?"}])"),
            "the argument \"params[1].base64\" is the text \"?\"; it must be bytes in base64 (RFC "
            "4648, with padding)");
  EXPECT_EQ(params(R"([{"name": 3, "value": 1}])"),
            "the argument \"params[0].name\" is 3; it must be a text");
  EXPECT_EQ(
      params(R"([{"name": "$", "value": 1}])"),
      "the argument \"params[0].name\" is the text \"$\"; it must be the name of a parameter");
  EXPECT_EQ(params(R"([{"name": "a", "value": 1}, {"name": ":a", "value": 2}])"),
            "the argument \"params[1].name\" is the text \":a\"; it must be a name that is not "
            "given twice");
  std::string many = "[0";
  for (size_t i = 0; i < kParametersMax; ++i) many += ",0";
  EXPECT_EQ(params(many + "]"),
            "the argument \"params\" is an array; it must be one of at most 65,535 items");
}

TEST(Arguments, DeclareTheirSchema) {
  std::string schema;
  JsonWriter out(schema);
  write_schema(kDeclared, out);
  EXPECT_EQ(boost::json::parse(schema), boost::json::parse(R"({
    "type": "object",
    "properties": {
      "statement": {"type": "string", "description": "What to run."},
      "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "Rows at most."},
      "offset": {"type": "integer", "minimum": 0, "description": "Rows to pass over."},
      "check": {"type": "boolean", "description": "Connect too."},
      "detail": {"type": "string", "enum": ["names", "summary", "full"], "description": "How."},
      "tables": {"type": "array", "items": {"type": "string"}, "description": "Which."},
      "params": {"type": "array", "items": {}, "description": "Values."},
      "arguments": {"type": "object", "description": "Its own."}
    },
    "required": ["statement"],
    "additionalProperties": false})"));
  schema.clear();
  JsonWriter empty(schema);
  write_schema({}, empty);
  EXPECT_EQ(schema, R"({"type":"object","properties":{},"additionalProperties":false})");
}

}  // namespace
}  // namespace dbops
