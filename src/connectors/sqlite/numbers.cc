#include "connectors/sqlite/numbers.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/digits.h"
#include "base/text.h"

namespace dbops::sqlite {
namespace {

// Whatever has no more is a double, and back, unchanged.
constexpr size_t kDigitsAlways = 15;
constexpr int64_t kExponentAlways = 300;
constexpr size_t kDigitsMax = 767;  // of a double that is spelled out

constexpr std::string_view kSpace = " \t\n\v\f\r";

bool digit(char c) { return c >= '0' && c <= '9'; }

// What SQLite takes for a number, without spaces and plus; nullopt: the text is none.
std::optional<std::string_view> number_in(std::string_view text) {
  const size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return std::nullopt;
  text = text.substr(start, text.find_last_not_of(kSpace) + 1 - start);
  if (text.starts_with('+')) text.remove_prefix(1);
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto pass_digits = [&] {
    const size_t first = at;
    while (at < text.size() && digit(text[at])) ++at;
    return at - first;
  };
  size_t digits = pass_digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits += pass_digits();
  }
  if (digits == 0) return std::nullopt;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (pass_digits() == 0) return std::nullopt;
  }
  return at == text.size() ? std::optional(text) : std::nullopt;
}

bool always_kept(const Digits& number) {
  return number.digits.size() <= kDigitsAlways && std::abs(number.exponent) <= kExponentAlways;
}

// Whether the number is a spelling of the double, be it one with more digits than it needs.
bool spells(const Digits& number, double nearest) {
  if (number.digits.empty() || number.digits.size() > kDigitsMax) return number.digits.empty();
  std::array<char, kDigitsMax + 16> spelled;
  const auto done =
      std::to_chars(spelled.data(), spelled.data() + spelled.size(), nearest,
                    std::chars_format::scientific, static_cast<int>(number.digits.size()) - 1);
  return digits_of({spelled.data(), done.ptr}) == number;
}

std::optional<Value> fit_text(const Value& cell, std::string_view number, Affinity affinity) {
  const char* const end = number.data() + number.size();
  if (int64_t integer = 0; affinity != Affinity::real) {
    const auto read = std::from_chars(number.data(), end, integer);
    if (read.ec == std::errc() && read.ptr == end) return Value::integer(integer);
  }
  const std::optional<Value> unfit =
      affinity == Affinity::none ? std::optional(cell) : std::nullopt;
  double nearest = 0;
  if (std::from_chars(number.data(), end, nearest).ec != std::errc()) return unfit;
  const Digits digits = digits_of(number);
  const bool kept = always_kept(digits) || writes_as(nearest, digits) ||
                    (affinity != Affinity::none && spells(digits, nearest));
  return kept ? std::optional(Value::real(nearest)) : unfit;
}

}  // namespace

Affinity affinity_of(std::string_view declared, bool strict) {
  const std::string type = lower(declared);
  const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
  // The order is SQLite's own rule: "CHARINT" is an integer.
  if (has("int")) return Affinity::numeric;
  if (has("char") || has("clob") || has("text")) return Affinity::text;
  if (type.empty() || has("blob") || (strict && type == "any")) return Affinity::none;
  if (has("real") || has("floa") || has("doub")) return Affinity::real;
  return Affinity::numeric;
}

std::optional<Value> fit_number(const Value& cell, Affinity affinity) {
  if (affinity == Affinity::text) return cell;
  if (cell.kind() == Kind::integer) {
    if (affinity != Affinity::real) return cell;
    constexpr double kBeyond = 9223372036854775808.0;  // 2 to the 63rd, which no int64 is.
    const auto nearest = static_cast<double>(cell.as_integer());
    const bool kept = nearest < kBeyond && static_cast<int64_t>(nearest) == cell.as_integer();
    return kept ? std::optional(cell) : std::nullopt;
  }
  const bool turned = affinity == Affinity::none ? cell.kind() == Kind::decimal
                                                 : cell.has_text() && cell.kind() != Kind::bytes;
  if (!turned) return cell;
  const auto number = number_in(cell.as_text());
  return number ? fit_text(cell, *number, affinity) : std::optional(cell);
}

}  // namespace dbops::sqlite
