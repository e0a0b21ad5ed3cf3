// A cell as a person reads it.
#pragma once

#include <string>
#include <string_view>

#include "base/value.h"

namespace dbops::cli {

inline constexpr std::string_view kNullText = "∅";  // apart from "" and from the text NULL
inline constexpr size_t kShownBytesMax = 64;        // bytes of a binary cell that are spelled out

// Appends the cell as append_text() spells it, but NULL as kNullText, and bytes shortened with
// their size. May hold line breaks and control characters.
void append_cell(std::string& out, const Value& cell);

// True for what stands at the right of its column.
bool is_number(Kind kind) noexcept;

}  // namespace dbops::cli
