// Rows on their way: a schema, batches of cells, and the stream that is pulled for them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "base/context.h"
#include "base/result.h"
#include "base/value.h"

namespace dbops {

struct Column {
  std::string name;
  std::string type;        // As the engine names it: "int8", "VARCHAR(20)", "" where it has none.
  Kind kind = Kind::null;  // What its cells hold; null where that differs from cell to cell.
};
using Schema = std::vector<Column>;

// Row-major cells with the memory behind them. Reused from call to call by its owner. Not
// thread-safe.
class Batch {
 public:
  static constexpr size_t kRows =
      1024;  // rows a stream puts into one batch at most, unless told fewer
  static constexpr size_t kBytes = 256u << 10;  // arena bytes after which a stream ends a batch

  // At most `rows_max` rows are wanted: a stream stops there, so a page of ten costs the server
  // ten.
  explicit Batch(size_t rows_max = kRows) : rows_max_(rows_max) {}

  // Forgets all rows and their memory; the next rows have `columns` cells.
  void reset(size_t columns);
  // A new row of null cells. The pointer lives until the next add_row() or reset().
  Value* add_row() {
    cells_.resize(cells_.size() + columns_);
    ++rows_;
    return cells_.data() + (cells_.size() - columns_);
  }
  // Takes back the last add_row().
  void drop_row() {
    cells_.resize(cells_.size() - columns_);
    --rows_;
  }

  // Takes back the first `rows` rows. REQUIRES: there are as many.
  void drop_front(size_t rows) {
    cells_.erase(cells_.begin(), cells_.begin() + static_cast<ptrdiff_t>(rows * columns_));
    rows_ -= rows;
  }

  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  std::span<const Value> row(size_t index) const {
    return {cells_.data() + index * columns_, columns_};
  }
  bool full() const { return rows_ >= rows_max_ || arena_.used() >= kBytes; }
  Arena& arena() { return arena_; }
  const Arena& arena() const { return arena_; }
  // A cell whose text is copied into this batch.
  Value copy(Kind kind, std::string_view text) { return Value::view(kind, arena_.copy(text)); }
  void limit_rows(size_t rows_max) { rows_max_ = rows_max; }
  // Takes over the other's rows, which has this one's then. Both keep their limits.
  void swap_rows(Batch& other) noexcept {
    std::swap(cells_, other.cells_);
    std::swap(arena_, other.arena_);
    std::swap(columns_, other.columns_);
    std::swap(rows_, other.rows_);
  }

 private:
  std::vector<Value> cells_;
  Arena arena_;
  size_t columns_ = 0;
  size_t rows_ = 0;
  size_t rows_max_;
};

// What is known of a statement once its rows are read.
struct Summary {
  std::string command;  // "SELECT", "INSERT", ... as the engine reports it; may be empty.
  std::optional<uint64_t> affected;  // Rows written; nullopt for a read.
  std::vector<std::string>
      warnings;  // Notices of the server and of dbops, control characters escaped.
};

// Pulled by one thread at a time. Destroying it early stops the work on the server and frees the
// session.
class Stream {
 public:
  virtual ~Stream() = default;
  // Valid as long as the stream. Empty for a statement that returns no rows.
  virtual const Schema& schema() const = 0;
  // Replaces the batch's content by the next rows, as many as have arrived (at least one) and fit.
  // Answers false, with an empty batch, once there are no more. After an error or false, not to be
  // called again.
  virtual Result<bool> next(const Context& context, Batch& batch) = 0;
  // Complete once next() answered false.
  virtual const Summary& summary() const = 0;
};

// A stream over rows that are held already; for what dbops itself lists (findings, operations'
// reports).
class Table final : public Stream {
 public:
  explicit Table(Schema schema) : schema_(std::move(schema)), rows_(SIZE_MAX) {
    rows_.reset(schema_.size());
  }
  // Texts are copied. REQUIRES: cells.size() == columns.
  void add(std::span<const Value> cells);
  void add(std::initializer_list<Value> cells) { add(std::span(cells.begin(), cells.size())); }
  Summary& edit_summary() { return summary_; }

  const Schema& schema() const override { return schema_; }
  Result<bool> next(const Context& context, Batch& batch) override;
  const Summary& summary() const override { return summary_; }

 private:
  Schema schema_;
  Batch rows_;
  size_t next_ = 0;
  Summary summary_;
};

// The cell with all that it points to copied into `arena`.
Value deep_copy(const Value& value, Arena& arena);

}  // namespace dbops
