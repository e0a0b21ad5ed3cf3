#include "base/json.h"

#include <array>
#include <bit>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops {
namespace {

// What to do with a byte of a string: 0 nothing, 'u' as \u00XX, 'x' look whether it is UTF-8, else
// the letter after the backslash.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  for (size_t i = 0; i < 0x20; ++i) table[i] = 'u';
  for (size_t i = 0x80; i < table.size(); ++i) table[i] = 'x';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

char escape_of(char c) { return kEscapes[static_cast<unsigned char>(c)]; }

constexpr size_t kWord = sizeof(uint64_t);

// The high bit is set of the first byte that kEscapes has something to do with: one beyond ASCII,
// below ' ', '"' or '\\'; perhaps also of some after it, which borrow from it.
uint64_t escapes_in(uint64_t word) {
  static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t found = word | (word - ' ' * kOnes) | ((word ^ '"' * kOnes) - kOnes) |
                         ((word ^ '\\' * kOnes) - kOnes);
  return found & (0x80 * kOnes);
}

// The first byte from `at` on that kEscapes has something to do with. Eight are looked at at once.
size_t find_escape(std::string_view text, size_t at) {
  if (at < text.size() && escape_of(text[at]) != 0) return at;  // Other scripts come in runs.
  for (; text.size() - at >= kWord; at += kWord) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, kWord);
    if (const uint64_t high = escapes_in(word); high != 0)
      return at + static_cast<size_t>(std::countr_zero(high)) / 8;
  }
  while (at < text.size() && escape_of(text[at]) == 0) ++at;
  return at;
}

// Copies a text in which nothing is to be escaped; false where something is.
bool copy_plain(std::string_view text, char* into) {
  const auto copy_word = [&](size_t at) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, kWord);
    std::memcpy(into + at, &word, kWord);
    return escapes_in(word) == 0;
  };
  size_t at = 0;
  for (; text.size() - at >= kWord; at += kWord)
    if (!copy_word(at)) return false;
  if (at > 0) return copy_word(text.size() - kWord);  // What is left, and some once more.
  for (; at < text.size(); ++at) {
    if (escape_of(text[at]) != 0) return false;
    into[at] = text[at];
  }
  return true;
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  size_t copied = 0;  // All before it has been written.
  for (size_t at = 0; (at = find_escape(text, at)) < text.size();) {
    const char escape = escape_of(text[at]);
    if (const size_t bytes = escape == 'x' ? character_bytes(text, at) : 0; bytes > 0) {
      at += bytes;
      continue;
    }
    out.append(text, copied, at - copied);
    if (escape == 'x') {
      out += "\xef\xbf\xbd";  // U+FFFD
    } else if (escape == 'u') {
      out.append("\\u00").append(hex(text.substr(at, 1)));
    } else {
      const std::array<char, 2> pair = {'\\', escape};
      out.append(pair.data(), pair.size());
    }
    copied = ++at;
  }
  out.append(text, copied);
  out += '"';
}

// In quotes; most texts are short and plain, and go with what is before and behind at one stroke.
void append_string(std::string& out, bool comma, std::string_view text, bool colon) {
  constexpr size_t kShortBytes = 96;
  if (text.size() <= kShortBytes) {
    std::array<char, kShortBytes + 4> piece;
    char* end = piece.data();
    if (comma) *end++ = ',';
    *end++ = '"';
    if (copy_plain(text, end)) {
      end += text.size();
      *end++ = '"';
      if (colon) *end++ = ':';
      out.append(piece.data(), static_cast<size_t>(end - piece.data()));
      return;
    }
  }
  if (comma) out += ',';
  append_quoted(out, text);
  if (colon) out += ':';
}

}  // namespace

inline void JsonWriter::separate() {
  if (!first_) out_ += ',';
  first_ = false;
}

JsonWriter& JsonWriter::begin_object() {
  separate();
  out_ += '{';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_object() {
  out_ += '}';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::begin_array() {
  separate();
  out_ += '[';
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::end_array() {
  out_ += ']';
  first_ = false;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  append_string(out_, !first_, name, true);
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::null() { return raw("null"); }

JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::integer(int64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::unsigned_integer(uint64_t value) {
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::real(double value) {
  if (std::isnan(value)) return string("NaN");
  if (std::isinf(value)) return string(value > 0 ? "Infinity" : "-Infinity");
  if (value == 0 && std::signbit(value)) return raw("-0.0");  // "-0" is an integer to some readers.
  separate();
  append_number(out_, value);
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
  append_string(out_, !std::exchange(first_, false), text, false);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::json(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return null();
    case boost::json::kind::bool_:
      return boolean(value.get_bool());
    case boost::json::kind::int64:
      return integer(value.get_int64());
    case boost::json::kind::uint64:
      return unsigned_integer(value.get_uint64());
    case boost::json::kind::double_:
      return real(value.get_double());
    case boost::json::kind::string:
      return string(std::string_view(value.get_string()));
    case boost::json::kind::array:
      begin_array();
      for (const boost::json::value& item : value.get_array()) json(item);
      return end_array();
    case boost::json::kind::object:
      begin_object();
      for (const auto& member : value.get_object())
        key(std::string_view(member.key())).json(member.value());
      return end_object();
  }
  return null();
}

JsonWriter& JsonWriter::value(const Value& cell) {
  switch (cell.kind()) {
    case Kind::null:
      return null();
    case Kind::boolean:
      return boolean(cell.as_boolean());
    case Kind::integer: {
      const int64_t number = cell.as_integer();
      if (number >= -kJsonIntegerMax && number <= kJsonIntegerMax) return integer(number);
      return string(std::to_string(number));
    }
    case Kind::real:
      return real(cell.as_real());
    case Kind::bytes:
      return begin_object().member("base64", base64(cell.as_text())).end_object();
    case Kind::list:
      begin_array();
      for (const Value& item : cell.as_items()) value(item);
      return end_array();
    case Kind::map:
      return map(cell.as_items());
    default:
      return string(cell.as_text());
  }
}

JsonWriter& JsonWriter::map(std::span<const Value> items) {
  begin_object();
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (items[i].kind() == Kind::text) {
      key(items[i].as_text());
    } else {
      std::string text;
      JsonWriter(text).value(items[i]);
      key(text);
    }
    value(items[i + 1]);
  }
  return end_object();
}

}  // namespace dbops
