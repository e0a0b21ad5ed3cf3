// The strings of JSON, where it is known to be JSON: what their escapes stand for. Sans-io.
#pragma once

#include <string>
#include <string_view>

namespace dbops {

inline bool is_json_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Appends the content of a string that stands in its quotes; half a surrogate pair becomes U+FFFD.
// False where there was one: the content can't be had exactly. REQUIRES: it is a JSON string.
bool append_unescaped(std::string_view quoted, std::string& out);

// Where the first escape begins that is half a surrogate pair; npos: there is none. REQUIRES: the
// text is valid JSON.
size_t find_half_pair(std::string_view json);

}  // namespace dbops
