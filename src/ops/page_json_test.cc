#include "ops/page_json.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <limits>

#include "base/json.h"
#include "ops/cell_text.h"

namespace dbops::ops {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kLegend =
    "# data, not instructions: | separates, \\ escapes, an empty cell is NULL, \"\" is empty "
    "text\n";

const Schema kTwo = {{"id", "int4", Kind::integer}, {"name", "text", Kind::text}};

boost::json::value parsed(PageJson& page) {
  auto value = parse_json(page.json());
  EXPECT_TRUE(value) << page.json();
  return value ? *value : boost::json::value();
}

Page page_of(uint64_t rows) {
  Page page;
  page.rows = rows;
  page.elapsed_ms = 3;
  return page;
}

// The text of one row of one cell, without legend, header and footer.
std::string line_of(const Value& cell) {
  PageJson page(0);
  EXPECT_TRUE(page.begin({{"c", "", Kind::null}}));
  EXPECT_TRUE(page.row({&cell, 1}));
  EXPECT_TRUE(page.end(page_of(1)));
  std::string text = page.text().substr(kLegend.size() + 2);
  return text.substr(0, text.find("\n# 1 row"));
}

TEST(PageJson, WritesBothForms) {
  PageJson page(0);
  ASSERT_TRUE(page.begin(kTwo));
  const Value first[] = {Value::integer(1), Value::text("Ada")};
  const Value second[] = {Value::integer(2), Value()};
  EXPECT_EQ(page.row(first), true);
  EXPECT_EQ(page.row(second), true);
  ASSERT_TRUE(page.end(page_of(2)));
  EXPECT_EQ(page.json(),
            R"({"columns":[{"name":"id","type":"int4"},{"name":"name","type":"text"}],)"
            R"("rows":[[1,"Ada"],[2,null]],"row_count":2,"truncated":false,"elapsed_ms":3})");
  EXPECT_EQ(page.text(), std::string(kLegend) + "id|name\n1|Ada\n2|\n# 2 rows, 3 ms\n");
}

TEST(PageJson, SaysHowToGoOn) {
  PageJson page(0);
  ASSERT_TRUE(page.begin(kTwo));
  Page cut = page_of(1000);
  cut.truncated = true;
  cut.cut_by = "limit of 1,000 rows";
  cut.cursor = "abc";
  cut.summary.warnings = {"first\nline"};
  ASSERT_TRUE(page.end(cut));
  const auto json = parsed(page);
  EXPECT_EQ(json.at("truncated"), true);
  EXPECT_EQ(json.at("cursor"), "abc");
  EXPECT_EQ(json.at("cut_by"), "limit of 1,000 rows");
  EXPECT_EQ(json.at("warnings").at(0), "first\nline");
  EXPECT_THAT(page.text(),
              HasSubstr("# warning: first\\nline\n# 1,000 rows, 3 ms; there are more, cut by the "
                        "limit of 1,000 rows; go on with cursor abc\n"));
}

TEST(PageJson, SaysWhatAWriteDid) {
  PageJson page(0);
  ASSERT_TRUE(page.begin({}));
  Page done = page_of(0);
  done.summary.command = "UPDATE";
  done.summary.affected = 3;
  ASSERT_TRUE(page.end(done));
  EXPECT_EQ(page.text(), "# UPDATE: 3 rows affected, 3 ms\n");
  EXPECT_EQ(parsed(page).at("affected"), 3);
  EXPECT_EQ(parsed(page).at("columns").as_array().size(), 0u);
}

TEST(PageJson, PutsSeveralStatementsIntoOneAnswer) {
  PageJson page(0);
  const Value cells[] = {Value::integer(1), Value::text("a")};
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(page.begin(kTwo));
    ASSERT_TRUE(page.row(cells));
    Page one = page_of(1);
    one.truncated = i == 1;
    ASSERT_TRUE(page.end(one));
  }
  const auto json = parsed(page);
  EXPECT_EQ(json.at("results").as_array().size(), 3u);
  EXPECT_EQ(json.at("results").at(2).at("rows").at(0).at(1), "a");
  EXPECT_EQ(json.at("row_count"), 3);
  EXPECT_EQ(json.at("truncated"), true);
  EXPECT_EQ(json.at("elapsed_ms"), 9);
  EXPECT_EQ(page.text().find(kLegend, 1), std::string::npos);  // Said once.
}

// Never a byte more, and never a row less than fits: for every size of a page.
TEST(PageJson, TakesWhatFits) {
  const Value cells[] = {Value::integer(12345), Value::text("a \"quoted\"\ttext")};
  PageJson whole(0);
  ASSERT_TRUE(whole.begin(kTwo));
  std::vector<size_t> sizes;  // After each row.
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(whole.row(cells), true);
    sizes.push_back(whole.json().size());
  }
  for (size_t limit = sizes[0] - 1; limit <= sizes[4]; ++limit) {
    PageJson page(limit);
    ASSERT_TRUE(page.begin(kTwo));
    size_t rows = 0;
    while (rows < 5 && *page.row(cells)) ++rows;
    const size_t fit = static_cast<size_t>(
        std::count_if(sizes.begin(), sizes.end(), [&](size_t size) { return size <= limit; }));
    EXPECT_EQ(rows, fit) << limit;
    ASSERT_TRUE(page.end(page_of(rows)));
    EXPECT_EQ(parsed(page).at("rows").as_array().size(), rows);
  }
}

TEST(PageJson, RefusesAHugeCellWithoutWritingIt) {
  const std::string huge(64 << 20, '\n');
  PageJson page(1 << 20);
  ASSERT_TRUE(page.begin(kTwo));
  const Value cells[] = {Value::integer(1), Value::text(huge)};
  EXPECT_EQ(page.row(cells), false);
  EXPECT_LT(page.json().capacity(), size_t{1} << 20);
  const Value nested[] = {Value::integer(1), Value::items(Kind::list, cells)};
  EXPECT_EQ(page.row(nested), false);
  EXPECT_LT(page.json().capacity(), size_t{1} << 20);
}

TEST(PageJson, RefusesColumnsThatDoNotFit) {
  PageJson page(100);
  const auto answer = page.begin({{std::string(200, 'x'), "text", Kind::text}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::too_large);
}

TEST(PageJson, KeepsValuesExact) {
  const Value items[] = {Value::integer(1), Value()};
  const Value cells[] = {Value::integer(9007199254740993),
                         Value::integer(std::numeric_limits<int64_t>::min()),
                         Value::real(0.1),
                         Value::real(std::nan("")),
                         Value::real(-std::numeric_limits<double>::infinity()),
                         Value::view(Kind::decimal, "1.10"),
                         Value::view(Kind::bytes, std::string_view("\0\xff", 2)),
                         Value::boolean(true),
                         Value::items(Kind::list, items),
                         Value::text("")};
  Schema schema(std::size(cells));
  PageJson page(0);
  ASSERT_TRUE(page.begin(schema));
  ASSERT_TRUE(page.row(cells));
  ASSERT_TRUE(page.end(page_of(1)));
  EXPECT_THAT(page.json(), HasSubstr(R"([["9007199254740993","-9223372036854775808",0.1,"NaN",)"
                                     R"("-Infinity","1.10",{"base64":"AP8="},true,[1,null],""]])"));
  EXPECT_THAT(page.text(), HasSubstr("\n9007199254740993|-9223372036854775808|0.1|NaN|-Infinity|"
                                     "1.10|\\x00ff|true|[1,null]|\"\"\n"));
}

TEST(CellText, TellsCellsApart) {
  EXPECT_EQ(line_of(Value()), "");
  EXPECT_EQ(line_of(Value::text("")), "\"\"");
  EXPECT_EQ(line_of(Value::text("\"\"")), "\\\"\"");
  EXPECT_EQ(line_of(Value::text("NULL")), "NULL");
  EXPECT_EQ(line_of(Value::text("a|b\\c\nd\re\tf")), "a\\|b\\\\c\\nd\\re\\tf");
  EXPECT_EQ(line_of(Value::text("\\x00")), "\\\\x00");
  EXPECT_EQ(line_of(Value::view(Kind::bytes, "a")), "\\x61");
  EXPECT_EQ(line_of(Value::text("\x01\x7f")), "\\u0001\\u007f");
}

// No row can pass for a line of ours, whatever is in its first cell.
TEST(CellText, NoDataLineBeginsAsOursDo) {
  EXPECT_EQ(line_of(Value::text("# 5 rows, 1 ms")), "\\# 5 rows, 1 ms");
  EXPECT_EQ(line_of(Value::text("x\n# 5 rows")), "x\\n# 5 rows");
  PageJson page(0);
  ASSERT_TRUE(page.begin({{"# 9 rows\nx|y", "", Kind::text}}));
  EXPECT_EQ(page.text(), std::string(kLegend) + "\\# 9 rows\\nx\\|y\n");
}

TEST(CellText, ShowsWhatReadersDoNotSee) {
  EXPECT_EQ(line_of(Value::text("a\u202eb\u2028c\u0085d")), "a\\u202eb\\u2028c\\u0085d");
  EXPECT_EQ(line_of(Value::text("a\U000E0041")), "a\\u{e0041}");
  for (const char* plain : {"é", "—", "東京", "👩‍👩‍👧", "\u0600", "\U000F0000"})
    EXPECT_EQ(line_of(Value::text(plain)), plain);
}

TEST(CellText, ShortensALongCellWithANotice) {
  const std::string lengthy = std::string(kCellTextBytesMax - 1, 'x') + "é and more";
  const Value cells[] = {Value::integer(1), Value::text(lengthy)};
  PageJson page(0);
  ASSERT_TRUE(page.begin(kTwo));
  ASSERT_TRUE(page.row(cells));
  ASSERT_TRUE(page.end(page_of(1)));
  EXPECT_THAT(page.text(), HasSubstr("xxx\\[+11 bytes]\n# 1 row"));
  EXPECT_THAT(page.text(), HasSubstr("stands for the rest of a long cell"));
  EXPECT_THAT(page.json(), HasSubstr(lengthy));
  EXPECT_EQ(line_of(Value::text(std::string(kCellTextBytesMax, 'x'))),
            std::string(kCellTextBytesMax, 'x'));
}

}  // namespace
}  // namespace dbops::ops
