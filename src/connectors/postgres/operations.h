// What PostgreSQL can do beside statements: looks at sessions, locks, statistics and settings, and
// ends what must end.
#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::postgres {

// Static storage.
std::span<const Operation> operations();

}  // namespace dbops::postgres
