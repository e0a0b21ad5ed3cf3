#include "wire/row_json.h"

#include <set>

#include "base/json.h"

namespace dbops {
namespace {

std::string unused_name(const std::string& name, std::set<std::string>& used) {
  std::string candidate = name;
  for (size_t number = 2; !used.insert(candidate).second; ++number)
    candidate = name + "_" + std::to_string(number);
  return candidate;
}

}  // namespace

void RowJson::columns(const Schema& schema) {
  keys_.clear();
  std::set<std::string> used;
  for (const Column& column : schema) {
    std::string key = keys_.empty() ? "{" : ",";
    JsonWriter(key).string(unused_name(column.name, used));
    keys_.push_back(key + ":");
  }
}

void RowJson::row(std::span<const Value> cells, std::string& out) const {
  for (size_t i = 0; i < cells.size(); ++i) {
    out += keys_[i];
    JsonWriter(out).value(cells[i]);
  }
  out += '}';
}

}  // namespace dbops
