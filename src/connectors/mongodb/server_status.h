// What a server's serverStatus and its users' roles say, without I/O.
#pragma once

#include <string_view>
#include <vector>

#include "connectors/mongodb/bson.h"
#include "core/session.h"

namespace dbops::mongodb {

// How busy it is: since when it is up, operations, who waits, places for reads and writes. Nothing
// of what the reply does not have.
std::vector<Finding> read_load(const bson_t& server_status);
// WiredTiger's cache: how full it is, and how much of it is still to be written.
std::vector<Finding> read_cache(const bson_t& server_status);

// The members of a set by a reply of replSetGetStatus: what each is, and which are behind.
std::vector<Finding> read_members(const bson_t& set_status);

// What the roles in a reply of connectionStatus allow at most. Unknown roles are admin, and so is
// nobody at all: then the server asks for no user.
Tier granted_by_roles(const bson_t& connection_status);

}  // namespace dbops::mongodb
