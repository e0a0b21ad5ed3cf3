#include "ops/infer.h"

#include <array>
#include <charconv>
#include <string>

#include "base/text.h"

namespace dbops::ops {
namespace {

constexpr uint32_t bit(Kind kind) { return 1u << static_cast<unsigned>(kind); }

// The strictest first.
constexpr std::array kOrder = {Kind::boolean, Kind::integer,   Kind::decimal,     Kind::real,
                               Kind::date,    Kind::timestamp, Kind::timestamp_tz};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t digits(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - at;
}

std::optional<int64_t> integer(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> real(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// -?digits[.digits][e[+-]digits]
uint32_t number_kinds(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const size_t whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return 0;
  at += whole;
  if (at == text.size())
    return (integer(text) ? bit(Kind::integer) : 0) | bit(Kind::decimal) | bit(Kind::real);
  if (text[at] == '.') {
    const size_t fraction = digits(text, at + 1);
    if (fraction == 0) return 0;
    at += 1 + fraction;
    if (at == text.size()) return bit(Kind::decimal) | bit(Kind::real);
  }
  return real(text) ? bit(Kind::real) : 0;
}

// Two digits from `low` to `high`.
bool pair(std::string_view text, size_t at, int low, int high) {
  if (at + 2 > text.size() || digits(text.substr(0, at + 2), at) != 2) return false;
  const int value = (text[at] - '0') * 10 + (text[at + 1] - '0');
  return value >= low && value <= high;
}

bool byte(std::string_view text, size_t at, std::string_view any_of) {
  return at < text.size() && any_of.find(text[at]) != std::string_view::npos;
}

constexpr size_t kDateBytes = 10;  // 2026-11-24

bool starts_with_date(std::string_view text) {
  return text.size() >= kDateBytes && digits(text, 0) == 4 && text[4] == '-' &&
         pair(text, 5, 1, 12) && text[7] == '-' && pair(text, 8, 1, 31);
}

// Where the time of day ends that begins at `at`: 17:07, 17:07:06, 17:07:06.5. 0: it is none.
size_t end_of_time(std::string_view text, size_t at) {
  if (!pair(text, at, 0, 23) || !byte(text, at + 2, ":") || !pair(text, at + 3, 0, 59)) return 0;
  at += 5;
  if (!byte(text, at, ":")) return at;
  if (!pair(text, at + 1, 0, 60)) return 0;
  at += 3;
  if (!byte(text, at, ".")) return at;
  const size_t fraction = digits(text, at + 1);
  return fraction == 0 ? 0 : at + 1 + fraction;
}

// Z, +02, +02:00 or +0200 up to the end.
bool is_zone(std::string_view text) {
  if (text == "Z") return true;
  if (!byte(text, 0, "+-") || !pair(text, 1, 0, 15)) return false;
  if (text.size() == 3) return true;
  const size_t minutes = text[3] == ':' ? 4 : 3;
  return text.size() == minutes + 2 && pair(text, minutes, 0, 59);
}

uint32_t time_kinds(std::string_view text) {
  if (!starts_with_date(text)) return 0;
  if (text.size() == kDateBytes) return bit(Kind::date) | bit(Kind::timestamp);
  if (!byte(text, kDateBytes, " T")) return 0;
  const size_t end = end_of_time(text, kDateBytes + 1);
  if (end == 0) return 0;
  if (end == text.size()) return bit(Kind::timestamp);
  return is_zone(text.substr(end)) ? bit(Kind::timestamp_tz) : 0;
}

uint32_t kinds_of(std::string_view text) {
  if (text.empty()) return 0;
  if (is_digit(text[0]) || text[0] == '-') return number_kinds(text) | time_kinds(text);
  if (same_ignoring_case(text, "true") || same_ignoring_case(text, "false"))
    return bit(Kind::boolean);
  return 0;
}

// As Kind spells instants: a blank between date and time, +00 for Z.
std::string_view spelled(std::string_view text, Arena& arena) {
  std::string plain(text);
  if (plain.size() > kDateBytes) plain[kDateBytes] = ' ';
  if (plain.ends_with('Z')) plain.replace(plain.size() - 1, 1, "+00");
  return arena.copy(plain);
}

}  // namespace

void Candidates::narrow(std::string_view text) {
  any_ = true;
  if (kinds_ != 0) kinds_ &= kinds_of(text);
}

Kind Candidates::kind() const {
  if (!any_) return Kind::text;
  for (const Kind kind : kOrder)
    if ((kinds_ & bit(kind)) != 0) return kind;
  return Kind::text;
}

std::optional<Value> read_as(Kind kind, std::string_view text, Arena& arena) {
  if (kind == Kind::text) return Value::text(arena.copy(text));
  if ((kinds_of(text) & bit(kind)) == 0) return std::nullopt;
  switch (kind) {
    case Kind::boolean:
      return Value::boolean(same_ignoring_case(text, "true"));
    case Kind::integer:
      return Value::integer(integer(text).value_or(0));
    case Kind::real:
      if (const auto number = real(text)) return Value::real(*number);
      return std::nullopt;
    case Kind::timestamp:
    case Kind::timestamp_tz:
      return Value::view(kind, spelled(text, arena));
    default:
      return Value::view(kind, arena.copy(text));
  }
}

}  // namespace dbops::ops
