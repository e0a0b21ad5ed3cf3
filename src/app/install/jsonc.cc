#include "app/install/jsonc.h"

#include <algorithm>
#include <boost/json.hpp>

#include "base/json.h"

namespace dbops::app {
namespace {

constexpr std::string_view kBlank = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

size_t skip_blank(std::string_view text, size_t at) {
  return std::min(text.find_first_not_of(kBlank, at), text.size());
}

// Behind the closing quote, or the end of the text.
size_t skip_string(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// REQUIRES: valid JSON.
size_t skip_value(std::string_view text, size_t at) {
  size_t depth = 0;
  for (;;) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (c == '}' || c == ']') {
      --depth;
      ++at;
    } else if (depth > 0) {
      ++at;
    } else {
      return std::min(text.find_first_of(",]} \t\r\n", at), text.size());
    }
    if (depth == 0) return at;
  }
}

void blank_out(std::string& text, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i)
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
}

// The end of the comment at `at`, or npos where none starts or it isn't closed.
size_t comment_end(std::string_view text, size_t at) {
  if (text.substr(at, 2) == "//") return std::min(text.find_first_of("\r\n", at), text.size());
  if (text.substr(at, 2) != "/*") return std::string_view::npos;
  const size_t closed = text.find("*/", at + 2);
  return closed == std::string_view::npos ? closed : closed + 2;
}

// Blanks out comments and trailing commas.
void make_plain(Jsonc& document) {
  std::string& plain = document.plain;
  size_t comma = std::string::npos;  // The last one, with nothing but blanks behind it so far.
  char before = '{';                 // What stands before the blanks; a comma is in vain there.
  for (size_t at = 0; at < plain.size();) {
    const char c = plain[at];
    if (const size_t end = comment_end(plain, at); end != std::string::npos) {
      blank_out(plain, at, end);
      at = end;
      continue;
    }
    if ((c == '}' || c == ']') && comma != std::string::npos) {
      document.trailing_commas.push_back(comma);
      plain[comma] = ' ';
    }
    if (kBlank.find(c) == std::string_view::npos) {
      const bool behind_value = std::string_view("{[,:").find(before) == std::string_view::npos;
      comma = c == ',' && behind_value ? at : std::string::npos;
      before = c;
    }
    at = c == '"' ? skip_string(plain, at) : at + 1;
  }
}

size_t line_of(std::string_view text, size_t at) {
  return 1 +
         static_cast<size_t>(std::count(
             text.begin(), text.begin() + static_cast<ptrdiff_t>(std::min(at, text.size())), '\n'));
}

}  // namespace

const JsonMember* JsonObject::find(std::string_view name) const {
  for (const JsonMember& member : members)
    if (member.name == name) return &member;
  return nullptr;
}

Result<Jsonc> Jsonc::parse(std::string text, bool comments) {
  Jsonc document{.text = std::move(text), .plain = {}, .trailing_commas = {}};
  document.plain = document.text;
  if (document.plain.starts_with(kByteOrderMark))
    blank_out(document.plain, 0, kByteOrderMark.size());
  if (comments) make_plain(document);
  const auto parsed = parse_json(document.plain);
  if (!parsed) {
    Error error = parsed.error();
    if (error.position)
      error.message =
          "line " + std::to_string(line_of(document.text, *error.position)) + ": " + error.message;
    return fail(std::move(error));
  }
  if (!parsed->is_object()) return fail(Code::syntax, "line 1: it is not a JSON object");
  return document;
}

JsonObject Jsonc::object(size_t at) const {
  JsonObject found;
  found.open = skip_blank(plain, at);
  at = skip_blank(plain, found.open + 1);
  while (plain[at] != '}') {
    JsonMember member;
    member.key = at;
    const size_t key_end = skip_string(plain, at);
    const auto name = parse_json(std::string_view(plain).substr(at, key_end - at));
    if (name) member.name = std::string_view(name->as_string());
    at = skip_blank(plain, key_end) + 1;  // Behind the colon.
    member.begin = skip_blank(plain, at);
    member.end = skip_value(plain, member.begin);
    at = skip_blank(plain, member.end);
    if (plain[at] == ',') at = skip_blank(plain, at + 1);
    found.members.push_back(std::move(member));
  }
  found.close = at;
  return found;
}

size_t Jsonc::trailing_comma(size_t from, size_t to) const {
  for (const size_t comma : trailing_commas)
    if (comma >= from && comma < to) return comma;
  return std::string::npos;
}

}  // namespace dbops::app
