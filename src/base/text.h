// Text as people and terminals meet it: UTF-8, control characters, near misses, sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace dbops {

// RFC 3629: no overlong forms, no surrogates, nothing beyond U+10FFFF.
bool valid_utf8(std::string_view text) noexcept;
// The bytes (1-4) of the character that starts at `at`, 0 when no valid one does. REQUIRES: at <
// text.size().
size_t character_bytes(std::string_view text, size_t at) noexcept;

// For a terminal, a log or a message: C0, DEL, C1 and bidirectional overrides as \n, \t, \x1b,
// \u202e ...; invalid UTF-8 as \xNN. What a server or a file says passes through here before a
// person or a log sees it.
std::string escape_control(std::string_view text);

// The candidate that was probably meant (edit distance of at most a third of the length, case
// ignored), if any.
std::optional<std::string> nearest(std::string_view text, std::span<const std::string> candidates);

// At most `bytes_max` bytes, cut between characters, with "..." in place of what was cut.
std::string shorten(std::string_view text, size_t bytes_max);

// The number's shortest text that reads back the same. REQUIRES: a double is finite.
void append_number(std::string& out, int64_t number);
void append_number(std::string& out, uint64_t number);
void append_number(std::string& out, double number);

// "0 B", "812 B", "48 MB", "1.5 GB": three digits at most, 1024 to the step.
std::string format_bytes(uint64_t bytes);
// "336,776".
std::string format_count(int64_t count);

std::string lower(std::string_view text);                                  // ASCII only.
bool same_ignoring_case(std::string_view a, std::string_view b) noexcept;  // ASCII only.

// Replaces `${NAME}` by the environment variable; `$${` stands for `${`. nullopt in `missing` when
// all were there.
struct Expanded {
  std::string text;
  std::optional<std::string> missing;  // The first variable that is not set.
};
Expanded expand_environment(std::string_view text);

}  // namespace dbops
