// Keys as rows, to be kept or brought elsewhere.
#pragma once

#include "connectors/redis/session.h"
#include "core/arguments.h"

namespace dbops::redis {

// A row for each key that matches a pattern (`match`): `as` value the key, its type, time to live
// in milliseconds and value; `as` dump the key, its time to live and what DUMP answers, which a
// Loader takes back. Of a cluster the keys of all nodes. Read as the rows are pulled,
// kExportedAtOnce keys at a time; a key that SCAN names twice comes twice.
Result<std::unique_ptr<Stream>> export_keys(RedisSession& session, const Arguments& arguments);

inline constexpr size_t kExportedAtOnce = 32;  // keys whose values are held

}  // namespace dbops::redis
