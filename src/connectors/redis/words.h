// A command line as redis-cli takes it: words between blanks, "double" quotes with \n \r \t \b \a
// \xHH and \\, 'single' quotes with \'. Every byte can be written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::redis {

// One command and where it stands in its text.
struct Line {
  size_t offset = 0;  // bytes
  size_t size = 0;
  std::vector<std::string> words;
  std::vector<bool> plain = {};  // Of each word: it was written without quotes.
};

// The first line with a word in it from `at` on, and moves `at` behind it; a line break inside
// quotes belongs to its word. nullopt at the end. Code::syntax with `position` in bytes from 1.
Result<std::optional<Line>> next_line(std::string_view text, size_t& at);

// The word as it must be written: itself, or in double quotes.
std::string quote_word(std::string_view word);

}  // namespace dbops::redis
