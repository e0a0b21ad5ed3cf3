#include "connectors/sqlite/dialect.h"

#include <sqlite3.h>

#include <algorithm>

#include "base/text.h"
#include "connectors/sqlite/classify.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

tl::unexpected<Error> at_byte(Error error, std::string_view text, size_t offset) {
  error.position = character_at(text, offset);
  return fail(std::move(error));
}

Error unrecognized(const Token& token) {
  constexpr size_t kShownBytes = 60;
  const char c = token.text[0];
  const bool open = c == '\'' || c == '"' || c == '`' || c == '[';
  const std::string what = escape_control(shorten(token.text, kShownBytes));
  return Error{.code = Code::syntax,
               .message = "unrecognized token: " + what,
               .hint = open ? "the quote that opens here is never closed" : ""};
}

// Follows one statement to the ";" that ends it. The body of a trigger has semicolons of its own,
// and ends with an END that stands behind one.
class Boundary {
 public:
  // True when `token` ends the statement, being its ";".
  bool ends_at(const Token& token) {
    const bool semicolon = token.is(';');
    if (semicolon && (!body_ || closed_)) return true;
    if (words_ <= kHeadWords) look_at_head(token);
    if (trigger_ && token.is("BEGIN")) body_ = true;
    closed_ = body_ && behind_semicolon_ && token.is("END");
    behind_semicolon_ = semicolon;
    return false;
  }

 private:
  static constexpr size_t kHeadWords = 6;  // EXPLAIN QUERY PLAN CREATE TEMP TRIGGER

  void look_at_head(const Token& token) {
    ++words_;
    if (token.is("CREATE")) create_ = true;
    if (create_ && token.is("TRIGGER")) trigger_ = true;
    const bool head = token.is("EXPLAIN") || token.is("QUERY") || token.is("PLAN") ||
                      token.is("CREATE") || token.is("TEMP") || token.is("TEMPORARY");
    if (!head) words_ = kHeadWords + 1;
  }

  size_t words_ = 0;
  bool create_ = false, trigger_ = false, body_ = false, closed_ = false, behind_semicolon_ = false;
};

// The statement that starts with the token `at`; `at` becomes the token behind its ";".
Result<Statement> cut(Lexer& lexer, Token& at, std::string_view text) {
  Statement statement{.offset = at.offset};
  Boundary boundary;
  for (; at.type != Token::Type::end && !boundary.ends_at(at); at = lexer.next()) {
    if (at.type == Token::Type::illegal) return at_byte(unrecognized(at), text, at.offset);
    statement.size = at.offset + at.text.size() - statement.offset;
  }
  return statement;
}

}  // namespace

Result<Script> SqliteDialect::parse(std::string_view text) const {
  if (text.size() > kScriptBytesMax)
    return fail(Code::too_large,
                "the statement has " + format_bytes(text.size()) + "; at most " +
                    format_bytes(kScriptBytesMax) + " are taken",
                "send large values as parameters, and long scripts in parts");
  if (text.find('\0') != std::string_view::npos)
    return fail(Code::invalid_argument, "the statement holds a NUL character");
  if (!valid_utf8(text)) return fail(Code::invalid_argument, "the statement is not UTF-8");
  Script script{.text = std::string(text), .statements = {}};
  Lexer lexer(text);
  for (Token at = lexer.next(); at.type != Token::Type::end;) {
    if (at.is(';')) {
      at = lexer.next();
      continue;
    }
    if (script.statements.size() == kStatementsMax)
      return fail(Code::too_large,
                  "the script has more than " + std::to_string(kStatementsMax) + " statements",
                  "send it in parts");
    DBOPS_ASSIGN(Statement statement, cut(lexer, at, text));
    auto classified = classify(text.substr(statement.offset, statement.size), statement);
    if (!classified) {
      Error error = std::move(classified).error();
      const size_t in_statement = error.position ? *error.position - 1 : 0;
      return at_byte(std::move(error), text, statement.offset + in_statement);
    }
    script.statements.push_back(std::move(statement));
  }
  if (script.statements.empty())
    return fail(Code::invalid_argument, "there is no statement in the text");
  return script;
}

std::string SqliteDialect::quote(std::string_view identifier) const {
  const bool word = !identifier.empty() && !(identifier[0] >= '0' && identifier[0] <= '9') &&
                    std::all_of(identifier.begin(), identifier.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             (c >= '0' && c <= '9') || c == '_';
                    });
  const int size = static_cast<int>(std::min<size_t>(identifier.size(), kPathBytesMax));
  if (word && sqlite3_keyword_check(identifier.data(), size) == 0) return std::string(identifier);
  std::string quoted = "\"";
  for (const char c : identifier) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::vector<std::string_view> SqliteDialect::keywords() const {
  std::vector<std::string_view> words;
  for (int i = 0; i < sqlite3_keyword_count(); ++i) {
    const char* word = nullptr;
    int size = 0;
    if (sqlite3_keyword_name(i, &word, &size) == SQLITE_OK)
      words.emplace_back(word, static_cast<size_t>(size));
  }
  std::sort(words.begin(), words.end());
  return words;
}

const SqliteDialect& dialect() {
  static const SqliteDialect kDialect;
  return kDialect;
}

}  // namespace dbops::sqlite
