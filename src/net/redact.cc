// Hides what may be a secret in any text, URL or not. It does not parse: a text that is nearly a
// URL, or whose password has an '@', a '/' or a space in it, must not leak either. Rather too much
// is hidden than too little.
#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "net/url.h"

namespace dbops {
namespace {

constexpr std::string_view kHidden = "***";

bool name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == '.' || c == '%';
}
bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// "pass%77ord" is "password": names in queries may be spelled so.
std::string decode_name(std::string_view name) {
  std::string decoded;
  for (size_t i = 0; i < name.size(); ++i) {
    const auto byte = name[i] == '%' ? decode_hex(name.substr(i + 1, 2)) : std::nullopt;
    if (byte && byte->size() == 1) {
      decoded += *byte;
      i += 2;
    } else {
      decoded += name[i];
    }
  }
  return lower(decoded);
}

bool names_secret(std::string_view name) {
  constexpr std::array<std::string_view, 13> kParts = {
      "password", "passwd",  "pwd",     "passphrase", "passcode",   "secret",     "token",
      "apikey",   "api_key", "api-key", "access_key", "credential", "private_key"};
  const std::string known = decode_name(name);
  return known == "pass" || known == "auth" || known == "authorization" ||
         std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return known.find(part) != std::string::npos; });
}

// The bytes [begin, end) of a text.
struct Range {
  size_t begin;
  size_t end;
};

// scheme://user:SECRET@, and the same without "scheme://": from the first ':' to the last '@'.
void find_user_info(std::string_view text, std::vector<Range>& secrets) {
  const size_t authority = text.find("://");
  const size_t from = authority == std::string_view::npos ? 0 : authority + 3;
  const size_t colon = text.find(':', from);
  const size_t at = text.rfind('@');
  if (colon == std::string_view::npos || at == std::string_view::npos || at < colon) return;
  secrets.push_back({colon + 1, at});
}

// Where the value that starts at `at` ends.
size_t value_end(std::string_view text, size_t at, bool in_query) {
  if (at >= text.size()) return text.size();
  if (in_query) {
    // At the next "&name=": an '&' alone may be part of the secret.
    for (size_t end = at; end < text.size(); ++end) {
      if (text[end] != '&') continue;
      size_t after = end + 1;
      while (after < text.size() && name_char(text[after])) ++after;
      if (after > end + 1 && after < text.size() && text[after] == '=') return end;
    }
    return text.size();
  }
  const char quote = text[at] == '\'' || text[at] == '"' ? text[at] : '\0';
  for (size_t end = quote != 0 ? at + 1 : at; end < text.size(); ++end) {
    if (text[end] == '\\') {
      ++end;
    } else if (quote != 0 ? text[end] == quote : space(text[end])) {
      return quote != 0 ? end + 1 : end;
    }
  }
  return text.size();
}

// name=SECRET, name = 'SECRET', "name": "SECRET", ?name=SECRET&...
void find_named(std::string_view text, std::vector<Range>& secrets) {
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    while (at < text.size() && name_char(text[at])) ++at;
    if (at == start) {
      ++at;
      continue;
    }
    size_t value = at;
    while (value < text.size() && (space(text[value]) || text[value] == '"' || text[value] == '\''))
      ++value;
    const bool assigned = value < text.size() && (text[value] == '=' || text[value] == ':');
    if (!assigned || !names_secret(text.substr(start, at - start))) continue;
    const bool in_query = start > 0 && (text[start - 1] == '?' || text[start - 1] == '&');
    do ++value;
    while (!in_query && value < text.size() && space(text[value]));
    // Names inside the value are looked at as well: it may be they whose value goes on for longer.
    at = std::min(value, text.size());
    secrets.push_back({at, value_end(text, at, in_query)});
  }
}

}  // namespace

std::string redact_url(std::string_view text) {
  // No URL, and too much to look at every name in it.
  if (text.size() > kUrlBytesMax) return std::string(kHidden);
  // Found in the text as it came, and joined where they overlap: neither may hide from the other
  // what it would have seen.
  std::vector<Range> secrets;
  find_user_info(text, secrets);
  find_named(text, secrets);
  std::sort(secrets.begin(), secrets.end(), [](Range a, Range b) { return a.begin < b.begin; });
  std::string shown;
  size_t done = 0;  // All before it is shown or hidden.
  for (const Range secret : secrets) {
    if (secret.begin >= done) shown.append(text.substr(done, secret.begin - done)).append(kHidden);
    done = std::max(done, secret.end);
  }
  return escape_control(shown.append(text.substr(done)));
}

bool assigns_secret(std::string_view text) {
  if (text.size() > kUrlBytesMax) return true;
  std::vector<Range> secrets;
  find_named(text, secrets);
  return !secrets.empty();
}

std::string shown_setting(std::string_view name) {
  constexpr size_t kShownBytes = 64;
  const bool plain = std::all_of(name.begin(), name.end(),
                                 [](char c) { return name_char(c) && c != '%' && c != '.'; });
  return plain ? '"' + shorten(name, kShownBytes) + '"' : "of such a name";
}

}  // namespace dbops
