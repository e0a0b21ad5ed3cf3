#include "base/time.h"

#include <algorithm>
#include <cstdint>

namespace dbops {
namespace {

// "4.2 ms" below ten, "42 ms" above; cut, not rounded, so that 9.99 never becomes 10.0.
std::string three_digits(int64_t tenths, std::string_view unit) {
  std::string text = std::to_string(tenths / 10);
  if (tenths < 100) text.append(".").append(std::to_string(tenths % 10));
  return text.append(" ").append(unit);
}

// "1 h 30 min"; "1 h" where there is no rest.
std::string two_units(int64_t count, std::string_view unit, int64_t rest, std::string_view less) {
  std::string text = std::to_string(count).append(" ").append(unit);
  if (rest != 0) text.append(" ").append(std::to_string(rest)).append(" ").append(less);
  return text;
}

}  // namespace

std::string iso_time(std::chrono::system_clock::time_point at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<milliseconds>(at - day));
  std::string text = "0000-00-00T00:00:00.000Z";
  const auto put = [&text](size_t place, size_t digits, int64_t number) {
    for (; digits > 0; number /= 10) text[place + --digits] = static_cast<char>('0' + number % 10);
  };
  put(0, 4, int{date.year()});  // The clock ends before 10000.
  put(5, 2, unsigned{date.month()});
  put(8, 2, unsigned{date.day()});
  put(11, 2, time.hours().count());
  put(14, 2, time.minutes().count());
  put(17, 2, time.seconds().count());
  put(20, 3, time.subseconds().count());
  return text;
}

std::string format_duration(std::chrono::microseconds span) {
  const int64_t us = std::max<int64_t>(span.count(), 0);
  if (us < 1000) return std::to_string(us) + " us";
  if (us < 1'000'000) return three_digits(us / 100, "ms");
  const int64_t seconds = us / 1'000'000;
  if (seconds < 60) return three_digits(us / 100'000, "s");
  const int64_t minutes = seconds / 60;
  if (minutes < 60) return two_units(minutes, "min", seconds % 60, "s");
  return two_units(minutes / 60, "h", minutes % 60, "min");
}

}  // namespace dbops
