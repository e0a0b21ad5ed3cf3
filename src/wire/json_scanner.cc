#include "wire/json_scanner.h"

#include <array>

namespace dbops {

bool JsonScanner::wrong(std::string_view problem) {
  if (problem_.empty()) problem_ = problem;
  return false;
}

void JsonScanner::space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
    ++at_;
}

bool JsonScanner::byte(char c) {
  if (done() || text_[at_] != c) return false;
  ++at_;
  return true;
}

// Without recursion: the brackets that are open stand in `open`.
bool JsonScanner::value() {
  std::array<char, kDepthMax> open;
  size_t depth = 0;
  for (;;) {
    space();
    const char bracket = peek();
    if (bracket == '{' || bracket == '[') {
      if (depth == kDepthMax) return wrong("nested too deeply");
      ++at_;
      space();
      if (!byte(bracket == '{' ? '}' : ']')) {
        open[depth++] = bracket;
        if (bracket == '{' && !key()) return false;
        continue;
      }
    } else if (!scalar()) {
      return false;
    }
    for (bool next = false; !next;) {
      if (depth == 0) return true;
      space();
      const bool object = open[depth - 1] == '{';
      next = byte(',');
      if (next && object && !key()) return false;
      if (!next && !byte(object ? '}' : ']')) return wrong("a comma or closing bracket is missing");
      if (!next) --depth;
    }
  }
}

bool JsonScanner::key() {
  space();
  if (peek() != '"') return wrong("a key in quotes must stand here");
  if (!string()) return false;
  space();
  return byte(':') || wrong("a colon must stand behind a key");
}

bool JsonScanner::scalar() {
  switch (peek()) {
    case '"':
      return string();
    case 't':
      return word("true");
    case 'f':
      return word("false");
    case 'n':
      return word("null");
    default:
      return number();
  }
}

bool JsonScanner::word(std::string_view text) {
  if (!text_.substr(at_).starts_with(text)) return wrong("a value must stand here");
  at_ += text.size();
  return true;
}

bool JsonScanner::digits() {
  const size_t from = at_;
  while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
  return at_ > from;
}

bool JsonScanner::number() {
  const size_t from = at_;
  byte('-');
  if (!byte('0') && !digits())
    return wrong(at_ == from ? "a value must stand here" : "a number lacks its digits");
  if (byte('.') && !digits()) return wrong("a number lacks its digits");
  if (byte('e') || byte('E')) {
    if (!byte('+')) byte('-');
    if (!digits()) return wrong("a number lacks its digits");
  }
  return true;
}

bool JsonScanner::string() {
  ++at_;
  while (!done()) {
    const char c = text_[at_];
    if (c == '"') {
      ++at_;
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20) return wrong("a control character in a string");
    ++at_;
    if (c == '\\' && !escape()) return false;
  }
  return wrong("a string is never closed");
}

bool JsonScanner::escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  if (done()) return wrong("a string is never closed");
  const char c = text_[at_++];
  if (kLetters.find(c) != std::string_view::npos) return true;
  unsigned first = 0;
  if (c != 'u' || !unit(first)) return wrong("a backslash with nothing known behind it");
  if (first < 0xD800 || first > 0xDFFF) return true;
  unsigned second = 0;
  const bool paired = first < 0xDC00 && byte('\\') && byte('u') && unit(second) &&
                      second >= 0xDC00 && second <= 0xDFFF;
  return paired || wrong("half of a surrogate pair");
}

bool JsonScanner::unit(unsigned& value) {
  value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = peek();
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    value = value * 16 + static_cast<unsigned>(digit);
  }
  return true;
}

}  // namespace dbops
