#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/link.h"

namespace dbops::mongodb {

// What to warn of behind a `create` that went well: some servers take options of a collection that
// they do not have, such as a view's or a validator, and make a plain one. Asks for the collection
// as it is now, where the command has options. `command` may name another database in "$db".
// An error where the link is gone.
Result<std::vector<std::string>> dropped_options(const Context& context, Link& link,
                                                 const std::string& database,
                                                 const bson_t& command);

}  // namespace dbops::mongodb
