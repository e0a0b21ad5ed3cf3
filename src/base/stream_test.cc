#include "base/stream.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

TEST(Batch, TakesRowsBackAtBothEnds) {
  Batch batch;
  batch.reset(2);
  for (int64_t i = 0; i < 4; ++i) batch.add_row()[1] = Value::integer(i);
  batch.drop_front(0);
  batch.drop_front(2);
  batch.drop_row();
  ASSERT_EQ(batch.rows(), 1u);
  EXPECT_EQ(batch.row(0)[1].as_integer(), 2);
}

TEST(Batch, GrowsRowByRow) {
  Batch batch;
  batch.reset(2);
  for (int i = 0; i < 100; ++i) {
    Value* row = batch.add_row();
    EXPECT_TRUE(row[0].is_null() && row[1].is_null());
    row[0] = Value::integer(i);
    row[1] = batch.copy(Kind::text, std::to_string(i));
  }
  batch.drop_row();
  ASSERT_EQ(batch.rows(), 99u);
  for (size_t i = 0; i < batch.rows(); ++i) {
    EXPECT_EQ(batch.row(i)[0].as_integer(), static_cast<int64_t>(i));
    EXPECT_EQ(batch.row(i)[1].as_text(), std::to_string(i));
  }
  batch.add_row();
  EXPECT_TRUE(batch.row(99)[1].is_null());
}

TEST(Batch, IsFullByRowsOrBytes) {
  Batch batch(3);
  batch.reset(1);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(batch.full());
    batch.add_row();
  }
  EXPECT_TRUE(batch.full());
  batch.limit_rows(Batch::kRows);
  EXPECT_FALSE(batch.full());
  batch.copy(Kind::text, std::string(Batch::kBytes, 'x'));
  EXPECT_TRUE(batch.full());
  batch.reset(0);
  EXPECT_FALSE(batch.full());
  batch.add_row();
  EXPECT_EQ(batch.rows(), 1u);
  EXPECT_TRUE(batch.row(0).empty());
}

TEST(Table, HandsItsRowsOut) {
  Table table({{"n", "int8", Kind::integer}, {"list", "", Kind::list}});
  constexpr int kRows = 3000;
  for (int i = 0; i < kRows; ++i) {
    const std::string text = "text " + std::to_string(i);
    const Value items[] = {Value::text(text), Value()};
    table.add({Value::integer(i), Value::items(Kind::list, items)});
  }
  table.edit_summary().command = "TEST";
  Batch batch;
  int64_t seen = 0;
  for (;;) {
    const auto more = table.next(Context(), batch);
    ASSERT_TRUE(more);
    if (!*more) break;
    ASSERT_GT(batch.rows(), 0u);
    for (size_t i = 0; i < batch.rows(); ++i, ++seen) {
      EXPECT_EQ(batch.row(i)[0].as_integer(), seen);
      EXPECT_EQ(batch.row(i)[1].as_items()[0].as_text(), "text " + std::to_string(seen));
    }
  }
  EXPECT_EQ(seen, kRows);
  EXPECT_EQ(batch.rows(), 0u);
  EXPECT_EQ(table.summary().command, "TEST");
}

TEST(Table, StopsWhenCancelled) {
  Table table({{"n", "", Kind::null}});
  Context context;
  context.cancel = Cancel::create();
  context.cancel.request();
  Batch batch;
  EXPECT_EQ(table.next(context, batch).error().code, Code::cancelled);
}

}  // namespace
}  // namespace dbops
