#include "connectors/elasticsearch/mapping.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

constexpr size_t kFieldsMax = 20'000;  // of all indices together

// What of a field's mapping says how it may be searched.
std::string note_of(const JsonView& field) {
  std::string note;
  const auto add = [&](std::string_view text) {
    note += (note.empty() ? "" : ", ") + std::string(text);
  };
  for (const char* key :
       {"analyzer", "format", "scaling_factor", "dims", "dimension", "path", "normalizer"})
    if (const JsonView value = field[key]; !value.is_null() && !value.is_object())
      add(std::string(key) + ' ' + escape_control(value.string()));
  if (field["index"].text() == "false") add("not indexed");
  if (field["enabled"].text() == "false") add("not parsed");
  return note;
}

void add(std::vector<Field>& fields, Field field) {
  const auto known = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& each) { return each.name == field.name; });
  if (known == fields.end()) {
    if (fields.size() < kFieldsMax) fields.push_back(std::move(field));
    return;
  }
  const std::string both = " | " + known->type + " | ";
  if (both.find(" | " + field.type + " | ") == std::string::npos) known->type += " | " + field.type;
}

// As deep as the JSON, which is bounded.
void walk(const JsonView& properties, const std::string& around, std::vector<Field>& fields) {
  for (const auto& [key, field] : properties.members()) {
    const std::string name = around + key;
    const JsonView type = field["type"];
    if (type.is_string() || field["properties"].is_null())
      add(fields,
          {name, escape_control(type.is_string() ? type.string() : "object"), note_of(field),
           field["dims"].integer().value_or(field["dimension"].integer().value_or(0))});
    walk(field["properties"], name + '.', fields);
    walk(field["fields"], name + '.', fields);
  }
}

void walk_index(const JsonView& index, std::vector<Field>& fields) {
  walk(index.at({"mappings", "properties"}), "", fields);
  walk(index.at({"mappings", "runtime"}), "", fields);
}

}  // namespace

std::vector<Field> fields_of(const JsonView& mappings) {
  std::vector<Field> fields;
  for (const auto& [index, answer] : mappings.members()) walk_index(answer, fields);
  return fields;
}

std::vector<Field> fields_of_one(const JsonView& index) {
  std::vector<Field> fields;
  walk_index(index, fields);
  return fields;
}

}  // namespace dbops::elasticsearch
