#include "core/search_rows.h"

#include <utility>

#include "base/json.h"

namespace dbops {
namespace {

class SearchRows final : public Stream {
 public:
  SearchRows(Script script, SearchStatement statement)
      : script_(std::move(script)), statement_(std::move(statement)) {}

  Result<void> start(const Context& context, Queries& queries) {
    DBOPS_ASSIGN(results_, queries.run(context, script_, statement_.parameters, Mode::read));
    DBOPS_ASSIGN(rows_, results_->next(context));
    summary_.warnings = statement_.warnings;
    return {};
  }

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    DBOPS_ASSIGN(const bool more, rows_->next(context, raw_));
    for (size_t row = 0; row < raw_.rows(); ++row) {
      const auto cells = raw_.row(row);
      const size_t keys = statement_.keys;
      Value* const hit = batch.add_row();
      if (keys == 1) hit[0] = deep_copy(cells[0], batch.arena());
      if (keys > 1) hit[0] = object(cells, 0, keys, batch);
      hit[1] = cells[keys];
      hit[2] = object(cells, keys + 1, cells.size(), batch);
    }
    return more;
  }

 private:
  Value object(std::span<const Value> cells, size_t from, size_t to, Batch& batch) {
    text_.clear();
    JsonWriter out(text_);
    out.begin_object();
    for (size_t i = from; i < to; ++i) {
      out.key(rows_->schema()[i].name);
      // A document within is part of the object, not a text in it.
      if (cells[i].kind() == Kind::json)
        out.raw(cells[i].as_text());
      else
        out.value(cells[i]);
    }
    out.end_object();
    return batch.copy(Kind::json, text_);
  }

  const Script script_;
  const SearchStatement statement_;
  const Schema schema_ = search_schema();
  Summary summary_;
  std::unique_ptr<Results> results_;
  Stream* rows_ = nullptr;  // Of results_.
  Batch raw_;
  std::string text_;
};

}  // namespace

Result<std::unique_ptr<Stream>> run_search(const Context& context, Queries& queries,
                                           const Dialect& dialect, SearchStatement statement) {
  DBOPS_ASSIGN(Script script, dialect.parse(statement.sql));
  auto rows = std::make_unique<SearchRows>(std::move(script), std::move(statement));
  DBOPS_TRY(rows->start(context, queries));
  return rows;
}

}  // namespace dbops
