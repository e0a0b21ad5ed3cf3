// The operations that only look, declared.
#pragma once

#include <vector>

#include "core/connector.h"

namespace dbops::timescaledb {

std::vector<Operation> looking();

}  // namespace dbops::timescaledb
