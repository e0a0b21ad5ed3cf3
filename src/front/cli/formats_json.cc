#include "front/cli/formats_json.h"

#include "base/json.h"

namespace dbops::cli {

void JsonFormatter::begin(const Schema& schema, std::string& out) {
  rows_.columns(schema);
  first_ = true;
  if (!lines_ && rows_.has_columns()) out += "[";
}

void JsonFormatter::row(std::span<const Value> cells, std::string& out) {
  if (!lines_) out += first_ ? "\n" : ",\n";
  first_ = false;
  rows_.row(cells, out);
  if (lines_) out += '\n';
}

void JsonFormatter::end(const ops::Page& page, std::string& out) {
  if (rows_.has_columns()) {
    if (!lines_) out += first_ ? "]\n" : "\n]\n";
    return;
  }
  JsonWriter json(out);
  json.begin_object().member("command", page.summary.command);
  if (page.summary.affected) json.member("affected", *page.summary.affected);
  json.end_object();
  out += '\n';
}

}  // namespace dbops::cli
