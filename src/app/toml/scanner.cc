#include "app/toml/scanner.h"

#include "base/text.h"

namespace dbops::app {
namespace {

// What keys are made of, and what else numbers and dates are.
constexpr std::string_view kBare =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr std::string_view kToken =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+.:";
constexpr size_t kQuotesMax = 5;  // Two that belong to the text, and three that end it.

bool is_control(char c) { return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f'; }

std::optional<uint32_t> hex(std::string_view digits) {
  uint32_t out = 0;
  for (const char c : digits) {
    const size_t value = std::string_view("0123456789abcdef").find(lower({&c, 1}));
    if (value == std::string_view::npos) return std::nullopt;
    out = out << 4 | static_cast<uint32_t>(value);
  }
  return out;
}

void append_utf8(std::string& out, uint32_t code) {
  const auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xe0 | code >> 12);
    } else {
      add(0xf0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3f));
    }
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

}  // namespace

Place TomlScanner::place(size_t at) {
  if (at < counted_) {
    counted_ = 0;
    place_ = {1, 1};
  }
  for (; counted_ < at; ++counted_) {
    const auto byte = static_cast<unsigned char>(text_[counted_]);
    if (byte == '\n') {
      place_ = {place_.line + 1, 1};
    } else if ((byte & 0xc0) != 0x80) {  // The first byte of a character.
      ++place_.column;
    }
  }
  return place_;
}

bool TomlScanner::take(std::string_view token) {
  if (!sees(token)) return false;
  at_ += token.size();
  return true;
}

tl::unexpected<Error> TomlScanner::wrong(size_t at, std::string message) {
  Error error{.code = Code::syntax, .message = std::move(message)};
  error.position = at + 1;
  return fail(std::move(error));
}

tl::unexpected<Error> TomlScanner::expected(const std::string& what) const {
  if (done()) return wrong("expected " + what + ", but the file ends");
  if (at_line_end()) return wrong("expected " + what + ", but the line ends");
  const std::string_view found = text_.substr(at_, character_bytes(text_, at_));
  return wrong("expected " + what + ", but found '" + escape_control(found) + "'");
}

void TomlScanner::spaces() { at_ = std::min(text_.find_first_not_of(" \t", at_), text_.size()); }

Result<void> TomlScanner::comment() {
  if (!take("#")) return {};
  for (; !done() && !at_line_end(); ++at_)
    if (is_control(peek())) return wrong("a control character in a comment");
  return {};
}

Result<void> TomlScanner::line_end() {
  spaces();
  DBOPS_TRY(comment());
  if (done() || take("\n") || take("\r\n")) return {};
  return expected("the end of the line");
}

Result<void> TomlScanner::blanks() {
  do {
    spaces();
    DBOPS_TRY(comment());
  } while (take("\n") || take("\r\n"));
  return {};
}

std::string_view TomlScanner::token() {
  constexpr size_t kDayBytes = std::string_view("2026-01-02").size();
  constexpr size_t kHourBytes = std::string_view("03:").size();
  const size_t from = at_;
  at_ = std::min(text_.find_first_not_of(kToken, at_), text_.size());
  // A space may part a day from its time.
  const std::string_view day = text_.substr(from, at_ - from);
  const std::string_view next = text_.substr(std::min(at_ + 1, text_.size()));
  if (day.size() == kDayBytes && day[4] == '-' && sees(" ") &&
      next.substr(0, kHourBytes).ends_with(':'))
    at_ = std::min(text_.find_first_not_of(kToken, at_ + 1), text_.size());
  return text_.substr(from, at_ - from);
}

Result<std::string> TomlScanner::key() {
  if (sees("\"\"\"") || sees("'''")) return wrong("a key can't have several lines");
  if (sees("\"") || sees("'")) return string();
  const size_t end = std::min(text_.find_first_not_of(kBare, at_), text_.size());
  if (end == at_) return expected("a key");
  std::string out(text_.substr(at_, end - at_));
  at_ = end;
  return out;
}

Result<std::string> TomlScanner::string() {
  const size_t from = at_;
  const char mark = peek();
  const std::string three(3, mark);
  const bool several_lines = take(three);
  if (several_lines) {
    std::ignore = take("\n") || take("\r\n");
  } else {
    ++at_;
  }
  std::string out;
  while (!done()) {
    if (peek() == mark) {
      if (!several_lines) return ++at_, out;
      const size_t end = std::min(text_.find_first_not_of(mark, at_), text_.size());
      const size_t marks = std::min(end - at_, kQuotesMax);
      at_ += marks;
      if (marks >= three.size()) return out.append(marks - three.size(), mark);
      out.append(marks, mark);
    } else if (mark == '"' && peek() == '\\') {
      DBOPS_TRY(escape(several_lines, out));
    } else if (at_line_end()) {
      if (!several_lines) return wrong(from, "the string does not end on its line");
      out += take("\n") ? "\n" : (at_ += 2, "\r\n");
    } else {
      DBOPS_TRY(plain(out));
    }
  }
  return wrong(from, "the string does not end");
}

Result<void> TomlScanner::plain(std::string& out) {
  if (is_control(peek())) return wrong("a control character in a string (write it as \\u001f)");
  out += text_[at_++];
  return {};
}

bool TomlScanner::take_line_continuation() {
  const size_t end = text_.find_first_not_of(" \t", at_);
  if (end == std::string_view::npos) return false;
  if (text_[end] != '\n' && !text_.substr(end).starts_with("\r\n")) return false;
  at_ = end;
  while (take("\n") || take("\r\n")) spaces();
  return true;
}

Result<void> TomlScanner::escape(bool several_lines, std::string& out) {
  constexpr std::string_view kNames = "btnfre\"\\";
  constexpr std::string_view kMeans = "\b\t\n\f\r\x1b\"\\";
  ++at_;
  if (several_lines && take_line_continuation()) return {};
  const char name = peek();
  if (const size_t known = kNames.find(name); known != std::string_view::npos) {
    ++at_;
    out += kMeans[known];
    return {};
  }
  if (take("x")) return code_point(2, out);
  if (take("u")) return code_point(4, out);
  if (take("U")) return code_point(8, out);
  return wrong(at_ - 1, "no such escape in a string (a backslash is written \\\\)");
}

Result<void> TomlScanner::code_point(size_t digits, std::string& out) {
  const std::string_view text = text_.substr(at_, digits);
  const auto code = text.size() == digits ? hex(text) : std::nullopt;
  if (!code) return wrong("expected " + std::to_string(digits) + " hexadecimal digits");
  if (*code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000)) return wrong("no such character");
  append_utf8(out, *code);
  at_ += digits;
  return {};
}

}  // namespace dbops::app
