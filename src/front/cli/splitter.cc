#include "front/cli/splitter.h"

#include <algorithm>

#include "base/text.h"

namespace dbops::cli {
namespace {

constexpr size_t kHeadWords = 5;  // CREATE OR REPLACE TEMP TRIGGER: where the kind of thing stands

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

// Bytes beyond ASCII belong to words.
bool word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

void Splitter::feed(std::string_view line) {
  buffer_ += line;
  if (!line.ends_with('\n')) buffer_ += '\n';
}

bool Splitter::pending() const { return scan_.content; }

std::string Splitter::take() {
  std::string text(trim(buffer_));
  restart(buffer_.size());
  return text;
}

std::optional<std::string> Splitter::next() {
  while (scan_.at < buffer_.size()) {
    if (!step()) continue;
    const std::string statement(trim(std::string_view(buffer_).substr(0, scan_.at)));
    const bool worth = scan_.content;
    restart(scan_.at + 1);
    if (worth) return statement;
  }
  return std::nullopt;
}

// Forgets all before `from`, and starts the next statement there.
void Splitter::restart(size_t from) {
  buffer_.erase(0, from);
  if (trim(buffer_).empty()) buffer_.clear();
  scan_ = {};
}

bool Splitter::starts(std::string_view text) const {
  return std::string_view(buffer_).substr(scan_.at).starts_with(text);
}

// One character or one word on. True where a statement ends: scan_.at is then at its ';'.
bool Splitter::step() {
  const char c = buffer_[scan_.at];
  switch (scan_.state) {
    case State::plain:
      if (c == ';' && scan_.blocks == 0) return true;
      step_plain();
      return false;
    case State::quoted:
      if (c == '\\' && scan_.backslashes) {
        scan_.at = std::min(scan_.at + 2, buffer_.size());
        return false;
      }
      // A doubled quote closes and opens again, which comes to the same.
      if (c == scan_.quote) scan_.state = State::plain;
      break;
    case State::line_comment:
      if (c == '\n') scan_.state = State::plain;
      break;
    case State::block_comment:
      if (starts("/*")) {
        ++scan_.depth;
        ++scan_.at;
      } else if (starts("*/")) {
        ++scan_.at;
        if (--scan_.depth == 0) scan_.state = State::plain;
      }
      break;
    case State::dollar:
      if (starts(scan_.tag)) {
        scan_.at += scan_.tag.size() - 1;
        scan_.state = State::plain;
      }
      break;
  }
  ++scan_.at;
  return false;
}

void Splitter::step_plain() {
  const char c = buffer_[scan_.at];
  if (starts("--")) {
    scan_.state = State::line_comment;
    scan_.at += 2;
    return;
  }
  if (starts("/*")) {
    scan_.state = State::block_comment;
    scan_.depth = 1;
    scan_.at += 2;
    return;
  }
  if (!blank(c)) scan_.content = true;
  if (c == '\'' || c == '"' || c == '`') {
    open_quote(c);
  } else if (c == '$') {
    size_t end = scan_.at + 1;
    while (end < buffer_.size() && word_character(buffer_[end])) ++end;
    const bool number =
        end > scan_.at + 1 && buffer_[scan_.at + 1] >= '0' && buffer_[scan_.at + 1] <= '9';
    if (end < buffer_.size() && buffer_[end] == '$' && !number) {
      scan_.tag = buffer_.substr(scan_.at, end + 1 - scan_.at);
      scan_.state = State::dollar;
      scan_.at = end + 1;
    } else {
      scan_.at = end;
    }
  } else if (word_character(c)) {
    size_t end = scan_.at + 1;
    while (end < buffer_.size() && (word_character(buffer_[end]) || buffer_[end] == '$')) ++end;
    word(std::string_view(buffer_).substr(scan_.at, end - scan_.at));
    scan_.at = end;
  } else {
    ++scan_.at;
  }
}

void Splitter::open_quote(char quote) {
  scan_.state = State::quoted;
  scan_.quote = quote;
  const bool after_e =
      scan_.at > 0 && (buffer_[scan_.at - 1] == 'e' || buffer_[scan_.at - 1] == 'E');
  scan_.backslashes =
      quote == '\'' && after_e && (scan_.at < 2 || !word_character(buffer_[scan_.at - 2]));
  ++scan_.at;
}

void Splitter::word(std::string_view text) {
  const auto is = [&](std::string_view other) { return same_ignoring_case(text, other); };
  const bool member = scan_.at > 0 && buffer_[scan_.at - 1] == '.';  // new.end is a column.
  ++scan_.words;
  if (scan_.words == 1) scan_.creates = is("CREATE");
  if (!scan_.creates || member) return;
  if (scan_.words <= kHeadWords && (is("TRIGGER") || is("FUNCTION") || is("PROCEDURE")))
    scan_.body = true;
  if (!scan_.body) return;
  if (is("BEGIN") || (is("CASE") && scan_.blocks > 0)) ++scan_.blocks;
  if (is("END") && scan_.blocks > 0) --scan_.blocks;
}

}  // namespace dbops::cli
