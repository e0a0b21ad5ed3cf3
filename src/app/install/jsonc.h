// JSON that may hold comments and trailing commas, and the places of its members.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dbops::app {

struct JsonMember {
  std::string name;
  size_t key = 0;  // Where its quote opens.
  size_t begin = 0;
  size_t end = 0;  // Of its value, half open.
};
struct JsonObject {
  size_t open = 0;   // Of its brace.
  size_t close = 0;  // Of the closing one.
  std::vector<JsonMember> members;
  const JsonMember* find(std::string_view name) const;
};

// A text, and the same without what only people read: both have each character at one offset.
struct Jsonc {
  std::string text;
  std::string plain;  // RFC 8259.
  std::vector<size_t> trailing_commas;

  // `comments`: whether comments and trailing commas are taken. Code::syntax with the line,
  // Code::too_large.
  static Result<Jsonc> parse(std::string text, bool comments);
  // REQUIRES: an object starts at or behind `at`, after blanks.
  JsonObject object(size_t at) const;
  // The trailing comma between `from` and `to`, or npos.
  size_t trailing_comma(size_t from, size_t to) const;
};

}  // namespace dbops::app
