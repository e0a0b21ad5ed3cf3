#include "connectors/redis/words.h"

#include <algorithm>

#include "base/bytes.h"

namespace dbops::redis {
namespace {

constexpr size_t kWordsUsual = 4;  // of a command: for so many no memory is taken twice

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

tl::unexpected<Error> syntax(std::string message, size_t at) {
  return fail(Error{.code = Code::syntax,
                    .message = std::move(message),
                    .hint = "write words between blanks, and others in double quotes, as redis-cli "
                            "takes them: SET \"my key\" \"line\\n\"",
                    .position = at + 1});
}

// The byte that the escape at `at` (its backslash) stands for; moves `at` behind it.
char unescape(std::string_view text, size_t& at) {
  constexpr size_t kHexBytes = 4;  // \xHH
  const char c = text[at + 1];
  if (c == 'x' && text.size() - at >= kHexBytes) {
    if (const auto byte = decode_hex(text.substr(at + 2, 2))) {
      at += kHexBytes;
      return (*byte)[0];
    }
  }
  at += 2;
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'b':
      return '\b';
    case 'a':
      return '\a';
    default:
      return c;
  }
}

// The quoted part that starts at `at`, appended to `word`; moves `at` behind it.
Result<void> read_quoted(std::string_view text, size_t& at, std::string& word) {
  const size_t start = at;
  const char quote = text[at++];
  while (at < text.size()) {
    if (text[at] == quote) {
      ++at;
      if (at < text.size() && !is_blank(text[at]) && text[at] != '\n')
        return syntax("a blank is missing behind a closing quote", at);
      return {};
    }
    const bool escape = text[at] == '\\' && at + 1 < text.size();
    if (escape && quote == '"') {
      word += unescape(text, at);
    } else {
      if (escape && text[at + 1] == '\'') ++at;
      word += text[at++];
    }
  }
  return syntax("the quote that opens here is never closed", start);
}

Result<std::string> read_word(std::string_view text, size_t& at) {
  std::string word;
  const auto ends = [](char c) { return is_blank(c) || c == '\n'; };
  const auto quotes = [](char c) { return c == '"' || c == '\''; };
  while (at < text.size() && !ends(text[at])) {
    if (quotes(text[at])) {
      DBOPS_TRY(read_quoted(text, at, word));
      continue;
    }
    const size_t start = at;
    while (at < text.size() && !ends(text[at]) && !quotes(text[at])) ++at;
    word.append(text, start, at - start);
  }
  return word;
}

}  // namespace

Result<std::optional<Line>> next_line(std::string_view text, size_t& at) {
  while (at < text.size() && (is_blank(text[at]) || text[at] == '\n')) ++at;
  if (at == text.size()) return std::nullopt;
  Line line{.offset = at, .size = 0, .words = {}, .plain = {}};
  line.words.reserve(kWordsUsual);
  while (at < text.size() && text[at] != '\n') {
    const size_t start = at;
    DBOPS_ASSIGN(std::string word, read_word(text, at));
    line.plain.push_back(at - start == word.size());
    line.words.push_back(std::move(word));
    line.size = at - line.offset;
    while (at < text.size() && is_blank(text[at])) ++at;
  }
  return line;
}

std::string quote_word(std::string_view word) {
  const auto plain = [](char c) {
    return c > ' ' && c < '\x7f' && c != '"' && c != '\'' && c != '\\';
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return std::string(word);
  std::string quoted = "\"";
  for (const char c : word) {
    if (c == '"' || c == '\\') {
      quoted.append(1, '\\').append(1, c);
    } else if (c >= ' ' && c < '\x7f') {
      quoted += c;
    } else {
      quoted.append("\\x").append(hex(std::string_view(&c, 1)));
    }
  }
  return quoted + '"';
}

}  // namespace dbops::redis
