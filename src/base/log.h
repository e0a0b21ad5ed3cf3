// Logs go to stderr only: stdout belongs to MCP and to results. Control characters are escaped
// here.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dbops::log {

enum class Level : uint8_t { debug, info, warning, error, off };

// Process-wide; to be called before threads start. Until then: warning.
void set_level(Level level);
// Whether write() does anything: for messages that cost something to make. Thread-safe.
bool enabled(Level level);
// Thread-safe. `message` says what happened in one line, without secrets.
void write(Level level, std::string_view message);
inline void debug(std::string_view message) { write(Level::debug, message); }
inline void info(std::string_view message) { write(Level::info, message); }
inline void warning(std::string_view message) { write(Level::warning, message); }
inline void error(std::string_view message) { write(Level::error, message); }

}  // namespace dbops::log
