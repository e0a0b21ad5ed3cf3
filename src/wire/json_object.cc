#include "wire/json_object.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "wire/json_scanner.h"

namespace dbops {
namespace {

tl::unexpected<Error> bad_object(std::string_view what, size_t at) {
  return fail(Code::data,
              "not a JSON object at byte " + std::to_string(at) + ": " + std::string(what));
}

// One object, and nothing else; `member(key, value)` is handed each, as they are written.
template <class Member>
Result<void> scan_object(std::string_view text, Member member) {
  if (!valid_utf8(text)) return bad_object("the text is not UTF-8", 0);
  JsonScanner scanner(text);
  const auto scan = [&] {
    scanner.space();
    if (!scanner.byte('{')) return scanner.wrong("an object must stand here");
    scanner.space();
    if (scanner.byte('}')) return true;
    for (;;) {
      scanner.space();
      const size_t key = scanner.at();
      if (!scanner.key()) return false;
      const std::string_view name = text.substr(key, text.rfind('"', scanner.at() - 1) + 1 - key);
      scanner.space();
      const size_t value = scanner.at();
      if (!scanner.value()) return false;
      member(name, text.substr(value, scanner.at() - value));
      scanner.space();
      if (scanner.byte('}')) return true;
      if (!scanner.byte(',')) return scanner.wrong("a comma or closing bracket is missing");
    }
  };
  if (scan()) {
    scanner.space();
    if (scanner.done()) return {};
    scanner.wrong("more follows the object");
  }
  return bad_object(scanner.problem(), scanner.at());
}

unsigned unit_at(std::string_view text, size_t at) {
  unsigned unit = 0;
  std::from_chars(text.data() + at, text.data() + at + 4, unit, 16);
  return unit;
}

void append_utf8(std::string& out, unsigned c) {
  const auto continuation = [&](unsigned shift) {
    out += static_cast<char>(0x80 | (c >> shift & 0x3F));
  };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    continuation(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    continuation(6);
    continuation(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    continuation(12);
    continuation(6);
    continuation(0);
  }
}

// REQUIRES: `quoted` is a string that JsonScanner has passed over.
std::string_view unescape(std::string_view quoted, Arena& arena) {
  const std::string_view raw = quoted.substr(1, quoted.size() - 2);
  if (raw.find('\\') == std::string_view::npos) return arena.copy(raw);
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeant = "\b\f\n\r\t";
  std::string text;
  text.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\') {
      text += raw[i];
      continue;
    }
    const char c = raw[++i];
    if (c != 'u') {
      const size_t letter = kLetters.find(c);
      text += letter == std::string_view::npos ? c : kMeant[letter];
      continue;
    }
    unsigned unit = unit_at(raw, i + 1);
    i += 4;
    if (unit >= 0xD800 && unit <= 0xDFFF) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (unit_at(raw, i + 3) - 0xDC00);
      i += 6;
    }
    append_utf8(text, unit);
  }
  return arena.copy(text);
}

Result<Value> number(std::string_view text, Arena& arena) {
  if (text.find_first_of(".eE") == std::string_view::npos) {
    int64_t whole = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), whole).ec == std::errc())
      return Value::integer(whole);
  }
  if (text.find_first_of("eE") == std::string_view::npos)
    return Value::view(Kind::decimal, arena.copy(text));
  double real = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), real);
  if (read.ec == std::errc()) return Value::real(real);
  // Too small for any double is as good as zero; too large is not.
  const size_t exponent = text.find_first_of("eE");
  const bool zero = text.substr(0, exponent).find_first_of("123456789") == std::string_view::npos;
  if (zero || text[exponent + 1] == '-')
    return Value::real(std::copysign(0.0, text[0] == '-' ? -1 : 1));
  constexpr size_t kShownBytes = 40;
  return fail(Code::data,
              "the number " + shorten(text, kShownBytes) + " is beyond what a double can hold");
}

}  // namespace

Result<void> check_json_object(std::string_view text) {
  return scan_object(text, [](std::string_view, std::string_view) {});
}

Result<std::vector<JsonMember>*> JsonMembers::read(std::string_view text, Arena& arena) {
  members_.clear();
  DBOPS_TRY(scan_object(text, [&](std::string_view key, std::string_view value) {
    members_.push_back({unescape(key, arena), value});
  }));
  keys_.clear();
  for (const JsonMember& member : members_) keys_.push_back(member.key);
  std::sort(keys_.begin(), keys_.end());
  const auto twice = std::adjacent_find(keys_.begin(), keys_.end());
  if (twice == keys_.end()) return &members_;
  constexpr size_t kShownBytes = 40;
  return fail(Code::data,
              "the key \"" + escape_control(shorten(*twice, kShownBytes)) + "\" occurs twice");
}

Result<Value> json_cell(std::string_view value, Arena& arena) {
  switch (value.front()) {
    case '"':
      return Value::text(unescape(value, arena));
    case '{':
    case '[':
      return Value::view(Kind::json, arena.copy(value));
    case 't':
      return Value::boolean(true);
    case 'f':
      return Value::boolean(false);
    case 'n':
      return Value();
    default:
      return number(value, arena);
  }
}

}  // namespace dbops
