// What can be said of a statement without a server: its parts, the tier each needs, what is
// dangerous in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

inline constexpr size_t kScriptBytesMax = 16u << 20;  // bytes of one text handed to an engine
inline constexpr size_t kStatementsMax = 1000;        // statements in it
inline constexpr size_t kPathBytesMax = 4096;         // bytes of a path as people write it

struct Statement {
  size_t offset = 0;  // Where it stands in its script, bytes; without the separator.
  size_t size = 0;
  std::string verb = {};    // Upper case: "SELECT", "DELETE", "CREATE TABLE".
  Tier tier = Tier::admin;  // The least tier that may run it.
  // Why it needs that tier, as the end of "refused: ...": "DELETE changes data", "pg_read_file()
  // reads the server's files". Empty for a read.
  std::string reason = {};
  // What a person must confirm: "DELETE without WHERE removes every row of flights". Empty when
  // nothing.
  std::string danger = {};
  bool transactional =
      true;  // False where the engine refuses it inside a transaction (VACUUM): it runs alone.
};

// A text that a Dialect has taken apart. Immutable; only a Dialect's parse() makes one that a
// session accepts.
struct Script {
  std::string text;
  std::vector<Statement> statements;  // At least one.

  std::string_view statement_text(size_t index) const {
    return std::string_view(text).substr(statements[index].offset, statements[index].size);
  }
  // The highest tier that any of its statements needs.
  Tier tier() const;
};

// One engine's language. Stateless and thread-safe; static storage.
class Dialect {
 public:
  virtual ~Dialect() = default;

  // Takes the text apart with the engine's own grammar and classifies each statement. What is not
  // known to be a read is not a read. Code::syntax with `position`; Code::invalid_argument for a
  // text without a statement, invalid UTF-8 or a NUL; Code::too_large beyond the bounds above.
  virtual Result<Script> parse(std::string_view text) const = 0;

  // An identifier as it must be written in a statement, quoted where needed: `flights`, `"select"`,
  // `"a""b"`.
  virtual std::string quote(std::string_view identifier) const = 0;

  // The words that start or continue a statement, for completion, upper case and sorted.
  virtual std::vector<std::string_view> keywords() const = 0;
};

// The error with its position in characters, as people count, where it was one in bytes of the
// text; both 1-based.
tl::unexpected<Error> at_character(Error error, std::string_view text);

// A path in a catalogue as people write it: parts joined by '.', a part that is not a plain word in
// double quotes with "" for a quote. Same in every engine: `public."my.table"`. Empty text is the
// empty path. Code::invalid_argument for an open quote, an empty part, invalid UTF-8, or more than
// kPathBytesMax.
Result<std::vector<std::string>> parse_path(std::string_view text);
std::string format_path(const std::vector<std::string>& path);

}  // namespace dbops
