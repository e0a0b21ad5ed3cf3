#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::mongodb {

std::span<const Operation> operations();

}  // namespace dbops::mongodb
