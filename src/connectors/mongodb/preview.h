#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/queries.h"

namespace dbops::mongodb {

// What a dangerous command would change, counted by reads that stay in the read tier: "that is 12
// documents of movies". Nothing for a command that changes none, or where they can't be counted.
// What breaks the link is an error.
Result<std::vector<std::string>> preview_effects(const Context& context, MongoQueries& queries,
                                                 Bson command);

}  // namespace dbops::mongodb
