#include <chrono>
#include <cstdio>

#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::sys_time;

// The digits at the front, of which there must be `count`; takes them off.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// "Z", "+02:00", "+0200", "+02"; in minutes.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z") return 0;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2);
  if (!hours || *hours > 23) return std::nullopt;
  int minutes = 0;
  if (!text.empty()) {
    take(text, ':');
    const auto given = take_digits(text, 2);
    if (!given || *given > 59 || !text.empty()) return std::nullopt;
    minutes = *given;
  }
  return (west ? -1 : 1) * (*hours * 60 + minutes);
}

// ".5", ".711": not finer than a millisecond.
std::optional<int> parse_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int value = 0;
  int scale = 1000;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    scale /= 10;
    if (scale == 0 && text[0] != '0') return std::nullopt;
    value += scale * (text[0] - '0');
    text.remove_prefix(1);
  }
  return scale == 1000 ? std::nullopt : std::optional(value);
}

}  // namespace

std::optional<std::string> format_date(int64_t count) {
  constexpr int64_t kFirst = -62135596800000;  // 0001-01-01
  constexpr int64_t kLast = 253402300799999;   // 9999-12-31
  if (count < kFirst || count > kLast) return std::nullopt;
  const sys_time<milliseconds> at{milliseconds(count)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  std::string result = text;
  if (time.subseconds().count() != 0) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(time.subseconds().count()));
    result += text;
  }
  return result + "Z";
}

std::optional<int64_t> parse_date(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !(take(text, 'T') || take(text, ' '))) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 59) return std::nullopt;
  const auto fraction = parse_fraction(text);
  const auto offset = parse_offset(text);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!fraction || !offset || !date.ok()) return std::nullopt;
  const auto since = sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
                     std::chrono::minutes(*minute - *offset) + std::chrono::seconds(*second);
  return milliseconds(since).count() + *fraction;
}

}  // namespace dbops::mongodb
