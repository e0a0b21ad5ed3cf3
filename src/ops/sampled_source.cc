#include "ops/sampled_source.h"

#include <optional>
#include <unordered_map>

#include "base/text.h"
#include "ops/infer.h"
#include "wire/json_object.h"

namespace dbops::ops {
namespace {

constexpr size_t kShownBytes = 60;  // of a value in a message

std::string shown(std::string_view text) {
  return '"' + escape_control(shorten(text, kShownBytes)) + '"';
}

std::string place(const Origin& origin) {
  return origin.line == 0 ? "item " + format_count(static_cast<int64_t>(origin.item)) + ": "
                          : "line " + format_count(static_cast<int64_t>(origin.line)) + ": ";
}

// Looks at the first portion before it hands it out.
class SampledSource : public Source {
 public:
  SampledSource(std::unique_ptr<Source> inner, Shape outer)
      : inner_(std::move(inner)), outer_(std::move(outer)) {}

  Result<const Shape*> open(const Context& context) final {
    raw_read_ = inner_->next(context, raw_);
    shape_ = examine(outer_, raw_);
    return &shape_;
  }
  Result<void> next(const Context& context, Portion& portion) final {
    if (!std::exchange(held_, false)) raw_read_ = inner_->next(context, raw_);
    portion.reset(shape_.columns.size());
    portion.end = raw_.end;
    auto fault = raw_.faults.begin();
    for (size_t row = 0; row < raw_.batch.rows(); ++row) {
      const Origin& origin = raw_.origins[row];
      for (; fault != raw_.faults.end() && fault->origin.item < origin.item; ++fault)
        portion.faults.push_back(*fault);
      auto converted = convert(raw_.batch.row(row), portion.batch);
      if (converted) {
        portion.origins.push_back(origin);
        continue;
      }
      portion.batch.drop_row();
      converted.error().message = place(origin) + converted.error().message;
      portion.faults.push_back({origin, std::move(converted).error()});
    }
    portion.faults.insert(portion.faults.end(), fault, raw_.faults.end());
    return raw_read_;
  }

 protected:
  virtual Shape examine(const Shape& shape, const Portion& sample) = 0;
  // Adds a row to the batch; on an error the caller takes it back.
  virtual Result<void> convert(std::span<const Value> cells, Batch& batch) = 0;
  const Shape& shape() const { return shape_; }

 private:
  const std::unique_ptr<Source> inner_;
  const Shape outer_;  // Of the inner one.
  Shape shape_;
  Portion raw_;
  Result<void> raw_read_;
  bool held_ = true;  // The sample was not handed out yet.
};

// What a column is whose values are of both kinds.
Kind common(Kind a, Kind b) {
  const auto numeric = [](Kind kind) {
    return kind == Kind::integer || kind == Kind::decimal || kind == Kind::real;
  };
  if (a == b) return a;
  if (!numeric(a) || !numeric(b)) return Kind::null;
  return a == Kind::decimal || b == Kind::decimal ? Kind::decimal : Kind::real;
}

class DocumentRows final : public SampledSource {
 public:
  using SampledSource::SampledSource;

 private:
  Shape examine(const Shape&, const Portion& sample) override {
    Shape shape;
    std::vector<std::optional<Kind>> kinds;
    for (size_t row = 0; row < sample.batch.rows(); ++row) {
      scratch_.reset();
      const auto members = members_.read(sample.batch.row(row)[0].as_text(), scratch_);
      if (!members) continue;  // Said when it is converted.
      for (const JsonMember& member : **members) {
        const auto [found, added] = places_.try_emplace(std::string(member.key), kinds.size());
        if (added) {
          shape.columns.push_back({std::string(member.key), "", Kind::null});
          kinds.emplace_back();
        }
        const auto cell = json_cell(member.value, scratch_);
        if (!cell || cell->is_null()) continue;
        auto& kind = kinds[found->second];
        kind = kind ? common(*kind, cell->kind()) : cell->kind();
      }
    }
    for (size_t i = 0; i < kinds.size(); ++i) shape.columns[i].kind = kinds[i].value_or(Kind::null);
    return shape;
  }

  Result<void> convert(std::span<const Value> cells, Batch& batch) override {
    Value* const row = batch.add_row();
    scratch_.reset();
    DBOPS_ASSIGN(const auto* const members, members_.read(cells[0].as_text(), scratch_));
    for (const JsonMember& member : *members) {
      const auto found = places_.find(std::string(member.key));
      if (found == places_.end())
        return fail(Code::data, "the member " + shown(member.key) + " is in none of the first " +
                                    format_count(kLoadItems) +
                                    " documents, which name the columns");
      DBOPS_ASSIGN(row[found->second], json_cell(member.value, batch.arena()));
    }
    return {};
  }

  JsonMembers members_;
  Arena scratch_;
  std::unordered_map<std::string, size_t> places_;
};

class InferredKinds final : public SampledSource {
 public:
  using SampledSource::SampledSource;

 private:
  Shape examine(const Shape& shape, const Portion& sample) override {
    Shape inferred = shape;
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      inferred_.push_back(shape.columns[i].kind == Kind::text);
      if (!inferred_[i]) continue;
      Candidates candidates;
      for (size_t row = 0; row < sample.batch.rows(); ++row)
        if (const Value& cell = sample.batch.row(row)[i]; cell.kind() == Kind::text)
          candidates.narrow(cell.as_text());
      inferred.columns[i].kind = candidates.kind();
    }
    return inferred;
  }

  Result<void> convert(std::span<const Value> cells, Batch& batch) override {
    Value* const row = batch.add_row();
    for (size_t i = 0; i < cells.size(); ++i) {
      if (!inferred_[i] || cells[i].kind() != Kind::text) {
        row[i] = deep_copy(cells[i], batch.arena());
        continue;
      }
      const Column& column = shape().columns[i];
      const auto value = read_as(column.kind, cells[i].as_text(), batch.arena());
      if (!value)
        return fail(Code::data, "column " + escape_control(column.name) + ": " +
                                    shown(cells[i].as_text()) + " is no " +
                                    std::string(name(column.kind)) + ", as the first " +
                                    format_count(kLoadItems) + " are");
      row[i] = *value;
    }
    return {};
  }

  std::vector<bool> inferred_;  // Of each column, whether it was text.
};

class ObservedKinds final : public SampledSource {
 public:
  using SampledSource::SampledSource;

 private:
  Shape examine(const Shape& shape, const Portion& sample) override {
    Shape observed = shape;
    for (size_t i = 0; i < shape.columns.size(); ++i) {
      if (shape.columns[i].kind != Kind::null) continue;
      std::optional<Kind> kind;
      for (size_t row = 0; row < sample.batch.rows(); ++row)
        if (const Value& cell = sample.batch.row(row)[i]; !cell.is_null())
          kind = kind ? common(*kind, cell.kind()) : cell.kind();
      observed.columns[i].kind = kind.value_or(Kind::null);
    }
    return observed;
  }

  Result<void> convert(std::span<const Value> cells, Batch& batch) override {
    Value* const row = batch.add_row();
    for (size_t i = 0; i < cells.size(); ++i) row[i] = deep_copy(cells[i], batch.arena());
    return {};
  }
};

}  // namespace

std::unique_ptr<Source> rows_of_documents(std::unique_ptr<Source> documents, const Shape& shape) {
  return std::make_unique<DocumentRows>(std::move(documents), shape);
}

std::unique_ptr<Source> with_inferred_kinds(std::unique_ptr<Source> rows, const Shape& shape) {
  return std::make_unique<InferredKinds>(std::move(rows), shape);
}

std::unique_ptr<Source> with_observed_kinds(std::unique_ptr<Source> rows, const Shape& shape) {
  return std::make_unique<ObservedKinds>(std::move(rows), shape);
}

}  // namespace dbops::ops
