#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/link.h"
#include "core/catalog.h"

namespace dbops::mongodb {

// The indexes of a collection, with their sizes where the server tells them.
Result<std::vector<IndexInfo>> read_indexes(const Context& context, Link& link,
                                            const std::string& database,
                                            const std::string& collection);

// An index that another one stands in for: its keys, in either direction, are the first of the
// other's, and nothing else is special to it.
struct Redundant {
  std::string index;
  std::string by;
};
std::vector<Redundant> redundant_indexes(const std::vector<IndexInfo>& indexes);

// How far a running operation is, where it says so, as the build of an index does: "Index Build:
// scanning collection: 25%". `operation`: one of currentOp's.
std::string progress_of(const bson_t& operation);

}  // namespace dbops::mongodb
