#include "front/cli/format.h"

#include <gtest/gtest.h>

#include <cmath>

#include "front/cli/table.h"

namespace dbops::cli {
namespace {

const Schema kSchema = {{"id", "int8", Kind::integer},
                        {"name", "text", Kind::text},
                        {"price", "numeric", Kind::decimal},
                        {"any", "", Kind::null}};

using Row = std::vector<Value>;

std::vector<Row> rows() {
  static const Value kItems[] = {Value::integer(1), Value::text("x"), Value()};
  return {
      {Value::integer(1), Value::text("plain"), Value::view(Kind::decimal, "1.50"),
       Value::real(0.1)},
      {Value::integer(-9007199254740993), Value::text("日本 \"q\", |x|"),
       Value::view(Kind::decimal, "12345678901234567890.5"), Value::boolean(true)},
      {Value(), Value::text(""), Value(), Value::view(Kind::bytes, std::string_view("\0\xff", 2))},
      {Value::integer(3), Value::text("two\nlines\x1b[31m"), Value(),
       Value::items(Kind::list, kItems)},
      {Value::integer(4), Value::text("<b>\\"), Value(), Value::real(std::nan(""))},
  };
}

std::string format(Format format, const Look& look = {}, ops::Page page = {},
                   const Schema& schema = kSchema, const std::vector<Row>& given = rows()) {
  const auto formatter = make_formatter(format, look);
  std::string out;
  formatter->begin(schema, out);
  for (const Row& row : given) formatter->row(row, out);
  page.rows = given.size();
  formatter->end(page, out);
  return out;
}

TEST(Format, Csv) {
  EXPECT_EQ(format(Format::csv),
            "id,name,price,any\n"
            "1,plain,1.50,0.1\n"
            "-9007199254740993,\"日本 \"\"q\"\", |x|\",12345678901234567890.5,true\n"
            ",\"\",,\\x00ff\n"
            "3,\"two\nlines\x1b[31m\",,\"[1,\"\"x\"\",null]\"\n"
            "4,<b>\\,,NaN\n");
}

TEST(Format, CsvWithoutHeaderAndTwoResults) {
  Look look;
  look.header = false;
  const auto formatter = make_formatter(Format::csv, look);
  std::string out;
  for (int64_t i = 1; i <= 2; ++i) {
    const Row row = {Value::integer(i)};
    formatter->begin({{"n", "", Kind::integer}}, out);
    formatter->row(row, out);
    formatter->end({}, out);
  }
  formatter->begin({}, out);  // A statement without rows.
  formatter->end({}, out);
  EXPECT_EQ(out, "1\n\n2\n");
}

TEST(Format, Tsv) {
  EXPECT_EQ(format(Format::tsv),
            "id\tname\tprice\tany\n"
            "1\tplain\t1.50\t0.1\n"
            "-9007199254740993\t日本 \"q\", |x|\t12345678901234567890.5\ttrue\n"
            "\\N\t\t\\N\t\\\\x00ff\n"
            "3\ttwo\\nlines\x1b[31m\t\\N\t[1,\"x\",null]\n"
            "4\t<b>\\\\\t\\N\tNaN\n");
}

TEST(Format, Json) {
  EXPECT_EQ(
      format(Format::json),
      "[\n"
      R"({"id":1,"name":"plain","price":"1.50","any":0.1},)"
      "\n"
      R"({"id":"-9007199254740993","name":"日本 \"q\", |x|","price":"12345678901234567890.5","any":true},)"
      "\n"
      R"({"id":null,"name":"","price":null,"any":{"base64":"AP8="}},)"
      "\n"
      R"({"id":3,"name":"two\nlines\u001b[31m","price":null,"any":[1,"x",null]},)"
      "\n"
      R"({"id":4,"name":"<b>\\","price":null,"any":"NaN"})"
      "\n]\n");
  EXPECT_EQ(format(Format::json, {}, {}, kSchema, {}), "[]\n");
}

TEST(Format, NdjsonTellsColumnsOfTheSameNameApart) {
  const Schema schema = {{"n", "", Kind::integer},
                         {"n", "", Kind::integer},
                         {"n_2", "", Kind::integer},
                         {"a\"b", "", Kind::integer}};
  const Row row = {Value::integer(1), Value::integer(2), Value::integer(3), Value::integer(4)};
  EXPECT_EQ(format(Format::ndjson, {}, {}, schema, {row, row}),
            "{\"n\":1,\"n_2\":2,\"n_2_2\":3,\"a\\\"b\":4}\n"
            "{\"n\":1,\"n_2\":2,\"n_2_2\":3,\"a\\\"b\":4}\n");
}

TEST(Format, SaysWhatAStatementWithoutRowsDid) {
  ops::Page page;
  page.summary.command = "INSERT";
  page.summary.affected = 1234;
  EXPECT_EQ(format(Format::json, {}, page, {}, {}), "{\"command\":\"INSERT\",\"affected\":1234}\n");
  EXPECT_EQ(format(Format::table, {}, page, {}, {}), "INSERT, 1,234 rows affected\n");
  EXPECT_EQ(format(Format::markdown, {}, page, {}, {}), "INSERT, 1,234 rows affected\n");
  EXPECT_EQ(format(Format::csv, {}, page, {}, {}), "");
  EXPECT_EQ(format(Format::table, {}, {}, {}, {}), "done\n");
}

TEST(Format, Markdown) {
  EXPECT_EQ(format(Format::markdown),
            "| id | name | price | any |\n"
            "| ---: | --- | ---: | --- |\n"
            "| 1 | plain | 1.50 | 0.1 |\n"
            "| -9007199254740993 | 日本 \"q\", \\|x\\| | 12345678901234567890.5 | true |\n"
            "| ∅ |  | ∅ | \\\\x00ff |\n"
            "| 3 | two<br>lines\\x1b[31m | ∅ | [1,\"x\",null] |\n"
            "| 4 | &lt;b>\\\\ | ∅ | NaN |\n");
}

TEST(Format, Table) {
  EXPECT_EQ(format(Format::table),
            "                id │ name               │                  price │ any\n"
            "───────────────────┼────────────────────┼────────────────────────┼──────────────\n"
            "                 1 │ plain              │                   1.50 │          0.1\n"
            " -9007199254740993 │ 日本 \"q\", |x|      │ 12345678901234567890.5 │ true\n"
            "                 ∅ │                    │                      ∅ │ \\x00ff\n"
            "                 3 │ two\\nlines\\x1b[31m │                      ∅ │ [1,\"x\",null]\n"
            "                 4 │ <b>\\               │                      ∅ │          NaN\n"
            "(5 rows)\n");
}

TEST(Format, TableShortensWhatIsWidest) {
  Look look;
  look.columns = 60;
  const std::vector<Row> two = {rows()[0], rows()[1]};
  EXPECT_EQ(format(Format::table, look, {}, kSchema, two),
            "               id │ name          │            price │ any\n"
            "──────────────────┼───────────────┼──────────────────┼──────\n"
            "                1 │ plain         │             1.50 │  0.1\n"
            " -90071992547409… │ 日本 \"q\", |x| │ 123456789012345… │ true\n"
            "(2 rows)\n");
}

TEST(Format, TableThatCantFitIsExpanded) {
  Look look;
  look.columns = 20;
  look.expand = true;
  const std::vector<Row> two = {rows()[0], rows()[3]};
  EXPECT_EQ(format(Format::table, look, {}, kSchema, two),
            "─[ 1 ]─\n"
            "id    │ 1\n"
            "name  │ plain\n"
            "price │ 1.50\n"
            "any   │ 0.1\n"
            "─[ 2 ]─\n"
            "id    │ 3\n"
            "name  │ two\n"
            "      │ lines\\x1b[31m\n"
            "price │ ∅\n"
            "any   │ [1,\"x\",null]\n"
            "(2 rows)\n");
}

TEST(Format, TableGoesOnWithTheWidthsOfItsBeginning) {
  const Schema schema = {{"t", "", Kind::text}, {"u", "", Kind::text}};
  std::vector<Row> many(kLayoutRows, {Value::text("ab"), Value::text("c")});
  many.push_back({Value::text("longer"), Value::text("d")});
  const std::string unbounded = format(Format::table, {}, {}, schema, many);
  EXPECT_NE(unbounded.find("\n longer │ d\n"), std::string::npos);
  Look look;
  look.columns = 80;  // It is wider than its column, but the terminal has room for it.
  EXPECT_EQ(format(Format::table, look, {}, schema, many), unbounded);
  look.columns = 10;
  const std::string fitted = format(Format::table, look, {}, schema, many);
  EXPECT_NE(fitted.find("\n l… │ d\n"), std::string::npos);
}

TEST(Format, TableSaysThatItWasCut) {
  ops::Page page;
  page.truncated = true;
  page.cut_by = "limit of 5 rows";
  const std::string text = format(Format::table, {}, page);
  EXPECT_TRUE(text.ends_with("(5 rows, there are more: cut by the limit of 5 rows)\n")) << text;
}

TEST(Format, WidthsAreCutFromTheWidest) {
  using Widths = std::vector<size_t>;
  EXPECT_EQ(fit_widths({5, 50, 500}, 0), (Widths{5, 50, 500}));
  EXPECT_EQ(fit_widths({5, 10, 20}, 100), (Widths{5, 10, 20}));
  EXPECT_EQ(fit_widths({5, 50, 500}, 80), (Widths{5, 34, 33}));
  EXPECT_EQ(fit_widths({100, 100, 100}, 31), (Widths{}));
  EXPECT_EQ(fit_widths({100, 100, 100}, 32), (Widths{8, 8, 8}));
  EXPECT_EQ(fit_widths({}, 10), (Widths{}));
}

TEST(Format, FollowsTheNameOfTheFile) {
  EXPECT_EQ(format_of_file("a.json"), Format::json);
  EXPECT_EQ(format_of_file("a.NDJSON"), Format::ndjson);
  EXPECT_EQ(format_of_file("a.jsonl"), Format::ndjson);
  EXPECT_EQ(format_of_file("a.tsv"), Format::tsv);
  EXPECT_EQ(format_of_file("a.md"), Format::markdown);
  EXPECT_EQ(format_of_file("a.txt"), Format::csv);
  EXPECT_EQ(format_of_file(""), Format::csv);
  EXPECT_EQ(format_of_file(".json"), Format::csv);
}

TEST(Format, NamesAreReadBack) {
  for (const Format each : {Format::table, Format::expanded, Format::csv, Format::tsv, Format::json,
                            Format::ndjson, Format::markdown})
    EXPECT_EQ(parse_format(name(each)), each);
  EXPECT_FALSE(parse_format("xml"));
}

}  // namespace
}  // namespace dbops::cli
