// What TimescaleDB can do beside statements; PostgreSQL's own operations are there too.
#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::timescaledb {

// Static storage.
std::span<const Operation> operations();

}  // namespace dbops::timescaledb
