// Rows as JSON objects, for JSON arrays and lines of JSON. Sans-io: appends to a string.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/stream.h"

namespace dbops {

// Not thread-safe.
class RowJson {
 public:
  // The members' names: the columns', where a name that came before gets "_2", "_3" ...
  void columns(const Schema& schema);
  bool has_columns() const { return !keys_.empty(); }
  // {"id":1,"name":"Ada"}, with values as JsonWriter::value() writes them. REQUIRES: as many cells
  // as columns.
  void row(std::span<const Value> cells, std::string& out) const;

 private:
  std::vector<std::string> keys_;  // With what stands before each: `{"id":`, `,"name":`.
};

}  // namespace dbops
