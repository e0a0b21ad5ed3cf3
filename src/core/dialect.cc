#include "core/dialect.h"

#include <algorithm>

#include "base/text.h"

namespace dbops {
namespace {

// A part that parse_path() reads back as it is, and that nobody mistakes for two.
bool plain(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
  });
}

tl::unexpected<Error> bad_path(std::string_view text, std::string why) {
  constexpr size_t kShownBytes = 80;
  return fail(Code::invalid_argument,
              "the path " + escape_control(shorten(text, kShownBytes)) + ": " + std::move(why),
              "write names joined by dots, and a name with other characters in double quotes: "
              "public.\"my.table\"");
}

// Reads the quoted part that starts at `at`, and moves `at` behind it. nullopt: it does not end.
std::optional<std::string> read_quoted(std::string_view text, size_t& at) {
  std::string part;
  for (size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] != '"') {
      part += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '"') {
      part += text[i++];
    } else {
      at = i + 1;
      return part;
    }
  }
  return std::nullopt;
}

}  // namespace

Tier Script::tier() const {
  Tier highest = Tier::read;
  for (const Statement& statement : statements) highest = std::max(highest, statement.tier);
  return highest;
}

tl::unexpected<Error> at_character(Error error, std::string_view text) {
  if (!error.position) return fail(std::move(error));
  const std::string_view before = text.substr(0, *error.position - 1);
  error.position = 1 + std::count_if(before.begin(), before.end(), [](char c) {
                     return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                   });
  return fail(std::move(error));
}

Result<std::vector<std::string>> parse_path(std::string_view text) {
  std::vector<std::string> path;
  if (text.empty()) return path;
  if (text.size() > kPathBytesMax)
    return bad_path(text, "longer than " + format_bytes(kPathBytesMax));
  if (!valid_utf8(text)) return bad_path(text, "not UTF-8");
  for (size_t at = 0;; ++at) {
    std::string part;
    if (at < text.size() && text[at] == '"') {
      auto quoted = read_quoted(text, at);
      if (!quoted) return bad_path(text, "a double quote is not closed");
      if (at < text.size() && text[at] != '.')
        return bad_path(text, "a dot is missing behind a quoted name");
      part = *std::move(quoted);
    } else {
      const size_t end = std::min(text.find('.', at), text.size());
      part = text.substr(at, end - at);
      if (part.find('"') != std::string::npos)
        return bad_path(text, "a double quote stands inside a name that doesn't start with one");
      at = end;
    }
    if (part.empty()) return bad_path(text, "a name in it is empty");
    path.push_back(std::move(part));
    if (at < text.size()) continue;
    // So that what is taken can be written, with its quotes.
    if (format_path(path).size() > kPathBytesMax)
      return bad_path(text, "longer than " + format_bytes(kPathBytesMax) + " with its quotes");
    return path;
  }
}

std::string format_path(const std::vector<std::string>& path) {
  std::string text;
  for (const std::string& part : path) {
    if (!text.empty()) text += '.';
    if (plain(part)) {
      text += part;
      continue;
    }
    text += '"';
    for (const char c : part) text.append(c == '"' ? 2 : 1, c);
    text += '"';
  }
  return text;
}

}  // namespace dbops
