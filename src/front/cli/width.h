// How many columns of a terminal a text takes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dbops::cli {

// Columns of one line of text without control characters (see escape_control). Counts what a reader
// sees as one character at once: wide East Asian characters and emoji take two columns, combining
// marks none, a flag or a joined emoji two. Invalid UTF-8 counts a column a byte.
size_t display_width(std::string_view text) noexcept;

// The longest beginning of `text`, cut between visible characters, that takes at most `columns`.
std::string_view display_prefix(std::string_view text, size_t columns) noexcept;

// At most `columns` columns: the text itself, or its beginning with an ellipsis.
// REQUIRES: columns > 0.
std::string fit(std::string_view text, size_t columns);

}  // namespace dbops::cli
