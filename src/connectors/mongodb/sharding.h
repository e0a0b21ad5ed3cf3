// What a mongos keeps in its database "config": which collections are spread over shards, by which
// key, and how evenly. A server that is no mongos has none of it, and is not asked.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "connectors/mongodb/link.h"
#include "core/catalog.h"
#include "core/session.h"

namespace dbops::mongodb {

// The keys of a database's sharded collections by the collections' names, as JSON; empty where the
// user may not read them.
Result<std::map<std::string, std::string>> shard_keys(const Context& context, Link& link,
                                                      const std::string& database);

// Adds to a collection's description: its key, whether that is unique and its data is balanced, and
// what each shard has of it.
Result<void> describe_sharding(const Context& context, Link& link, const std::string& database,
                               const std::string& collection, Description& found);

// The area "sharding": shards, the balancer, and how each sharded collection is spread.
Result<void> look_at_sharding(const Context& context, Link& link, std::vector<Finding>& out);

}  // namespace dbops::mongodb
