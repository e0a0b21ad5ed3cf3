// Cells from the text that the server sends.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/value.h"

namespace dbops::postgres {

// How the cells of a column are read.
struct CellType {
  Kind kind = Kind::text;
  Kind element = Kind::text;  // Of a list.
  char delimiter = ',';       // Between a list's elements.
};

// A cell from the text the server sent; what it points to is in `arena`. `trusted`: the server
// vouches for UTF-8; else text that isn't becomes bytes. Text that doesn't read as its kind stays
// text.
Value decode(const CellType& type, std::string_view text, bool trusted, Arena& arena);

// A list from an array literal, nested for more than one dimension: {1,NULL,"a b"}, [0:1]={1,2}.
// Null where it isn't one (an array type with an output of its own); then nothing is known of it.
inline constexpr size_t kArrayDepthMax = 16;  // PostgreSQL has 6 dimensions at most.
Value decode_array(const CellType& type, std::string_view text, bool trusted, Arena& arena);

}  // namespace dbops::postgres
