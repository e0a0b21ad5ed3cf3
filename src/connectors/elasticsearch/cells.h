#pragma once

#include <string_view>

#include "base/stream.h"
#include "wire/json_view.h"

namespace dbops::elasticsearch {

// A JSON value as a cell, exact: an integer beyond int64 is a decimal, so is a number with more
// digits than a double has, an object is its JSON text, an array a list where it holds scalars
// alone. Copied into the batch.
Value to_cell(Batch& batch, const JsonView& json);

// The same for a column that the server calls by that type: dates become timestamps.
Value to_typed_cell(Batch& batch, const JsonView& json, Kind kind);

// What cells of such a column hold: of ES|QL ("long", "date", "keyword" ...) or SQL ("datetime").
Kind kind_of(std::string_view type);

}  // namespace dbops::elasticsearch
