#pragma once

#include "base/json.h"
#include "connectors/elasticsearch/console.h"
#include "core/parameters.h"

namespace dbops::elasticsearch {

// How the server takes the parameters of a query.
enum class ParameterStyle : uint8_t {
  plain,  // "params": [1, "x"], or [{"name": 1}]
  typed,  // "parameters": [{"type": "long", "value": 1}], as OpenSearch's SQL does
};

// Those of a query as a member of its body; nothing without parameters. Code::invalid_argument
// where they and the placeholders do not go together, or a value has no form in JSON (bytes, NaN).
Result<void> write_parameters(std::string_view query, Language language,
                              const Parameters& parameters, ParameterStyle style, JsonWriter& out);

}  // namespace dbops::elasticsearch
