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

}  // namespace dbops::mongodb
