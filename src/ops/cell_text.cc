#include "ops/cell_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "base/value_text.h"

namespace dbops::ops {
namespace {

// What to do with a byte: nothing, escape it, or look whether it starts an invisible character.
enum class Treatment : uint8_t { keep, escape, look };

constexpr std::array<Treatment, 256> kTreatments = [] {
  std::array<Treatment, 256> table{};
  for (size_t i = 0; i < 0x20; ++i) table[i] = Treatment::escape;
  table['\\'] = table[static_cast<unsigned char>(kCellSeparator)] = table[0x7f] = Treatment::escape;
  table[0xc2] = table[0xd8] = table[0xe2] = table[0xf3] = Treatment::look;
  return table;
}();

struct Invisible {
  uint32_t first;
  uint32_t last;
};
// REQUIRES: their UTF-8 begins with a byte that kTreatments looks at.
constexpr Invisible kInvisible[] = {{0x80, 0x9f},         // C1
                                    {0x61c, 0x61c},       // Arabic letter mark
                                    {0x200e, 0x200f},     // left-to-right, right-to-left mark
                                    {0x2028, 0x202e},     // line, paragraph; embeddings, overrides
                                    {0x2066, 0x2069},     // isolates
                                    {0xe0000, 0xe007f}};  // tags

uint32_t decode(std::string_view character) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(character[i]));
  };
  switch (character.size()) {
    case 2:
      return (byte(0) & 0x1f) << 6 | (byte(1) & 0x3f);
    case 3:
      return (byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f);
    default:
      return (byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 |
             (byte(3) & 0x3f);
  }
}

bool invisible(uint32_t code) {
  return std::any_of(std::begin(kInvisible), std::end(kInvisible), [code](const Invisible& range) {
    return code >= range.first && code <= range.last;
  });
}

void append_hex(std::string& out, uint32_t code, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out += "0123456789abcdef"[code >> shift & 0xf];
}

void append_escape(std::string& out, uint32_t code) {
  out += '\\';
  switch (code) {
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    case '\\':
    case kCellSeparator:
      out += static_cast<char>(code);
      return;
    default:
      out += 'u';
      if (code <= 0xffff) return append_hex(out, code, 4);
      out += '{';
      append_hex(out, code, 5);
      out += '}';
  }
}

void append_text_cell(std::string& out, std::string_view text) {
  if (text.empty()) {
    out += "\"\"";
    return;
  }
  if (text == "\"\"") out += '\\';
  append_escaped(out, text);
}

bool append_cut(std::string& out, std::string_view text) {
  size_t kept = kCellTextBytesMax;
  while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xc0) == 0x80) --kept;
  append_escaped(out, text.substr(0, kept));
  out += "\\[+" + std::to_string(text.size() - kept) + " bytes]";
  return true;
}

bool append_bytes(std::string& out, std::string_view bytes) {
  const size_t kept = std::min(bytes.size(), kCellTextBytesMax / 2);
  out += "\\x";
  out += hex(bytes.substr(0, kept));
  if (kept == bytes.size()) return false;
  out += "\\[+" + std::to_string(bytes.size() - kept) + " bytes]";
  return true;
}

}  // namespace

void append_escaped(std::string& out, std::string_view text) {
  size_t copied = 0;  // All before it has been written.
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const Treatment treatment = kTreatments[byte];
    if (treatment == Treatment::keep) {
      ++at;
      continue;
    }
    uint32_t code = byte;
    size_t size = 1;
    if (treatment == Treatment::look) {
      size = std::max<size_t>(1, character_bytes(text, at));
      if (size > 1) code = decode(text.substr(at, size));
      if (size == 1 || !invisible(code)) {
        at += size;
        continue;
      }
    }
    out.append(text, copied, at - copied);
    append_escape(out, code);
    at += size;
    copied = at;
  }
  out.append(text, copied);
}

bool append_cell(std::string& out, const Value& cell) {
  switch (cell.kind()) {
    case Kind::null:
      return false;
    case Kind::bytes:
      return append_bytes(out, cell.as_text());
    case Kind::boolean:
    case Kind::integer:
    case Kind::real:
      append_text(out, cell);  // Nothing in these needs an escape.
      return false;
    case Kind::list:
    case Kind::map: {
      std::string json;
      JsonWriter(json).value(cell);
      if (json.size() > kCellTextBytesMax) return append_cut(out, json);
      append_escaped(out, json);
      return false;
    }
    default:
      if (cell.as_text().size() > kCellTextBytesMax) return append_cut(out, cell.as_text());
      append_text_cell(out, cell.as_text());
      return false;
  }
}

}  // namespace dbops::ops
