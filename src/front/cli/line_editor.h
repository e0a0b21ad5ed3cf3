// Lines from a person, with editing, history and completion (libedit); or from a script.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"

namespace dbops::cli {

// What Tab answers: the words that `word`, which ends at the cursor, may become.
struct Completions {
  size_t word_bytes = 0;  // How much before the cursor they replace.
  std::vector<std::string> words;
};

class LineSource {
 public:
  virtual ~LineSource() = default;
  enum class Got { line, end, interrupted };
  // The next line, without its break. `interrupted`: Ctrl-C, or the Cancel.
  virtual Got read(const std::string& prompt, const Cancel& cancel, std::string& line) = 0;
  // A person sits there: prompts are shown and an error doesn't end it all.
  virtual bool interactive() const = 0;
  // Keeps a statement for the arrow keys and the next time, unless it may hold a secret.
  virtual void remember(std::string_view) {}
};

inline constexpr int kHistoryMax = 2000;  // statements

// On the terminal at stdin and stdout. `history_file`: empty for none; else mode 0600.
std::unique_ptr<LineSource> edited_lines(std::string history_file,
                                         std::function<Completions(std::string_view)> complete);
// A script that is held whole.
std::unique_ptr<LineSource> script_lines(std::string text);

// True for a statement that must not be kept: it may name a password.
bool may_hold_secret(std::string_view statement);

}  // namespace dbops::cli
