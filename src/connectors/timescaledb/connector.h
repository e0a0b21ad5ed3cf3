#pragma once

#include "core/connector.h"

namespace dbops::timescaledb {

// TimescaleDB 2.11 and later: all that the connector of PostgreSQL does, and what the extension
// adds. URLs are timescaledb://..., the rest as postgresql://... has it; settings as there. Works
// on a database without the extension too, and says so. See README.md. Static storage.
const Connector& connector();

}  // namespace dbops::timescaledb
