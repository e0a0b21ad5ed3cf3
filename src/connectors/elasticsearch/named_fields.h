// The fields that a search names: one that no index has matches nothing, without an error.
#pragma once

#include <string>
#include <vector>

#include "connectors/elasticsearch/mapping.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

// In its queries and aggregations, each once, as far as they can be told: patterns and the server's
// own names (`_id`) are left out, as is everything where the search makes fields of its own.
// `body`: the search, as JSON.
std::vector<std::string> named_fields(const JsonView& body);

// Whether it is one of them, or lies in one whose inside has no mapping of its own.
bool is_field(std::string_view name, const std::vector<Field>& fields);

}  // namespace dbops::elasticsearch
