// The parts of a TOML text that have no structure of their own: spaces, comments, keys, strings.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "app/toml.h"
#include "base/result.h"

namespace dbops::app {

// Reads from front to back; its errors carry in `position` the byte (from 1) that they stand at.
// The text must outlive it.
class TomlScanner {
 public:
  // REQUIRES: `text` is UTF-8.
  explicit TomlScanner(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  size_t at() const { return at_; }
  // Also for an earlier byte, which is slower.
  Place place(size_t at);
  // '\0' at the end.
  char peek() const { return done() ? '\0' : text_[at_]; }
  bool sees(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool take(std::string_view token);

  void spaces();
  // What may stand behind a value or a header, and the end of the line.
  Result<void> line_end();
  // Spaces, comments and empty lines.
  Result<void> blanks();
  // A bare or quoted one, without dots.
  Result<std::string> key();
  // REQUIRES: it stands at a quotation mark.
  Result<std::string> string();
  // The longest run of what numbers, dates and words are written with; may be empty.
  std::string_view token();

  tl::unexpected<Error> wrong(std::string message) const { return wrong(at_, std::move(message)); }
  static tl::unexpected<Error> wrong(size_t at, std::string message);
  // "..., but found 'x'", or "..., but the file ends".
  tl::unexpected<Error> expected(const std::string& what) const;

 private:
  bool at_line_end() const { return sees("\n") || sees("\r\n"); }
  Result<void> comment();
  Result<void> escape(bool several_lines, std::string& out);
  Result<void> code_point(size_t digits, std::string& out);
  bool take_line_continuation();
  // One character of a string, in which newlines are another's business.
  Result<void> plain(std::string& out);

  const std::string_view text_;
  size_t at_ = 0;
  // Where place() came to.
  size_t counted_ = 0;
  Place place_{1, 1};
};

}  // namespace dbops::app
