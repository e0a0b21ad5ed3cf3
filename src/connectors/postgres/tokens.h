// The little of PostgreSQL's lexer that is needed before its parser is asked.
#pragma once

#include <cstddef>
#include <string_view>

namespace dbops::postgres {

// The position behind blanks and comments that stand at `at`.
size_t skip_blanks(std::string_view text, size_t at) noexcept;

// How many tokens the text has, but at most about `enough`: a string, a quoted name, a comment and
// a word are one, anything else counts a byte. What the parser needs memory for is bounded by this.
size_t count_tokens(std::string_view text, size_t enough) noexcept;

}  // namespace dbops::postgres
