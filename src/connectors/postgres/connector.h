#pragma once

#include "core/connector.h"

namespace dbops::postgres {

// PostgreSQL 12 and later, through libpq. URLs are libpq's (postgresql://, postgres://), with all
// its forms; environment, service files and ~/.pgpass count as they do for psql. Settings beside
// the URL: every connection keyword of libpq, and
//   prepare           on (default), or off where a pooler in transaction mode stands between
//   lock_timeout_ms   how long a statement waits for a lock; 0 (default): no limit of its own
// See README.md in this folder. Static storage.
const Connector& connector();

}  // namespace dbops::postgres
