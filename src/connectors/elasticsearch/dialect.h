#pragma once

#include "core/dialect.h"

namespace dbops::elasticsearch {

// A statement is a request or a query. ES|QL and SQL only read; a request may do what the table of
// endpoints says of its method and path.
const Dialect& dialect();

}  // namespace dbops::elasticsearch
