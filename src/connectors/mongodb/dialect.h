#pragma once

#include "core/dialect.h"

namespace dbops::mongodb {

const Dialect& dialect();

}  // namespace dbops::mongodb
