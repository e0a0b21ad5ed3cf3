// Durations and sizes as people write them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dbops::app {

// "250ms", "30s", "5 m", "2h", "0"; nullopt for everything else.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
// "64 KiB", "1MiB", "2 GiB", "100 B", "0"; nullopt for everything else.
std::optional<uint64_t> parse_bytes(std::string_view text);
// Exactly, in the greatest unit that it is a multiple of, so that parse_*() reads it: "5m", "64
// KiB".
std::string write_duration(std::chrono::milliseconds time);
std::string write_bytes(uint64_t bytes);

}  // namespace dbops::app
