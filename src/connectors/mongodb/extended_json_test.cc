#include "connectors/mongodb/extended_json.h"

#include <gmock/gmock-matchers.h>

namespace dbops::mongodb {
namespace {

std::string written(std::string_view text, JsonForm form) {
  const auto parsed = parse_document(text);
  if (!parsed) return std::string(name(parsed.error().code)) + ": " + parsed.error().message;
  std::string json;
  const auto done = append_json(json, **parsed, form);
  return done ? json : std::string(name(done.error().code));
}
std::string relaxed(std::string_view text) { return written(text, JsonForm::relaxed); }
std::string canonical(std::string_view text) { return written(text, JsonForm::canonical); }

TEST(ExtendedJson, KeepsEveryTypeInBothForms) {
  for (const char* text : {
           R"({"a": {"$oid": "65f000000000000000000001"}})",
           R"({"a": {"$numberDecimal": "1.10"}})",
           R"({"a": {"$numberDecimal": "NaN"}})",
           R"({"a": {"$numberDouble": "NaN"}})",
           R"({"a": {"$numberDouble": "-Infinity"}})",
           R"({"a": {"$binary": {"base64": "AP8Q", "subType": "80"}}})",
           R"({"a": {"$binary": {"base64": "", "subType": "00"}}})",
           R"({"a": {"$timestamp": {"t": 4294967295, "i": 0}}})",
           R"({"a": {"$regularExpression": {"pattern": "a/b\"", "options": "imx"}}})",
           R"({"a": {"$minKey": 1}, "b": {"$maxKey": 1}, "c": {"$undefined": true}})",
           R"x({"a": {"$code": "f()"}, "b": {"$code": "f()", "$scope": {"x": "y"}}})x",
           R"({"a": {"$symbol": "s"}})",
           R"({"a": {"$dbPointer": {"$ref": "c", "$id": {"$oid": "65f000000000000000000001"}}}})",
           R"({"a": {"$date": {"$numberLong": "-1"}}})",
           R"({"a": {"$date": {"$numberLong": "9223372036854775807"}}})",
           R"({"": "", "a": [], "b": {}, "c": [[null, true, false]], "d": "\u0000\n"})",
       }) {
    EXPECT_EQ(relaxed(text), text);
    EXPECT_EQ(canonical(text), text);
  }
}

TEST(ExtendedJson, WritesNumbersAsPeopleDoOrWithTheirTypes) {
  constexpr const char* kNumbers = R"({"a": 1, "b": 2147483648, "c": 1.0, "d": 0.1, "e": -0.0})";
  EXPECT_EQ(relaxed(kNumbers), kNumbers);
  EXPECT_EQ(canonical(kNumbers),
            R"({"a": {"$numberInt": "1"}, "b": {"$numberLong": "2147483648"}, )"
            R"("c": {"$numberDouble": "1.0"}, "d": {"$numberDouble": "0.1"}, )"
            R"("e": {"$numberDouble": "-0.0"}})");
  EXPECT_EQ(canonical(canonical(kNumbers)), canonical(kNumbers));
  EXPECT_EQ(relaxed(R"({"a": {"$numberLong": "-9223372036854775808"}})"),
            R"({"a": -9223372036854775808})");
}

TEST(ExtendedJson, WritesDatesAsPeopleDo) {
  EXPECT_EQ(relaxed(R"({"a": {"$date": "2026-11-28T12:20:52.7+02:00"}})"),
            R"({"a": {"$date": "2026-11-28T10:20:52.700Z"}})");
  EXPECT_EQ(canonical(R"({"a": {"$date": "1970-01-01T00:00:01Z"}})"),
            R"({"a": {"$date": {"$numberLong": "1000"}}})");
  for (const char* wrong : {"2026-02-29T00:00:00Z", "2026-11-28", "2026-11-28T24:00:00Z",
                            "2026-11-28T10:20:52.1234Z", "2026-11-28T10:20:52", "x", ""})
    EXPECT_EQ(parse_date(wrong), std::nullopt) << wrong;
}

TEST(ExtendedJson, TakesOtherSpellings) {
  EXPECT_EQ(relaxed(R"({"a": {"$uuid": "00112233-4455-6677-8899-aabbccddeeff"}})"),
            R"({"a": {"$binary": {"base64": "ABEiM0RVZneImaq7zN3u/w==", "subType": "04"}}})");
  EXPECT_EQ(relaxed(R"({"a": {"$binary": "AP8Q", "$type": "05"}})"),
            R"({"a": {"$binary": {"base64": "AP8Q", "subType": "05"}}})");
  // Operators of a query are no types.
  for (const char* query : {R"({"a": {"$regex": "^x", "$options": "i"}})",
                            R"({"a": {"$type": "string"}})", R"({"a": {"$gt": 1, "$lt": 2}})"})
    EXPECT_EQ(relaxed(query), query);
}

TEST(ExtendedJson, RefusesWhatATypeCannotHold) {
  for (const char* text : {
           R"({"a": {"$oid": "65f"}})",
           R"({"a": {"$oid": 1}})",
           R"({"a": {"$numberInt": "2147483648"}})",
           R"({"a": {"$numberInt": 1}})",
           R"({"a": {"$numberLong": "9223372036854775808"}})",
           R"({"a": {"$numberDouble": "inf"}})",
           R"({"a": {"$numberDouble": "-NaN"}})",
           R"({"a": {"$numberDouble": "1e999"}})",
           R"({"a": {"$numberDecimal": "1.2.3"}})",
           R"({"a": {"$binary": {"base64": "?", "subType": "00"}}})",
           R"({"a": {"$binary": {"base64": "", "subType": "100"}}})",
           R"({"a": {"$uuid": "00112233"}})",
           R"({"a": {"$date": 5}})",
           R"({"a": {"$timestamp": {"t": -1, "i": 0}}})",
           R"({"a": {"$regularExpression": {"pattern": "a\u0000", "options": ""}}})",
           R"({"a": {"$code": "f\u0000"}})",
           R"({"a\u0000": 1})",
           R"({"a": 18446744073709551615})",
           R"({"a": 1, "a": 2})",
           "[1]",
           "1",
           "{",
       })
    EXPECT_THAT(relaxed(text), testing::StartsWith("syntax: ")) << text;
}

TEST(ExtendedJson, RefusesBytesThatAreNoBson) {
  // A document whose string says that it is longer than the document.
  constexpr uint8_t kLies[] = {14, 0, 0, 0, 2, 'a', 0, 200, 0, 0, 0, 'x', 0, 0};
  bson_t document;
  ASSERT_TRUE(bson_init_static(&document, kLies, sizeof kLies));
  std::string json;
  const auto done = append_json(json, document, JsonForm::relaxed);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::protocol);

  Bson deep;
  for (size_t i = 0; i <= kBsonDepthMax + 1; ++i) {
    Bson outer;
    BSON_APPEND_DOCUMENT(outer.get(), "a", deep.get());
    deep = std::move(outer);
  }
  EXPECT_EQ(append_json(json, *deep, JsonForm::relaxed).error().code, Code::protocol);
}

}  // namespace
}  // namespace dbops::mongodb
