#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::elasticsearch {

std::span<const Operation> operations();

}  // namespace dbops::elasticsearch
