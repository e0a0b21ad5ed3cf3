#include "wire/json_reader.h"

#include <gtest/gtest.h>

#include <memory>

#include "wire/json_object.h"

namespace dbops {
namespace {

// What the reader makes of the text, an item a line: "line: document"; errors by name.
template <class Reader>
std::string read(std::string_view text, size_t piece = SIZE_MAX) {
  Reader reader;
  std::string out;
  Arena arena;
  std::vector<Value> cells;
  for (;;) {
    const auto got = reader.next(arena, cells);
    if (got && *got == Got::end) return out;
    if (got && *got == Got::more) {
      if (text.empty()) reader.finish();
      reader.feed(text.substr(0, piece));
      text.remove_prefix(std::min(piece, text.size()));
      continue;
    }
    if (!got) {
      out += std::to_string(reader.line()) + ": " + std::string(name(got.error().code)) + ", " +
             got.error().message + '\n';
      if (got.error().code != Code::data) return out;
      continue;
    }
    EXPECT_EQ(cells.size(), 1u);
    out += std::to_string(reader.line()) + ": " + std::string(cells[0].as_text()) + '\n';
  }
}
template <class Reader>
std::string read_all_ways(std::string_view text) {
  std::string whole = read<Reader>(text);
  for (const size_t piece : {1, 2, 3, 7}) EXPECT_EQ(read<Reader>(text, piece), whole) << piece;
  return whole;
}
std::string lines(std::string_view text) { return read_all_ways<NdjsonReader>(text); }
std::string array(std::string_view text) { return read_all_ways<JsonReader>(text); }

TEST(NdjsonReader, ReadsALineAtATime) {
  EXPECT_EQ(lines(""), "");
  EXPECT_EQ(lines("{\"a\":1}\n\n \t\r\n  {\"b\": [1, {}]} \r\n{}"),
            "1: {\"a\":1}\n4: {\"b\": [1, {}]}\n5: {}\n");
  EXPECT_EQ(lines("\xEF\xBB\xBF{}\n"), "1: {}\n");
}

TEST(NdjsonReader, GoesOnBehindAFaultyLine) {
  EXPECT_EQ(lines("{\"a\":}\n[1]\n5\n{\"a\":1}x\n{\"a\":\"\xff\"}\n{\"b\":2}\n"),
            "1: data, line 1: not a JSON object at byte 5: a value must stand here\n"
            "2: data, line 2: not a JSON object at byte 0: an object must stand here\n"
            "3: data, line 3: not a JSON object at byte 0: an object must stand here\n"
            "4: data, line 4: not a JSON object at byte 7: more follows the object\n"
            "5: data, line 5: not a JSON object at byte 0: the text is not UTF-8\n"
            "6: {\"b\":2}\n");
}

TEST(NdjsonReader, IsBounded) {
  const std::string large = "{\"a\":\"" + std::string(kItemBytesMax, 'x') + "\"}\n";
  EXPECT_EQ(read<NdjsonReader>(large, 1 << 16),
            "1: too_large, line 1: the line is longer than 16 MB\n");
}

TEST(JsonReader, ReadsAnArray) {
  EXPECT_EQ(array(""), "");
  EXPECT_EQ(array("[]"), "");
  EXPECT_EQ(array(" \n[ ] \n"), "");
  EXPECT_EQ(array("[{\"a\":\"]}\\\"\"},\n {\"b\":\n[{}]}\n,{}]\n"),
            "1: {\"a\":\"]}\\\"\"}\n2: {\"b\":\n[{}]}\n4: {}\n");
}

TEST(JsonReader, ReadsObjectsOneBehindTheOther) {
  EXPECT_EQ(array("{\"a\":1}{\"a\":2}\n\n{\n\"a\":3}"),
            "1: {\"a\":1}\n1: {\"a\":2}\n3: {\n\"a\":3}\n");
}

TEST(JsonReader, GoesOnBehindAFaultyObject) {
  EXPECT_EQ(array("[{\"a\":01},{\"a\":1}]"),
            "1: data, line 1: not a JSON object at byte 6: a comma or closing bracket is missing\n"
            "1: {\"a\":1}\n");
}

TEST(JsonReader, EndsWhereTheArrayIsNone) {
  const std::string where = " stands where an object, a comma or the end of the array should\n";
  EXPECT_EQ(array("[{},\n]"), "1: {}\n2: syntax, line 2: \"]\"" + where);
  EXPECT_EQ(array("[{} {}]"), "1: {}\n1: syntax, line 1: \"{\"" + where);
  EXPECT_EQ(array("[1]"), "1: syntax, line 1: \"1\"" + where);
  EXPECT_EQ(array("[{}] x"), "1: {}\n1: syntax, line 1: \"x\"" + where);
  EXPECT_EQ(array("{},{}"), "1: {}\n1: syntax, line 1: \",\"" + where);
  EXPECT_EQ(array("[{},"), "1: {}\n1: syntax, line 1: the array is never closed\n");
  EXPECT_EQ(array("{\"a\":"), "1: syntax, line 1: the object that begins here is never closed\n");
  const std::string large = "{\"a\":\"" + std::string(kItemBytesMax, 'x') + "\"}\n";
  EXPECT_EQ(read<JsonReader>(large, 1 << 16),
            "1: too_large, line 1: the object that begins here is larger than 16 MB\n");
}

// "key=kind text;..."
std::string members(std::string_view text) {
  if (const auto sound = check_json_object(text); !sound) return sound.error().message;
  Arena arena;
  JsonMembers reader;
  const auto read = reader.read(text, arena);
  if (!read) return read.error().message;
  std::string out;
  for (const JsonMember& member : **read) {
    out += std::string(member.key) + '=';
    const auto cell = json_cell(member.value, arena);
    if (!cell) return cell.error().message;
    out += std::string(name(cell->kind())) + ' ';
    JsonWriter(out).value(*cell);
    out += ';';
  }
  return out;
}

TEST(JsonMembers, KeepNumbersAsTheyWereWritten) {
  EXPECT_EQ(members(R"({"a":1,"b":-9223372036854775808,"c":9223372036854775808,"d":0.10})"),
            R"(a=integer 1;b=integer "-9223372036854775808";c=decimal "9223372036854775808";)"
            R"(d=decimal "0.10";)");
  EXPECT_EQ(members(R"({"a":1e2,"b":1.5E-3,"c":1e-400,"d":-0e999})"),
            "a=real 100;b=real 0.0015;c=real 0;d=real -0.0;");
  EXPECT_EQ(members(R"({"a":1e400})"), "the number 1e400 is beyond what a double can hold");
}

TEST(JsonMembers, UndoEscapes) {
  EXPECT_EQ(members(R"({"\u0061\n":"\"\\\/\b\f\r\t\u00e9\u20ac\ud83d\ude00","":null})"),
            "a\n=text \"\\\"\\\\/\\b\\f\\r\\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\";=null null;");
}

TEST(JsonMembers, KeepWhatIsNestedAsText) {
  EXPECT_EQ(members(R"( {"a": {"b": [1.10, 1e400]}, "c":[ ], "t":true, "f":false} )"),
            R"(a=json "{\"b\": [1.10, 1e400]}";c=json "[ ]";t=boolean true;f=boolean false;)");
}

TEST(JsonMembers, RefuseWhatIsNoObject) {
  for (const char* wrong : {"",
                            "{",
                            "{a:1}",
                            R"({"a"})",
                            R"({"a":1,})",
                            R"({"a":+1})",
                            R"({"a":.5})",
                            R"({"a":1.})",
                            R"({"a":1e})",
                            R"({"a":-})",
                            R"({"a":tru})",
                            R"({"a":"\x"})",
                            R"({"a":"\ud800"})",
                            R"({"a":"\ud800\u0041"})",
                            R"({"a":"\udc00"})",
                            R"({"a":"\u12g4"})",
                            "{\"a\":\"\n\"}",
                            R"({"a":[1,]})",
                            R"({"a":[1}})",
                            R"({"a":{"b":1]})",
                            R"({"a":1}})",
                            R"({"a":"x)"}) {
    SCOPED_TRACE(wrong);
    ASSERT_FALSE(check_json_object(wrong));
    EXPECT_EQ(check_json_object(wrong).error().code, Code::data);
  }
  EXPECT_EQ(members(R"({"a":1,"b":2,"\u0061":3})"), "the key \"a\" occurs twice");
  EXPECT_EQ(members(R"({"a":"\u00e9\ud83d"})"),
            "not a JSON object at byte 12: half of a surrogate pair");
  EXPECT_EQ(members(R"({"\ud83d\ude00":"\\ud83d"})"), "\xF0\x9F\x98\x80=text \"\\\\ud83d\";");
  const auto nested = [](size_t levels) {
    return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
  };
  EXPECT_TRUE(check_json_object(nested(kJsonDepthMax - 1)));
  EXPECT_FALSE(check_json_object(nested(kJsonDepthMax)));
}

}  // namespace
}  // namespace dbops
