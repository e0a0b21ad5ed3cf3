#include "wire/json_string.h"

#include <charconv>
#include <cstdint>

namespace dbops {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// What the escape `\u....` at `at` stands for, with its second half, and its bytes.
struct Escape {
  uint32_t character;
  size_t bytes;
  bool half = false;
};

uint32_t unit_at(std::string_view text, size_t at) {
  uint32_t unit = 0;
  std::from_chars(text.data() + at, text.data() + at + 4, unit, 16);
  return unit;
}

Escape escape_at(std::string_view text, size_t at) {
  constexpr size_t kBytes = 6;
  const uint32_t unit = unit_at(text, at + 2);
  if (unit < 0xD800 || unit > 0xDFFF) return {unit, kBytes};
  if (unit < 0xDC00 && text.substr(at + kBytes, 2) == "\\u") {
    const uint32_t low = unit_at(text, at + kBytes + 2);
    if (low >= 0xDC00 && low <= 0xDFFF)
      return {0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), 2 * kBytes};
  }
  return {kReplacement, kBytes, true};
}

void append_utf8(std::string& out, uint32_t character) {
  const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0 | (character >> 6));
  } else if (character < 0x10000) {
    put(0xE0 | (character >> 12));
    put(0x80 | ((character >> 6) & 0x3F));
  } else {
    put(0xF0 | (character >> 18));
    put(0x80 | ((character >> 12) & 0x3F));
    put(0x80 | ((character >> 6) & 0x3F));
  }
  put(0x80 | (character & 0x3F));
}

}  // namespace

bool append_unescaped(std::string_view quoted, std::string& out) {
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  bool exact = true;
  for (size_t at = 0; at < text.size();) {
    const size_t next = text.find('\\', at);
    out.append(text.substr(at, next - at));
    if (next == std::string_view::npos) break;
    const char letter = text[next + 1];
    at = next + 2;
    if (letter == 'u') {
      const Escape escape = escape_at(text, next);
      append_utf8(out, escape.character);
      exact = exact && !escape.half;
      at = next + escape.bytes;
      continue;
    }
    constexpr std::string_view kLetters = "bfnrt";
    constexpr std::string_view kMeant = "\b\f\n\r\t";
    const size_t found = kLetters.find(letter);
    out.push_back(found == std::string_view::npos ? letter : kMeant[found]);
  }
  return exact;
}

size_t find_half_pair(std::string_view json) {
  for (size_t at = json.find('\\'); at != std::string_view::npos;) {
    size_t bytes = 2;
    if (json[at + 1] == 'u') {
      const Escape escape = escape_at(json, at);
      if (escape.half) return at;
      bytes = escape.bytes;
    }
    at = json.find('\\', at + bytes);
  }
  return std::string_view::npos;
}

}  // namespace dbops
