// Durations and sizes as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dbops::app {

// "250ms", "30s", "5 m", "2h", "0"; nullopt for everything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "64 KiB", "1MiB", "2 GiB", "100 B", "0"; nullopt for everything else.
std::optional<uint64_t> parse_bytes(std::string_view text);

}  // namespace dbops::app
