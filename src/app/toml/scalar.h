// Numbers, dates, times and words of TOML.
#pragma once

#include <optional>
#include <string_view>

#include "app/toml.h"

namespace dbops::app {

// The value that is written so: 12, 0xff, 1_000, 1e5, -inf, true, 2026-01-02T03:04:05Z, 03:04 ...
// nullopt for what is none, and for an integer beyond 64 bits.
std::optional<Node> read_scalar(std::string_view token);

}  // namespace dbops::app
