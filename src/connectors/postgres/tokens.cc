#include "connectors/postgres/tokens.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace dbops::postgres {
namespace {

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_word(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Behind a comment of either kind that starts at `at`; `at` itself where none does.
size_t skip_comment(std::string_view text, size_t at) noexcept {
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("--")) return std::min(text.find('\n', at), text.size());
  if (!rest.starts_with("/*")) return at;
  size_t depth = 1;
  for (at += 2; at < text.size() && depth > 0; ++at) {
    if (text.substr(at, 2) == "/*")
      ++depth, ++at;
    else if (text.substr(at, 2) == "*/")
      --depth, ++at;
  }
  return at;
}

// Behind what starts with the quote at `at`; a doubled quote needs no care: it reads as two
// strings.
size_t skip_quoted(std::string_view text, size_t at, bool escapes) noexcept {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (escapes && text[at] == '\\')
      ++at;
    else if (text[at] == quote)
      return at + 1;
  }
  return text.size();
}

// Behind a dollar-quoted string at `at`; `at` itself where none starts.
size_t skip_dollar(std::string_view text, size_t at) noexcept {
  size_t end = at + 1;
  while (end < text.size() && is_word(text[end])) ++end;
  const bool digit = at + 1 < text.size() && text[at + 1] >= '0' && text[at + 1] <= '9';
  if (digit || end >= text.size() || text[end] != '$') return at;
  const std::string_view tag = text.substr(at, end + 1 - at);
  const size_t close = text.find(tag, end + 1);
  return close == std::string_view::npos ? text.size() : close + tag.size();
}

// Behind the token at `at`, where no blank or comment stands.
size_t skip_token(std::string_view text, size_t at) noexcept {
  const char c = text[at];
  if (c == '\'' || c == '"') {
    const bool e = at > 0 && (text[at - 1] == 'e' || text[at - 1] == 'E');
    return skip_quoted(text, at, c == '\'' && e && (at == 1 || !is_word(text[at - 2])));
  }
  if (c == '$')
    if (const size_t end = skip_dollar(text, at); end != at) return end;
  if (!is_word(c)) return at + 1;
  while (at < text.size() && (is_word(text[at]) || text[at] == '$')) ++at;
  return at;
}

bool is_set_operation(std::string_view token) noexcept {
  return same_ignoring_case(token, "union") || same_ignoring_case(token, "intersect") ||
         same_ignoring_case(token, "except");
}

}  // namespace

size_t skip_blanks(std::string_view text, size_t at) noexcept {
  while (at < text.size()) {
    const size_t end = is_blank(text[at]) ? at + 1 : skip_comment(text, at);
    if (end == at) break;
    at = end;
  }
  return at;
}

Extent measure(std::string_view text, size_t tokens_enough, size_t chain_enough) {
  Extent extent;
  size_t set_operations = 0;
  std::vector<size_t> runs(1);  // Of each level of parentheses: tokens since its last comma.
  for (size_t at = 0; extent.tokens < tokens_enough && extent.chain < chain_enough;) {
    at = skip_blanks(text, at);
    if (at == text.size()) break;
    const size_t end = skip_token(text, at);
    const std::string_view token = text.substr(at, end - at);
    at = end;
    ++extent.tokens;
    if (token == "," || token == ";") {
      runs.back() = 0;
    } else if (token == ")" || token == "]") {
      if (runs.size() > 1) runs.pop_back();
    } else {
      if (is_set_operation(token)) ++set_operations;
      extent.chain = std::max({extent.chain, ++runs.back(), set_operations, runs.size()});
      if (token == "(" || token == "[") runs.push_back(0);
    }
  }
  return extent;
}

}  // namespace dbops::postgres
