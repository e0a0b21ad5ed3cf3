#pragma once

#include <string>

#include "front/cli/format.h"
#include "wire/row_json.h"

namespace dbops::cli {

// JSON: one array of objects per result; NDJSON: the objects alone. A statement
// without rows gives {"command": ..., "affected": ...} in their place. Cells as JsonWriter::value()
// spells them. Columns of the same name are told apart by a number: "n", "n_2".
class JsonFormatter final : public Formatter {
 public:
  explicit JsonFormatter(bool lines) : lines_(lines) {}
  void begin(const Schema& schema, std::string& out) override;
  void row(std::span<const Value> cells, std::string& out) override;
  void end(const ops::Page& page, std::string& out) override;

 private:
  const bool lines_;
  bool first_ = true;
  RowJson rows_;
};

}  // namespace dbops::cli
