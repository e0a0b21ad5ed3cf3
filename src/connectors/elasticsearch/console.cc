#include "connectors/elasticsearch/console.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/elasticsearch/endpoints.h"
#include "wire/json_scan.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

constexpr size_t kPathBytes = 8192;  // bytes of a request's path

constexpr auto kEsqlStarts = std::to_array<string_view>({"FROM", "METRICS", "ROW", "TS"});
constexpr auto kSqlStarts = std::to_array<string_view>({"DESC", "DESCRIBE", "SELECT"});

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

tl::unexpected<Error> syntax(std::string message, size_t at, std::string hint = {}) {
  return fail(Error{.code = Code::syntax,
                    .message = std::move(message),
                    .hint = std::move(hint),
                    .position = at + 1});
}

size_t past_blanks(string_view text, size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

size_t line_end(string_view text, size_t at) { return std::min(text.find('\n', at), text.size()); }

// Past what stands between two pieces.
size_t past_nothing(string_view text, size_t at) {
  for (;;) {
    at = past_blanks(text, at);
    if (at < text.size() && text[at] == ';')
      ++at;
    else if (text.substr(at, 1) == "#" || text.substr(at, 2) == "//")
      at = line_end(text, at);
    else
      return at;
  }
}

std::string upper_word(string_view text, size_t at) {
  std::string word;
  for (; at < text.size() && is_word(text[at]); ++at)
    word.push_back(text[at] >= 'a' && text[at] <= 'z' ? static_cast<char>(text[at] - 'a' + 'A')
                                                      : text[at]);
  return word;
}

size_t find_end(string_view text, string_view end, size_t from) {
  const size_t found = text.find(end, from);
  return found == string_view::npos ? found : found + end.size();
}

// The end of a string with backslashes, npos where it has none.
size_t escaped_end(string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == '"')
      return at + 1;
  }
  return string_view::npos;
}

// The end of the string, name or comment that starts at `at`: `at` itself where none does, npos
// where it does not end. A doubled quote is two strings side by side, which comes to the same.
size_t opaque_end(string_view text, size_t at, Language language) {
  const bool esql = language == Language::esql;
  if (text.substr(at, 2) == "/*") return find_end(text, "*/", at + 2);
  if (text.substr(at, 2) == (esql ? "//" : "--")) return line_end(text, at);
  if (esql && text.substr(at, 3) == "\"\"\"") {
    // Quotes right before the last three are the text's.
    size_t end = find_end(text, "\"\"\"", at + 3);
    while (end < text.size() && text[end] == '"') ++end;
    return end;
  }
  if (esql && text[at] == '"') return escaped_end(text, at);
  if (text[at] == '`') return find_end(text, "`", at + 1);
  if (!esql && (text[at] == '"' || text[at] == '\''))
    return find_end(text, text.substr(at, 1), at + 1);
  return at;
}

Result<Piece> read_query(string_view text, size_t at, Language language) {
  Piece piece{.language = language, .offset = at};
  while (at < text.size() && text[at] != ';') {
    const size_t end = opaque_end(text, at, language);
    if (end == string_view::npos) return syntax("a string or comment does not end", at);
    at = end == at ? at + 1 : end;
  }
  piece.size = at - piece.offset;
  while (piece.size > 0 && is_blank(text[piece.offset + piece.size - 1])) --piece.size;
  return piece;
}

// The JSON values from `at` on; moves `at` behind the last.
Result<void> read_body(string_view text, size_t& at, Piece& piece) {
  const size_t begin = past_blanks(text, at);
  for (size_t next = begin; next < text.size() && (text[next] == '{' || text[next] == '[');
       next = past_blanks(text, at)) {
    auto taken = JsonScan::measure(text.substr(next));
    if (!taken) {
      Error error = std::move(taken).error();
      if (!error.position) return fail(std::move(error));
      error.message = "the body of " + piece.method + " is not JSON: " + error.message;
      error.position = next + *error.position;
      return fail(std::move(error));
    }
    at = next + *taken;
    ++piece.values;
  }
  if (piece.values > 0) piece.body = text.substr(begin, at - begin);
  return {};
}

Result<Piece> read_request(string_view text, size_t at, std::string method) {
  Piece piece{.language = Language::console, .offset = at};
  at += method.size();
  piece.method = std::move(method);
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  const size_t begin = at;
  while (at < text.size() && !is_blank(text[at])) ++at;
  if (at == begin)
    return syntax(piece.method + " has no path", begin, "write GET /index/_search {...}");
  if (at - begin > kPathBytes) return fail(Code::too_large, "the path of the request is too long");
  piece.path = text.substr(begin, at - begin);
  if (!piece.path.starts_with('/')) piece.path.insert(0, "/");
  for (const char c : piece.path)
    if (static_cast<unsigned char>(c) <= ' ' || c == '#' || c == '\x7f')
      return syntax("the path has a character that must be percent-encoded", begin);
  const size_t line = line_end(text, at);
  DBOPS_TRY(read_body(text, at, piece));
  const size_t rest = past_blanks(text, at);
  if (rest < std::max(line, line_end(text, at)) && text[rest] != ';')
    return syntax("there is more on the line than a request", rest,
                  "a body is JSON, a path has no blanks (%20), and each request starts a line");
  piece.size = at - piece.offset;
  return piece;
}

template <size_t kSize>
bool has(const std::array<string_view, kSize>& words, string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

Result<std::optional<Piece>> next_piece(string_view text, size_t& at) {
  at = past_nothing(text, at);
  if (at == text.size()) return std::nullopt;
  const std::string word = upper_word(text, at);
  const size_t second = past_blanks(text, at + word.size());
  Result<Piece> piece;
  if (is_method(word))
    piece = read_request(text, at, word);
  else if (has(kEsqlStarts, word) || (word == "SHOW" && upper_word(text, second) == "INFO"))
    piece = read_query(text, at, Language::esql);
  else if (has(kSqlStarts, word) || word == "SHOW")
    piece = read_query(text, at, Language::sql);
  else
    return syntax("this is neither a request nor a query", at,
                  "write GET /index/_search {...}, FROM index | LIMIT 10, or SELECT * FROM index");
  if (!piece) return fail(std::move(piece).error());
  at = piece->offset + piece->size;
  return *std::move(piece);
}

std::vector<Placeholder> placeholders(string_view query, Language language) {
  std::vector<Placeholder> found;
  for (size_t at = 0; at < query.size();) {
    if (const size_t end = opaque_end(query, at, language); end != at) {
      at = std::min(end, query.size());
      continue;
    }
    if (query[at++] != '?') continue;
    if (language == Language::esql && query.substr(at, 1) == "?") ++at;
    const size_t begin = at;
    while (language == Language::esql && at < query.size() && is_word(query[at])) ++at;
    found.push_back({std::string(query.substr(begin, at - begin))});
  }
  return found;
}

}  // namespace dbops::elasticsearch
