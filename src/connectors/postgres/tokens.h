// The little of PostgreSQL's lexer that is needed before its parser is asked.
#pragma once

#include <cstddef>
#include <string_view>

namespace dbops::postgres {

// The position behind blanks and comments that stand at `at`.
size_t skip_blanks(std::string_view text, size_t at) noexcept;

// What the parser's memory and stack depend on. A string, a quoted name and a word are one token,
// anything else counts a byte.
struct Extent {
  size_t tokens = 0;
  // How deep the tree can get without parentheses ("1 + 1 + 1"): the most tokens between two
  // commas of one level of parentheses, or all set operations, whichever is more.
  size_t chain = 0;
};
// Stops counting soon after `tokens_enough` or `chain_enough`.
Extent measure(std::string_view text, size_t tokens_enough, size_t chain_enough);

}  // namespace dbops::postgres
