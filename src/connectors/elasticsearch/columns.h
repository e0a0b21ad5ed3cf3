// The columns of an answer, and its objects and rows as cells under them.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/stream.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

// Not thread-safe.
class Columns {
 public:
  const Schema& schema() const { return schema_; }
  void add(std::string name, Kind kind = Kind::null);
  // As the answer describes them: [{"name": "a", "type": "long"}].
  void describe(const JsonView& columns);
  // Those of the objects that came first. Where others may follow, what those lack so far goes into
  // a column `more`.
  void learn(const std::deque<std::string>& objects, bool others_follow);

  // A row more. The document in `_source` stays whole.
  void add_object(Batch& batch, const JsonView& object) const;
  // Code::protocol where it has another number of cells than there are columns.
  Result<void> add_row(Batch& batch, const JsonView& row) const;

 private:
  std::optional<size_t> find(std::string_view name) const;

  Schema schema_;
  bool has_more_ = false;  // The last column is `more`.
};

}  // namespace dbops::elasticsearch
