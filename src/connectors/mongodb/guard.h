// Commands whose plan reads a whole collection.
#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/queries.h"

namespace dbops::mongodb {

// Has the server explain how the command finds its documents, each part of it by itself, before it
// runs: find, aggregate, count, distinct, update, delete, findAndModify and bulkWrite. Where that
// is by reading a whole collection, this is a warning, or with ScanGuard::refuse Code::forbidden;
// so is then what can't be explained. Other commands, and what reads little, pass unasked.
Result<std::vector<std::string>> guard_scans(const Context& context, MongoQueries& queries,
                                             const bson_t& command, Tier allowed, ScanGuard guard);

}  // namespace dbops::mongodb
