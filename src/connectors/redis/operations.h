#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::redis {

std::span<const Operation> operations();

}  // namespace dbops::redis
