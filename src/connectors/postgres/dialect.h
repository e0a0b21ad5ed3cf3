#pragma once

#include "core/dialect.h"

namespace dbops::postgres {

// PostgreSQL's SQL, by its own parser. Static storage.
const Dialect& dialect();

}  // namespace dbops::postgres
