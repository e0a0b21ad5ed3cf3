#include "wire/csv_reader.h"

#include <gtest/gtest.h>

#include <random>

namespace dbops {
namespace {

// What the reader makes of the text, a record a line: "line: cell|cell", NULL as ~; errors by name.
std::string read(std::string_view text, CsvFormat format = kCsv, size_t piece = SIZE_MAX) {
  CsvReader reader(format);
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
    out += std::to_string(reader.line()) + ": ";
    if (!got) {
      out += std::string(name(got.error().code)) + ", " + got.error().message + '\n';
      if (got.error().code != Code::data) return out;
      continue;
    }
    for (const Value& cell : cells) {
      if (&cell != cells.data()) out += '|';
      out += cell.is_null() ? "~" : cell.as_text();
    }
    out += '\n';
  }
}

// Whatever way the bytes come.
std::string read_all_ways(std::string_view text, CsvFormat format = kCsv) {
  std::string whole = read(text, format);
  for (const size_t piece : {1, 2, 3, 7}) EXPECT_EQ(read(text, format, piece), whole) << piece;
  return whole;
}

TEST(CsvReader, ReadsRecords) {
  EXPECT_EQ(read_all_ways(""), "");
  EXPECT_EQ(read_all_ways("a,b\n1,2\n"), "1: a|b\n2: 1|2\n");
  EXPECT_EQ(read_all_ways("a,b\r\n1,2\r\n"), "1: a|b\n2: 1|2\n");
  EXPECT_EQ(read_all_ways("a,b\n1,2"), "1: a|b\n2: 1|2\n");
  EXPECT_EQ(read_all_ways("\n\n,\n"), "1: ~\n2: ~\n3: ~|~\n");
  EXPECT_EQ(read_all_ways("a,,\"\",\n"), "1: a|~||~\n");
  EXPECT_EQ(read_all_ways("a;b,c\n", {.delimiter = ';'}), "1: a|b,c\n");
}

TEST(CsvReader, TakesQuotesByTheLetter) {
  EXPECT_EQ(read_all_ways(R"("a,b","c""d","""",""""""
)"),
            "1: a,b|c\"d|\"|\"\"\n");
  EXPECT_EQ(read_all_ways("\"a\r\nb\",1\n2,3\n"), "1: a\r\nb|1\n3: 2|3\n");
  EXPECT_EQ(read_all_ways("x\n\"a\n\n\"\ny\n"), "1: x\n2: a\n\n\n5: y\n");
  EXPECT_EQ(read_all_ways("\"a\"\r\n\"b\""), "1: a\n2: b\n");
  EXPECT_EQ(read_all_ways(" \"\"\n"),
            "1: data, line 1: a quote stands within a field that is not quoted\n");
}

TEST(CsvReader, GoesOnBehindAFaultyRecord) {
  EXPECT_EQ(read_all_ways("1,5\" disk\n2,x\n"),
            "1: data, line 1: a quote stands within a field that is not quoted\n2: 2|x\n");
  EXPECT_EQ(read_all_ways("\"a\"b,\"c\"\n2,x\n"),
            "1: data, line 1: text stands behind a closing quote\n2: 2|x\n");
  EXPECT_EQ(read_all_ways("a\rb\n2,x\n"),
            "1: data, line 1: a carriage return stands outside quotes\n2: 2|x\n");
  EXPECT_EQ(read_all_ways("\"a\"\r\"b\"\n2"),
            "1: data, line 1: a carriage return stands outside quotes\n2: 2\n");
  EXPECT_EQ(read_all_ways("a\xff\n2,x\n"), "1: data, line 1: not UTF-8\n2: 2|x\n");
}

TEST(CsvReader, SaysWhereAQuoteWasLeftOpen) {
  EXPECT_EQ(read_all_ways("a\nb,\"c\nd\n"),
            "1: a\n2: syntax, line 2: a quote of the record that begins here is never closed\n");
}

TEST(CsvReader, KnowsByteOrderMarks) {
  EXPECT_EQ(read_all_ways("\xEF\xBB\xBF\"a\",b\n"), "1: a|b\n");
  EXPECT_EQ(read_all_ways("\xEF\xBB\xBF"), "");
  EXPECT_EQ(read("\xFF\xFE"
                 "a"),
            "1: unsupported, line 1: the text is UTF-16\n");
  EXPECT_EQ(read_all_ways("\xEF\xBB"), "1: data, line 1: not UTF-8\n");
}

TEST(CsvReader, UndoesTheEscapesOfTsv) {
  EXPECT_EQ(read_all_ways("a\\tb\\n\\r\\\\\t\\N\t\t\\x\\\t\"q\"\n", kTsv),
            "1: a\tb\n\r\\|~||\\x\\|\"q\"\n");
}

TEST(CsvReader, IsBounded) {
  const std::string wide(kItemCellsMax - 1, ',');
  EXPECT_EQ(read(wide + "\n").substr(0, 5), "1: ~|");
  EXPECT_EQ(read(wide + ",\nx\n"), "1: data, line 1: more than 10,000 fields\n2: x\n");
  const std::string large(kItemBytesMax - 1, 'x');
  EXPECT_EQ(read(large + "\n").size(), large.size() + 4);
  EXPECT_EQ(read("\"" + large + "\n"),
            "1: too_large, line 1: the record that begins here is larger than 16 MB\n");
  EXPECT_EQ(read(large + "x\n", kCsv, 1 << 16),
            "1: too_large, line 1: the record that begins here is larger than 16 MB\n");
}

TEST(CsvReader, ReadsWhatTheWriterWrites) {
  constexpr std::string_view kBytes = "ab,\"\n\r \\;\tN";
  for (const CsvFormat format : {kCsv, kTsv}) {
    std::mt19937_64 random(1);
    std::string text;
    CsvWriter writer(text, format);
    std::vector<std::vector<std::optional<std::string>>> rows;
    for (int i = 0; i < 2000; ++i) {
      auto& row = rows.emplace_back(1 + random() % 5);
      std::vector<Value> cells;
      for (auto& value : row) {
        if (random() % 4 != 0) {
          value.emplace();
          for (size_t size = random() % 8; size > 0; --size)
            *value += kBytes[random() % kBytes.size()];
        }
        cells.push_back(value ? Value::text(*value) : Value());
      }
      writer.row(cells);
    }
    CsvReader reader(format);
    reader.feed(text);
    reader.finish();
    Arena arena;
    std::vector<Value> cells;
    for (const auto& row : rows) {
      ASSERT_EQ(reader.next(arena, cells).value(), Got::item);
      ASSERT_EQ(cells.size(), row.size());
      for (size_t i = 0; i < row.size(); ++i) {
        ASSERT_EQ(cells[i].is_null(), !row[i].has_value());
        ASSERT_EQ(row[i].value_or(""), cells[i].is_null() ? "" : cells[i].as_text());
      }
    }
    EXPECT_EQ(reader.next(arena, cells).value(), Got::end);
  }
}

}  // namespace
}  // namespace dbops
