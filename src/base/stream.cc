#include "base/stream.h"

namespace dbops {

void Batch::reset(size_t columns) {
  cells_.clear();
  arena_.reset();
  columns_ = columns;
  rows_ = 0;
}

void Table::add(std::span<const Value> cells) {
  Value* row = rows_.add_row();
  for (size_t i = 0; i < cells.size(); ++i) row[i] = deep_copy(cells[i], rows_.arena());
}

Result<bool> Table::next(const Context& context, Batch& batch) {
  DBOPS_TRY(context.alive());
  batch.reset(schema_.size());
  while (next_ < rows_.rows() && !batch.full()) {
    const auto from = rows_.row(next_++);
    Value* row = batch.add_row();
    for (size_t i = 0; i < from.size(); ++i) row[i] = deep_copy(from[i], batch.arena());
  }
  return batch.rows() > 0;
}

Value deep_copy(const Value& value, Arena& arena) {
  if (value.has_text()) return Value::view(value.kind(), arena.copy(value.as_text()));
  if (value.kind() != Kind::list && value.kind() != Kind::map) return value;
  const auto from = value.as_items();
  auto* items = static_cast<Value*>(arena.allocate(from.size() * sizeof(Value)));
  for (size_t i = 0; i < from.size(); ++i) items[i] = deep_copy(from[i], arena);
  return Value::items(value.kind(), {items, from.size()});
}

}  // namespace dbops
