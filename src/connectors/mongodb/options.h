#pragma once

#include <string>

#include "connectors/mongodb/bson.h"
#include "core/catalog.h"

namespace dbops::mongodb {

// Unless the value is empty.
void add_property(Description& found, std::string name, std::string value);

// Adds what listCollections says of a collection: validator, time series, capped, clustered,
// images of what changes, a view's pipeline.
void add_options(const bson_t& info, Description& found);

}  // namespace dbops::mongodb
