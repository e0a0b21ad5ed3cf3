#pragma once

#include "base/json.h"
#include "connectors/elasticsearch/console.h"
#include "core/parameters.h"

namespace dbops::elasticsearch {

// The member "params" of a query's body; nothing without parameters. Code::invalid_argument where
// they and the placeholders do not go together, or a value has no form in JSON (bytes, NaN).
Result<void> write_parameters(std::string_view query, Language language,
                              const Parameters& parameters, JsonWriter& out);

}  // namespace dbops::elasticsearch
