#include "wire/csv.h"

#include <gtest/gtest.h>

#include <random>

namespace dbops {
namespace {

std::string line(std::initializer_list<Value> cells, CsvFormat format = kCsv) {
  std::string out;
  CsvWriter(out, format).row({cells.begin(), cells.size()});
  return out;
}
std::string field(std::string_view text, CsvFormat format = kCsv) {
  return line({Value::text(text)}, format);
}

TEST(CsvWriter, WritesEveryKind) {
  const Value items[] = {Value::text("a"), Value::integer(1)};
  EXPECT_EQ(line({Value(), Value::boolean(true), Value::integer(-5), Value::real(0.5),
                  Value::view(Kind::decimal, "1.10"), Value::text("x"),
                  Value::view(Kind::bytes, "\xff"), Value::view(Kind::date, "2026-11-24"),
                  Value::view(Kind::timestamp, "2026-11-24 17:07:06"),
                  Value::view(Kind::interval, "1 day"), Value::items(Kind::list, items),
                  Value::items(Kind::map, items), Value::view(Kind::json, R"({"a":1})")}),
            R"(,true,-5,0.5,1.10,x,\xff,2026-11-24,2026-11-24 17:07:06,1 day,"[""a"",1]",)"
            R"("{""a"":1}","{""a"":1}")"
            "\n");
}

TEST(CsvWriter, TellsNullFromEmpty) {
  EXPECT_EQ(line({Value(), Value::text(""), Value()}), ",\"\",\n");
  EXPECT_EQ(line({Value()}), "\n");
  EXPECT_EQ(line({}), "\n");
}

TEST(CsvWriter, QuotesWhatMustBe) {
  EXPECT_EQ(field("a,b"), "\"a,b\"\n");
  EXPECT_EQ(field("a\"b"), "\"a\"\"b\"\n");
  EXPECT_EQ(field("\""), "\"\"\"\"\n");
  EXPECT_EQ(field("\"\",\"\""),
            "\"\"\"\"\","
            "\"\"\"\"\"\n");
  EXPECT_EQ(field("a\nb"), "\"a\nb\"\n");
  EXPECT_EQ(field("a\rb"), "\"a\rb\"\n");
  EXPECT_EQ(field(" a;\tb\\ "), " a;\tb\\ \n");
  EXPECT_EQ(field("a;b", {.delimiter = ';'}), "\"a;b\"\n");
  EXPECT_EQ(field("a,b", {.delimiter = ';'}), "a,b\n");
  EXPECT_EQ(field("na\xc3\xafve"), "na\xc3\xafve\n");
  EXPECT_EQ(field(std::string_view("a\0b", 3)), std::string("a\0b\n", 4));
}

TEST(CsvWriter, EscapesTabSeparatedText) {
  EXPECT_EQ(field("a\tb\nc\rd\\e\"f,g", kTsv), "a\\tb\\nc\\rd\\\\e\"f,g\n");
  EXPECT_EQ(
      line({Value(), Value::text(""), Value::text("\\N"), Value::view(Kind::bytes, "a")}, kTsv),
      "\\N\t\t\\\\N\t\\\\x61\n");
}

TEST(CsvWriter, WritesHeaders) {
  std::string out;
  CsvWriter writer(out);
  writer.header({{"a", "", Kind::null}, {"b,c", "", Kind::null}, {"", "", Kind::null}});
  writer.row({});
  EXPECT_EQ(out, "a,\"b,c\",\"\"\n\n");
}

// A reader by the letter of RFC 4180, with LF as line end: quotes tell an empty field from NULL.
using Field = std::optional<std::string>;
std::vector<std::vector<Field>> read_csv(std::string_view text) {
  std::vector<std::vector<Field>> rows(1);
  for (size_t at = 0; at < text.size();) {
    Field value;
    if (text[at] == '"') {
      value = "";
      for (++at; text[at] != '"' || text.substr(at).starts_with("\"\""); ++at) {
        *value += text[at];
        if (text[at] == '"') ++at;
      }
      ++at;
    } else {
      const size_t end = text.find_first_of(",\n", at);
      if (end > at) value = text.substr(at, end - at);
      at = end;
    }
    rows.back().push_back(value);
    if (text[at] == '\n') rows.emplace_back();
    ++at;
  }
  rows.pop_back();
  return rows;
}

TEST(CsvWriter, IsReadBackTheSame) {
  constexpr std::string_view kBytes = "ab,\"\n\r \\;\t";
  std::mt19937_64 random(1);
  std::string out;
  CsvWriter writer(out);
  std::vector<std::vector<Field>> expected;
  for (int i = 0; i < 5000; ++i) {
    std::vector<Field> fields(1 + random() % 5);
    for (Field& value : fields) {
      if (random() % 4 == 0) continue;
      value = "";
      for (size_t size = random() % 8; size > 0; --size) *value += kBytes[random() % kBytes.size()];
    }
    std::vector<Value> cells;
    for (const Field& value : fields) cells.push_back(value ? Value::text(*value) : Value());
    writer.row(cells);
    expected.push_back(fields);
  }
  EXPECT_EQ(read_csv(out), expected);
}

}  // namespace
}  // namespace dbops
