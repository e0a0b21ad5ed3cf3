#include "connectors/sqlite/tokens.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::sqlite {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }
bool hex_digit(char c) { return digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }
// What may continue an identifier.
bool word_character(char c) {
  return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // White space to SQLite, anywhere.

size_t word_end(std::string_view text, size_t at) {
  while (at < text.size() && word_character(text[at])) ++at;
  return at;
}

size_t digits_end(std::string_view text, size_t at) {
  while (at < text.size() && digit(text[at])) ++at;
  return at;
}

// Behind the number that starts at `at`: 12, 1.5, .5, 1e-3, 0x1F.
size_t number_end(std::string_view text, size_t at) {
  const auto peek = [&](size_t i) { return i < text.size() ? text[i] : '\0'; };
  if (text[at] == '0' && (peek(at + 1) | 0x20) == 'x' && hex_digit(peek(at + 2))) {
    at += 2;
    while (hex_digit(peek(at))) ++at;
    return at;
  }
  at = digits_end(text, at);
  if (peek(at) == '.') at = digits_end(text, at + 1);
  if ((peek(at) | 0x20) == 'e') {
    const size_t sign = peek(at + 1) == '+' || peek(at + 1) == '-' ? 1 : 0;
    if (digit(peek(at + 1 + sign))) at = digits_end(text, at + 1 + sign);
  }
  return at;
}

// Behind the variable $a, @a, :a; `at` if there is no name. $a may go on with ::b and (suffix), as
// in Tcl.
size_t variable_end(std::string_view text, size_t at) {
  size_t i = at + 1;
  size_t characters = 0;
  while (i < text.size()) {
    if (word_character(text[i])) {
      ++characters;
      ++i;
    } else if (text[i] == '(' && characters > 0) {
      while (i < text.size() && !blank(text[i]) && text[i] != ')') ++i;
      if (i >= text.size() || text[i] != ')') return at;
      ++i;
      break;
    } else if (text[i] == ':' && i + 1 < text.size() && text[i + 1] == ':') {
      i += 2;
    } else {
      break;
    }
  }
  return characters == 0 ? at : i;
}

}  // namespace

bool Token::is(std::string_view word) const {
  return type == Type::word && same_ignoring_case(text, word);
}

std::string Token::name() const {
  if (type != Type::identifier && type != Type::string) return std::string(text);
  const char close = text[0] == '[' ? ']' : text[0];
  std::string name;
  for (size_t i = 1; i + 1 < text.size(); ++i) {
    name += text[i];
    if (text[i] == close) ++i;  // A doubled quote stands for one.
  }
  return name;
}

void Lexer::skip_blank() {
  while (at_ < text_.size()) {
    const std::string_view rest = text_.substr(at_);
    if (blank(rest[0])) {
      ++at_;
    } else if (rest.starts_with("--")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (rest.starts_with("/*") && rest.size() > 2) {
      const size_t close = text_.find("*/", at_ + 2);  // SQLite lets the last comment stay open.
      at_ = close == std::string_view::npos ? text_.size() : close + 2;
    } else if (rest.starts_with(kByteOrderMark)) {
      at_ += kByteOrderMark.size();
    } else {
      return;
    }
  }
}

// Behind the quoted text that starts here, a doubled quote being part of it; 0 when it stays open.
size_t Lexer::quoted_end(char close) const {
  for (size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] != close) continue;
    if (close != ']' && i + 1 < text_.size() && text_[i + 1] == close)
      ++i;
    else
      return i + 1;
  }
  return 0;
}

Token Lexer::make(Token::Type type, size_t end) {
  const Token token{type, at_, text_.substr(at_, end - at_)};
  at_ = end;
  return token;
}

Token Lexer::next() {
  using Type = Token::Type;
  skip_blank();
  if (at_ >= text_.size()) return Token{Type::end, text_.size()};
  const char c = text_[at_];
  const char following = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == '\'' || c == '"' || c == '`' || c == '[') {
    const size_t end = quoted_end(c == '[' ? ']' : c);
    if (end == 0) return make(Type::illegal, text_.size());
    return make(c == '\'' ? Type::string : Type::identifier, end);
  }
  if ((c == 'x' || c == 'X') && following == '\'') {
    size_t end = at_ + 2;
    while (end < text_.size() && hex_digit(text_[end])) ++end;
    const bool whole = end < text_.size() && text_[end] == '\'' && (end - at_) % 2 == 0;
    while (end < text_.size() && text_[end] != '\'') ++end;
    return make(whole ? Type::blob : Type::illegal, std::min(end + 1, text_.size()));
  }
  if (digit(c) || (c == '.' && digit(following))) {
    const size_t end = number_end(text_, at_);
    const size_t glued = word_end(text_, end);
    return make(glued == end ? Type::number : Type::illegal, glued);
  }
  if (c == '?') return make(Type::variable, digits_end(text_, at_ + 1));
  if (c == '$' || c == '@' || c == ':') {
    const size_t end = variable_end(text_, at_);
    return end == at_ ? make(Type::illegal, at_ + 1) : make(Type::variable, end);
  }
  if (word_character(c)) return make(Type::word, word_end(text_, at_));
  constexpr std::string_view kSymbols = "-+*/%=<>!|&~,;().";
  return make(kSymbols.find(c) == std::string_view::npos ? Type::illegal : Type::symbol, at_ + 1);
}

uint64_t character_at(std::string_view text, size_t offset) {
  const auto head = text.substr(0, offset);
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return 1 + static_cast<uint64_t>(std::count_if(head.begin(), head.end(), starts));
}

}  // namespace dbops::sqlite
