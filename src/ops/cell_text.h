// Cells as models read them: one line a row, exact, unambiguous, in few tokens.
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"

namespace dbops::ops {

inline constexpr char kCellSeparator = '|';
inline constexpr char kFrameMark = '#';  // begins a line of dbops' own: no data does
inline constexpr size_t kCellTextBytesMax = 2000;

// Appends text such that it stays in its line and its cell: `\\`, `\|`, `\n`, `\r`, `\t`, and as
// `\u00XX`, `\u202e`, `\u{e0041}` what has no place in a line: control characters, line and
// paragraph separators, bidirectional controls and tag characters, which a reader doesn't see but a
// model may obey.
void append_escaped(std::string& out, std::string_view text);

// Appends a cell: NULL as nothing, the empty text as `""`, text as above (`\""` where it is two
// quotes), bytes as `\x` and hex, lists and maps as their JSON. Of more than kCellTextBytesMax
// bytes the first ones, and `\[+N bytes]` for the rest. True when it was cut so.
bool append_cell(std::string& out, const Value& cell);

}  // namespace dbops::ops
