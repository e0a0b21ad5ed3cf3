#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::sqlite {

// What SQLite can do beyond statements; static storage.
std::span<const Operation> operations();

}  // namespace dbops::sqlite
