#pragma once

#include <span>

#include "core/connector.h"

namespace dbops::app {

// Every engine this program has. Static storage.
std::span<const Connector* const> connectors();

}  // namespace dbops::app
