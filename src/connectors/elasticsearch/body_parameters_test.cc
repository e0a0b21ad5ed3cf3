#include "connectors/elasticsearch/body_parameters.h"

#include <gtest/gtest.h>

#include <limits>

#include "wire/json_view.h"

namespace dbops::elasticsearch {
namespace {

std::string bound(std::string_view body, std::initializer_list<Value> values) {
  Parameters parameters;
  for (const Value& value : values) parameters.add({}, value);
  const auto text = bind_body(body, parameters);
  return text ? *text : std::string(name(text.error().code)) + ": " + text.error().message;
}

TEST(BodyParameters, StandWhereAValueCan) {
  const Value text = Value::text("UA\"}, {\"x\": \"$1\"\n");
  EXPECT_EQ(bound(R"({"term": {"carrier": "$1" }})", {text}),
            R"({"term": {"carrier": "UA\"}, {\"x\": \"$1\"\n" }})");
  EXPECT_EQ(bound(R"({"a":["$2","$1","$2"]})", {Value::integer(1), Value::boolean(true)}),
            R"({"a":[true,1,true]})");
  EXPECT_EQ(bound(R"({"a":"$1"})", {Value()}), R"({"a":null})");
  EXPECT_EQ(bound(R"({"a":"$1"})", {Value::view(Kind::decimal, "0.10000000000000000001")}),
            R"({"a":0.10000000000000000001})");
  EXPECT_EQ(bound(R"({"a":"$1"})", {Value::view(Kind::json, "{\"b\":\n[1]}")}),
            R"({"a":{"b": [1]}})");
  EXPECT_EQ(bound(R"({"a":"$1"})", {Value::view(Kind::bytes, "\xff")}), R"({"a":"/w=="})");
  EXPECT_EQ(bound(R"({"a":"$1"})", {Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06.5+00")}),
            R"({"a":"2026-11-24T17:07:06.5+00:00"})");
  EXPECT_EQ(bound("{\"index\":{\"_id\":\"$1\"}}\n{\"a\":\"$2\"}", {text, Value::integer(2)}).back(),
            '}');
}

TEST(BodyParameters, AreTheWholeTextOfAString) {
  const std::string others = R"({"a":["$","$0","$01","x$1","$1 ","$1x","$$1","\u00241","\"$1"],)";
  EXPECT_EQ(bound(others + R"("b":"$1"})", {Value::integer(7)}), others + R"("b":7})");
}

TEST(BodyParameters, AndTheirPlacesGoTogether) {
  const Value one = Value::integer(1);
  EXPECT_EQ(bound(R"({"a":"$2"})", {one}), "invalid_argument: there is no value for \"$2\"");
  EXPECT_EQ(bound(R"({"a":"$1"})", {one, one}),
            "invalid_argument: the body has no place for the value 2");
  EXPECT_EQ(bound("", {one}), "invalid_argument: the body has no place for the value 1");
  EXPECT_EQ(bound(R"({"$1" : 1})", {one}),
            "invalid_argument: a parameter can't be the name of a member");
  EXPECT_EQ(bound(R"({"a":"$99999999999999999999999"})", {one}),
            "invalid_argument: there is no value for \"$9999999\"");
  EXPECT_EQ(bound(R"({"a":"$1"})", {Value::real(std::numeric_limits<double>::infinity())}),
            "invalid_argument: a parameter is no number that JSON can write");
  Parameters named;
  named.add("a", one);
  EXPECT_EQ(bind_body(R"({"a":"$1"})", named).error().code, Code::invalid_argument);
}

TEST(BodyParameters, AreBoundedTogether) {
  std::string body = "[";
  for (int i = 0; i < 100; ++i) body += R"("$1",)";
  body += "0]";
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(bound(body, {Value::text(large)}),
            "too_large: the body with its parameters is too large");
}

TEST(BodyParameters, HaveNoPlaceInAPath) {
  EXPECT_TRUE(check_unbound("/a/_search?q=$x"));
  EXPECT_TRUE(check_unbound("/a$/_search"));
  EXPECT_EQ(check_unbound("/$1/_search").error().code, Code::invalid_argument);
  EXPECT_EQ(check_unbound("/a/_search?size=$12").error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace dbops::elasticsearch
