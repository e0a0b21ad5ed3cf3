// A row of another engine as a document of BSON, exact or refused.
#pragma once

#include "base/stream.h"
#include "base/value.h"
#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// The type of BSON that cells of that kind become, as MongoDB calls it: "date", "decimal" ...
// Empty where each cell has its own.
std::string_view bson_type(Kind kind);

// A field for each column, in order; NULL is null. Instants become dates, UUIDs and bytes binary,
// JSON what it says as Extended JSON. What BSON has no type for (days, times and timestamps without
// a zone, intervals) stays text. Code::data for an instant finer than a millisecond, a decimal of
// more than 34 digits, JSON that is none; Code::too_large.
Result<Bson> to_document(const Schema& columns, std::span<const Value> cells);

}  // namespace dbops::mongodb
