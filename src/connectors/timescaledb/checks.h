// What `diagnose` looks at beside PostgreSQL's own checks.
#pragma once

#include <span>

#include "connectors/postgres/checks.h"

namespace dbops::timescaledb {

// In the order of their areas. Static storage.
std::span<const postgres::Check> checks();

}  // namespace dbops::timescaledb
