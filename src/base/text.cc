#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/bytes.h"

namespace dbops {
namespace {

constexpr size_t kNearestBytesMax = 128;  // longer texts are not slips of the finger

bool continuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

char lower_byte(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// REQUIRES: one valid character.
uint32_t code_point(std::string_view character) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(character[i]); };
  switch (character.size()) {
    case 1:
      return byte(0);
    case 2:
      return (byte(0) & 0x1fu) << 6 | (byte(1) & 0x3fu);
    case 3:
      return (byte(0) & 0x0fu) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
    default:
      return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3fu) << 12 | (byte(2) & 0x3fu) << 6 |
             (byte(3) & 0x3fu);
  }
}

// What moves the cursor, ends a line or turns the reading direction.
bool controls(uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c ||
         (point >= 0x200e && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

void append_escaped(std::string& out, uint32_t point) {
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\t') {
    out += "\\t";
  } else if (point == '\r') {
    out += "\\r";
  } else if (point < 0x80) {
    const char byte = static_cast<char>(point);
    out.append("\\x").append(hex({&byte, 1}));
  } else {
    const std::array<char, 2> bytes = {static_cast<char>(point >> 8), static_cast<char>(point)};
    out.append("\\u").append(hex({bytes.data(), bytes.size()}));
  }
}

// Optimal string alignment: insert, remove, replace, swap neighbours. Three rows of the matrix.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

template <class Number>
void append_digits(std::string& out, Number number) {
  std::array<char, 32> digits;  // The longest double has 24 characters.
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out.append(digits.data(), end.ptr);
}

}  // namespace

void append_number(std::string& out, int64_t number) { append_digits(out, number); }
void append_number(std::string& out, uint64_t number) { append_digits(out, number); }
void append_number(std::string& out, double number) { append_digits(out, number); }

size_t character_bytes(std::string_view text, size_t at) noexcept {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const size_t left = text.size() - at;
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || left < 2) return 0;
  if (first < 0xe0) return continuation(byte(1)) ? 2 : 0;
  // The second byte's range shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  if (left < 3 || !continuation(byte(2))) return 0;
  if (first < 0xf0) return 3;
  return left >= 4 && continuation(byte(3)) ? 4 : 0;
}

bool valid_utf8(std::string_view text) noexcept {
  constexpr uint64_t kHighBits = 0x8080808080808080;
  for (size_t at = 0; at < text.size();) {
    if (text.size() - at >= sizeof(uint64_t)) {
      uint64_t word;
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & kHighBits) == 0) {
        at += sizeof word;
        continue;
      }
    }
    const size_t bytes = character_bytes(text, at);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t bytes = character_bytes(text, at);
    if (bytes == 0) {
      out.append("\\x").append(hex(text.substr(at, 1)));
      ++at;
      continue;
    }
    const std::string_view character = text.substr(at, bytes);
    const uint32_t point = code_point(character);
    if (controls(point)) {
      append_escaped(out, point);
    } else {
      out += character;
    }
    at += bytes;
  }
  return out;
}

std::optional<std::string> nearest(std::string_view text, std::span<const std::string> candidates) {
  if (text.size() > kNearestBytesMax) return std::nullopt;
  const std::string wanted = lower(text);
  const std::string* best = nullptr;
  size_t best_distance = SIZE_MAX;
  for (const std::string& candidate : candidates) {
    const size_t longer = std::max(wanted.size(), candidate.size());
    const size_t shorter = std::min(wanted.size(), candidate.size());
    const size_t allowed = longer / 3;
    if (longer - shorter > allowed || longer - shorter >= best_distance) continue;
    const size_t distance = edit_distance(wanted, lower(candidate));
    if (distance > allowed || distance >= best_distance) continue;
    best = &candidate;
    best_distance = distance;
  }
  if (best == nullptr) return std::nullopt;
  return *best;
}

std::string shorten(std::string_view text, size_t bytes_max) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= bytes_max) return std::string(text);
  if (bytes_max <= kDots.size()) return std::string(kDots.substr(0, bytes_max));
  size_t cut = bytes_max - kDots.size();
  // At most three bytes back: in what is not UTF-8 there may be no start of a character at all.
  for (int i = 0; i < 3 && cut > 0 && continuation(static_cast<unsigned char>(text[cut])); ++i)
    --cut;
  return std::string(text.substr(0, cut)).append(kDots);
}

std::string format_bytes(uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits = {"B", "KB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 999.5; ++unit) value /= 1024;
  const int digits = unit > 0 && value < 9.95 ? 1 : 0;
  std::array<char, 16> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, digits);
  return std::string(buffer.data(), end.ptr).append(" ").append(kUnits[unit]);
}

std::string format_count(int64_t count) {
  std::string text = std::to_string(count);
  const size_t sign = count < 0 ? 1 : 0;
  for (size_t at = text.size(); at > sign + 3;) text.insert(at -= 3, ",");
  return text;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower_byte);
  return result;
}

bool same_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return a == b || std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
           return x == y || lower_byte(x) == lower_byte(y);
         });
}

Expanded expand_environment(std::string_view text) {
  Expanded result;
  while (!text.empty()) {
    const size_t at = text.find('$');
    result.text += text.substr(0, at);
    if (at == std::string_view::npos) break;
    text.remove_prefix(at);
    const size_t close = text.find('}');
    if (text.starts_with("$${")) {
      result.text += "${";
      text.remove_prefix(3);
    } else if (text.starts_with("${") && close != std::string_view::npos) {
      const std::string variable(text.substr(2, close - 2));
      const char* value = std::getenv(variable.c_str());
      if (value != nullptr) {
        result.text += value;
      } else if (!result.missing) {
        result.missing = variable;
      }
      text.remove_prefix(close + 1);
    } else {
      result.text += '$';
      text.remove_prefix(1);
    }
  }
  return result;
}

}  // namespace dbops
