#pragma once

#include <string_view>

namespace dbops::sqlite {

// Whether a statement of a user may call the built-in function `name`: what SQLite itself marks as
// deterministic or innocuous, and the auxiliary functions of FTS and R-Tree that only read. A
// function that dbops doesn't know to be harmless is not. Thread-safe.
bool harmless_function(std::string_view name);

}  // namespace dbops::sqlite
