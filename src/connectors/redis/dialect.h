#pragma once

#include "core/dialect.h"

namespace dbops::redis {

// A statement is a command line, a script several. Commands that would change the link itself are
// refused with Code::unsupported.
const Dialect& dialect();

}  // namespace dbops::redis
