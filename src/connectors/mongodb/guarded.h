// Which commands may read a whole collection, and which index would spare them that.
#pragma once

#include <string>

#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// Whether the command, one that a plan can be had of, need not be looked at: it ends after some
// documents, finds them by their _id, counts without a filter, or is for no collection.
bool reads_little(const bson_t& command);

// The keys of an index for its filter and its order, as JSON: what is compared for equality, then
// the order, then ranges. Empty where nothing can be said, as of $or.
std::string index_for(const bson_t& command);

// Whether an index (a document of listIndexes) begins with a field that the command compares.
bool serves(const bson_t& index, const bson_t& command);

}  // namespace dbops::mongodb
