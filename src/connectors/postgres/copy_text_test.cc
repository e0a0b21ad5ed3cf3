#include "connectors/postgres/copy_text.h"

#include <gtest/gtest.h>

namespace dbops::postgres {
namespace {

std::string copied(const Value& cell, ListForm form = ListForm::json) {
  std::string out = "|";
  size_t column = 0;
  const Value cells[] = {cell};
  const ListForm forms[] = {form};
  const auto done = append_copy_row(out, cells, forms, column);
  return done ? out : out + std::string(name(done.error().code));
}

TEST(CopyText, SpellsEveryKind) {
  EXPECT_EQ(copied(Value()), "|\\N\n");
  EXPECT_EQ(copied(Value::text("")), "|\n");
  EXPECT_EQ(copied(Value::text("\\N")), "|\\\\N\n");
  EXPECT_EQ(copied(Value::text("a\tb\nc\rd\\e")), "|a\\tb\\nc\\rd\\\\e\n");
  EXPECT_EQ(copied(Value::boolean(true)), "|t\n");
  EXPECT_EQ(copied(Value::integer(INT64_MIN)), "|-9223372036854775808\n");
  EXPECT_EQ(copied(Value::real(0.1)), "|0.1\n");
  EXPECT_EQ(copied(Value::view(Kind::bytes, "\x01\xff")), "|\\\\x01ff\n");
  EXPECT_EQ(copied(Value::view(Kind::decimal, "1.10")), "|1.10\n");
}

TEST(CopyText, SpellsListsAsTheColumnTakesThem) {
  const Value inner[] = {Value::integer(1), Value()};
  const Value items[] = {Value::text("a\"b\\c"), Value::text("NULL"), Value(),
                         Value::items(Kind::list, inner)};
  const Value list = Value::items(Kind::list, items);
  EXPECT_EQ(copied(list, ListForm::array), "|{\"a\\\\\"b\\\\\\\\c\",\"NULL\",NULL,{\"1\",NULL}}\n");
  EXPECT_EQ(copied(list), "|[\"a\\\\\"b\\\\\\\\c\",\"NULL\",null,[1,null]]\n");
}

TEST(CopyText, TakesNoNul) {
  EXPECT_EQ(copied(Value::text(std::string_view("a\0b", 3))), "|data");
  EXPECT_EQ(copied(Value::view(Kind::bytes, std::string_view("\0", 1))), "|\\\\x00\n");
}

}  // namespace
}  // namespace dbops::postgres
