#include "connectors/elasticsearch/columns.h"

#include <algorithm>

#include "base/json.h"
#include "connectors/elasticsearch/cells.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kColumnsMax = 1000;

}  // namespace

void Columns::add(std::string name, Kind kind) {
  schema_.push_back({.name = std::move(name), .type = "", .kind = kind});
}

void Columns::describe(const JsonView& columns) {
  for (const JsonView& column : columns.elements()) {
    std::string type = column["type"].string();
    const Kind kind = kind_of(type);
    const JsonView alias = column["alias"];
    schema_.push_back({.name = (alias.is_string() ? alias : column["name"]).string(),
                       .type = std::move(type),
                       .kind = kind});
  }
}

void Columns::learn(const std::deque<std::string>& objects, bool others_follow) {
  for (const std::string& object : objects)
    for (const auto& [key, value] : JsonView::trust(object).members())
      if (!find(key) && schema_.size() < kColumnsMax) add(key);
  has_more_ = others_follow || schema_.size() == kColumnsMax;
  if (has_more_) add("more", Kind::json);
  // Elements that are no objects.
  if (schema_.empty() && !objects.empty()) add("value");
}

void Columns::add_object(Batch& batch, const JsonView& object) const {
  Value* const row = batch.add_row();
  if (!object.is_object()) {
    row[0] = to_cell(batch, object);
    return;
  }
  std::string more;
  for (const auto& [key, value] : object.members()) {
    const auto column = find(key);
    if (column && !(has_more_ && *column + 1 == schema_.size())) {
      row[*column] =
          key == "_source" ? batch.copy(Kind::json, value.text()) : to_cell(batch, value);
      continue;
    }
    more += more.empty() ? "{" : ",";
    JsonWriter(more).string(key);
    more.append(":").append(value.text());
  }
  if (!more.empty()) row[schema_.size() - 1] = batch.copy(Kind::json, more + '}');
}

Result<void> Columns::add_row(Batch& batch, const JsonView& row) const {
  const auto cells = row.elements();
  if (cells.size() != schema_.size())
    return fail(Code::protocol, "a row of the answer has " + std::to_string(cells.size()) +
                                    " cells, not " + std::to_string(schema_.size()));
  Value* const values = batch.add_row();
  for (size_t i = 0; i < cells.size(); ++i)
    values[i] = to_typed_cell(batch, cells[i], schema_[i].kind);
  return {};
}

std::optional<size_t> Columns::find(std::string_view name) const {
  const auto found = std::find_if(schema_.begin(), schema_.end(),
                                  [&](const Column& each) { return each.name == name; });
  if (found == schema_.end()) return std::nullopt;
  return static_cast<size_t>(found - schema_.begin());
}

}  // namespace dbops::elasticsearch
