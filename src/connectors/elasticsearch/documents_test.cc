#include "connectors/elasticsearch/documents.h"

#include <gtest/gtest.h>

namespace dbops::elasticsearch {
namespace {

std::string lines_of(const LoadTarget& target, std::vector<Value> cells) {
  BulkLines lines(target);
  std::string out = "+";
  const auto added = lines.append(cells, out);
  if (added) return out.substr(1);
  EXPECT_EQ(out, "+");
  EXPECT_EQ(added.error().code, Code::data);
  return "!" + added.error().message;
}

LoadTarget rows(Kind kind, std::vector<std::string> key = {}) {
  LoadTarget target;
  target.path = {"i"};
  target.columns = {{"_id", "", Kind::text}, {"v", "", kind}};
  target.key = std::move(key);
  return target;
}

std::string value_of(Value value) {
  return lines_of(rows(value.kind(), {"_id"}), {Value::text("x"), value});
}

std::string written(std::string_view json) {
  return "{\"create\":{\"_id\":\"x\"}}\n{\"v\":" + std::string(json) + "}\n";
}

TEST(BulkLines, KeepValuesExact) {
  EXPECT_EQ(value_of(Value()), written("null"));
  EXPECT_EQ(value_of(Value::boolean(true)), written("true"));
  EXPECT_EQ(value_of(Value::integer(INT64_MIN)), written("-9223372036854775808"));
  EXPECT_EQ(value_of(Value::real(0.1)), written("0.1"));
  EXPECT_EQ(value_of(Value::view(Kind::decimal, "123456789012345678901.50")),
            written("123456789012345678901.50"));
  EXPECT_EQ(value_of(Value::view(Kind::decimal, "-Infinity")), written("\"-Infinity\""));
  EXPECT_EQ(value_of(Value::text("a\"\n☕")), written("\"a\\\"\\n☕\""));
  EXPECT_EQ(value_of(Value::view(Kind::bytes, std::string_view("\0\xff", 2))), written("\"AP8=\""));
  EXPECT_EQ(value_of(Value::view(Kind::date, "2026-11-24")), written("\"2026-11-24\""));
  EXPECT_EQ(value_of(Value::view(Kind::timestamp, "2026-11-24 17:07:06.5")),
            written("\"2026-11-24T17:07:06.5\""));
  EXPECT_EQ(value_of(Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06+00")),
            written("\"2026-11-24T17:07:06+00:00\""));
  EXPECT_EQ(value_of(Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06+05:30")),
            written("\"2026-11-24T17:07:06+05:30\""));
  EXPECT_EQ(value_of(Value::view(Kind::json, "{\"a\":\n[1.0]}")), written("{\"a\": [1.0]}"));
  const Value list[] = {Value::integer(1), Value(), Value::text("b")};
  EXPECT_EQ(value_of(Value::items(Kind::list, list)), written("[1,null,\"b\"]"));
  const Value map[] = {Value::text("k"), Value::items(Kind::list, list), Value::integer(2),
                       Value()};
  EXPECT_EQ(value_of(Value::items(Kind::map, map)), written(R"({"k":[1,null,"b"],"2":null})"));
}

TEST(BulkLines, NameDocumentsByTheirKey) {
  const std::vector<Value> cells = {Value::text("a\"b"), Value::integer(7)};
  EXPECT_EQ(lines_of(rows(Kind::integer), cells),
            "{\"create\":{}}\n{\"_id\":\"a\\\"b\",\"v\":7}\n");
  EXPECT_EQ(lines_of(rows(Kind::integer, {"v", "_id"}), cells),
            "{\"create\":{\"_id\":\"7:a\\\"b\"}}\n{\"v\":7}\n");
  LoadTarget replacing = rows(Kind::integer, {"v"});
  replacing.replace = true;
  EXPECT_EQ(lines_of(replacing, cells),
            "{\"index\":{\"_id\":\"7\"}}\n{\"_id\":\"a\\\"b\",\"v\":7}\n");
  EXPECT_EQ(lines_of(rows(Kind::text, {"_id"}), {Value(), Value()})[0], '!');
  EXPECT_EQ(lines_of(rows(Kind::text, {"_id"}), {Value::text(""), Value()})[0], '!');
  const std::string longest(kIdBytesMax, 'x');
  EXPECT_NE(lines_of(rows(Kind::text, {"_id"}), {Value::text(longest), Value()})[0], '!');
  EXPECT_EQ(lines_of(rows(Kind::text, {"_id"}), {Value::text(longest + "x"), Value()})[0], '!');
}

TEST(BulkLines, KeepDocumentsAsTheyAreWritten) {
  LoadTarget target;
  target.path = {"i"};
  target.documents = true;
  const auto document = [&](std::string_view text) {
    return lines_of(target, {Value::view(Kind::json, text)});
  };
  EXPECT_EQ(document("{\n \"n\": 1.50,\r\n \"t\": \"\\n\"}"),
            "{\"create\":{}}\n{  \"n\": 1.50,\r  \"t\": \"\\n\"}\n");
  target.key = {"_id"};
  EXPECT_EQ(document(R"({"n": 1e2, "_id": 12, "o": {"_id": "in"}})"),
            "{\"create\":{\"_id\":\"12\"}}\n{\"n\":1e2,\"o\":{\"_id\": \"in\"}}\n");
  EXPECT_EQ(document(R"({"_id": "é\u0022"})"), "{\"create\":{\"_id\":\"é\\\"\"}}\n{}\n");
  EXPECT_EQ(document(R"({"n": 1})")[0], '!');
  EXPECT_EQ(document(R"({"_id": null})")[0], '!');
  EXPECT_EQ(document(R"({"_id": {"$oid": "1"}})")[0], '!');
  target.key = {"n"};
  EXPECT_EQ(document(R"({"n": 1, "a\"b": [ 1 ]})"),
            "{\"create\":{\"_id\":\"1\"}}\n{\"n\":1,\"a\\\"b\":[ 1 ]}\n");
}

}  // namespace
}  // namespace dbops::elasticsearch
