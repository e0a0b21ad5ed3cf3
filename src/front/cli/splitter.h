// Finds where statements end while they are typed, without knowing the engine.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dbops::cli {

// Takes lines, gives statements. A statement ends at a ';' outside of quotes ('...', "...", `...`,
// E'...' with backslashes, $tag$...$tag$), comments (-- and /* */, nested) and the body between
// BEGIN and END of a trigger, function or procedure. What a statement is worth is the engine's to
// say.
class Splitter {
 public:
  // A line with or without its break.
  void feed(std::string_view line);
  // The next whole statement, without its ';' and the blanks around it; empty ones are passed over.
  std::optional<std::string> next();
  // Something other than blanks and comments is waiting for its end.
  bool pending() const;
  // Inside of a quote or a comment, where even an empty line means something.
  bool inside() const { return scan_.state != State::plain && scan_.state != State::line_comment; }
  // What is waiting, as if it had ended; then nothing is.
  std::string take();

 private:
  enum class State { plain, quoted, line_comment, block_comment, dollar };
  bool step();
  void step_plain();
  void open_quote(char quote);
  void word(std::string_view text);
  bool starts(std::string_view text) const;
  void restart(size_t from);

  struct Scan {
    size_t at = 0;  // How far it came.
    State state = State::plain;
    char quote = 0;
    bool backslashes = false;  // Of E'...'.
    size_t depth = 0;          // Of nested block comments.
    std::string tag = {};      // "$tag$"
    bool content = false;      // Something but blanks and comments was seen.
    size_t words = 0;
    bool creates = false;  // CREATE ..., of a trigger, function or procedure,
    bool body = false;     // which may have a body,
    size_t blocks = 0;     // with BEGIN and CASE that are still open.
  };
  std::string buffer_;
  Scan scan_;  // Of the statement that buffer_ starts with.
};

}  // namespace dbops::cli
