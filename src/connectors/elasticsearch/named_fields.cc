#include "connectors/elasticsearch/named_fields.h"

#include <algorithm>
#include <array>

namespace dbops::elasticsearch {
namespace {

using std::string_view;

// Queries whose member is a field, and what else may stand beside it.
constexpr auto kFieldQueries =
    std::to_array<string_view>({"match", "match_phrase", "match_phrase_prefix", "match_bool_prefix",
                                "term", "terms", "range", "prefix", "wildcard", "regexp", "fuzzy"});
constexpr auto kBeside = std::to_array<string_view>({"boost", "_name"});
// Types whose inside is not mapped.
constexpr auto kOpaque = std::to_array<string_view>({"flattened", "flat_object", "object"});

template <size_t kSize>
bool has(const std::array<string_view, kSize>& words, string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void note(const std::string& name, std::vector<std::string>& names) {
  const bool plain =
      !name.empty() && name[0] != '_' && name.find_first_of("*?^") == std::string::npos;
  if (plain && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

void collect_queries(const JsonView& query, std::vector<std::string>& names) {
  for (const JsonView& each : query.elements()) collect_queries(each, names);
  for (const auto& [kind, value] : query.members()) {
    if (kind == "exists")
      note(value["field"].string(), names);
    else if (!has(kFieldQueries, kind))
      collect_queries(value, names);
    else
      for (const auto& [field, how] : value.members())
        if (!has(kBeside, field)) note(field, names);
  }
}

void collect_groups(const JsonView& groups, std::vector<std::string>& names) {
  for (const auto& [name, group] : groups.members())
    for (const auto& [kind, value] : group.members()) {
      if (kind == "aggs" || kind == "aggregations")
        collect_groups(value, names);
      else if (kind == "filter")
        collect_queries(value, names);
      else if (value["field"].is_string())
        note(value["field"].string(), names);
    }
}

}  // namespace

std::vector<std::string> named_fields(const JsonView& body) {
  std::vector<std::string> names;
  if (!body["runtime_mappings"].is_null()) return names;
  for (const char* part : {"query", "post_filter"}) collect_queries(body[part], names);
  for (const char* part : {"aggs", "aggregations"}) collect_groups(body[part], names);
  return names;
}

bool is_field(string_view name, const std::vector<Field>& fields) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    if (field.name == name) return true;
    const bool within = name.starts_with(field.name) && name.substr(field.name.size(), 1) == ".";
    const bool around = field.name.starts_with(name) && field.name.substr(name.size(), 1) == ".";
    return around || (within && has(kOpaque, field.type));
  });
}

}  // namespace dbops::elasticsearch
