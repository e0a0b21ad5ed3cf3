// SQLite's tokens (https://sqlite.org/lang_keywords.html, tokenize.c of 3.40 as observed): enough
// of its lexical grammar to cut a script into statements exactly where SQLite cuts it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dbops::sqlite {

struct Token {
  enum class Type : uint8_t {
    end,         // There are no more.
    word,        // A keyword or a bare identifier.
    identifier,  // "...", [...] or `...`, with its quotes.
    string,      // '...', with its quotes; SQLite takes it for a name where it needs one.
    blob,        // x'...'
    number,
    variable,  // ?, ?1, :a, @a, $a
    symbol,    // One character of punctuation or of an operator.
    illegal,   // What SQLite calls an unrecognized token: an open quote, a stray character.
  };
  Type type = Type::end;
  size_t offset = 0;
  std::string_view text = {};

  bool is(char symbol) const { return type == Type::symbol && text[0] == symbol; }
  // A keyword, whatever its case. `word` in upper case.
  bool is(std::string_view word) const;
  // May stand where SQLite wants a name.
  bool names() const {
    return type == Type::word || type == Type::identifier || type == Type::string;
  }
  // The name it stands for, without quotes.
  std::string name() const;
};

// One pass over a text that outlives it. Comments and white space are passed over.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Token next();

 private:
  void skip_blank();
  size_t quoted_end(char close) const;
  Token make(Token::Type type, size_t size);
  std::string_view text_;
  size_t at_ = 0;
};

// The 1-based character at which the byte `offset` of `text` stands.
uint64_t character_at(std::string_view text, size_t offset);

}  // namespace dbops::sqlite
