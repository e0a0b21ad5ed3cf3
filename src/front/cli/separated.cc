#include "front/cli/formats_text.h"

namespace dbops::cli {

void SeparatedFormatter::begin(const Schema& schema, std::string& out) {
  writer_.reset();
  if (schema.empty()) return;
  if (any_) out += '\n';
  any_ = true;
  writer_.emplace(out, format_);
  if (header_) writer_->header(schema);
}

void SeparatedFormatter::row(std::span<const Value> cells, std::string&) { writer_->row(cells); }

}  // namespace dbops::cli
