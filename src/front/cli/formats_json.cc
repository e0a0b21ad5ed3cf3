#include "front/cli/formats_json.h"

#include <set>

#include "base/json.h"

namespace dbops::cli {
namespace {

std::string unused_name(const std::string& name, std::set<std::string>& used) {
  std::string candidate = name;
  for (size_t number = 2; !used.insert(candidate).second; ++number)
    candidate = name + "_" + std::to_string(number);
  return candidate;
}

}  // namespace

void JsonFormatter::begin(const Schema& schema, std::string& out) {
  keys_.clear();
  first_ = true;
  std::set<std::string> used;
  for (const Column& column : schema) {
    std::string key = keys_.empty() ? "{" : ",";
    JsonWriter(key).string(unused_name(column.name, used));
    keys_.push_back(key + ":");
  }
  if (!lines_ && !keys_.empty()) out += "[";
}

void JsonFormatter::row(std::span<const Value> cells, std::string& out) {
  if (!lines_) out += first_ ? "\n" : ",\n";
  first_ = false;
  for (size_t i = 0; i < cells.size(); ++i) {
    out += keys_[i];
    JsonWriter(out).value(cells[i]);
  }
  out += lines_ ? "}\n" : "}";
}

void JsonFormatter::end(const ops::Page& page, std::string& out) {
  if (!keys_.empty()) {
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
