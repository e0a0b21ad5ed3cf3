#include "base/digits.h"

#include <charconv>
#include <cstdlib>

#include "base/text.h"

namespace dbops {

Digits digits_of(std::string_view number) {
  Digits read;
  bool behind_point = false;
  for (; !number.empty() && number[0] != 'e' && number[0] != 'E'; number.remove_prefix(1)) {
    const char c = number[0];
    if (c == '.') behind_point = true;
    if (c < '0' || c > '9') continue;
    const bool leading = c == '0' && read.digits.empty();
    if (!leading) read.digits += c;
    if (behind_point ? leading : !leading) read.exponent += behind_point ? -1 : 1;
  }
  read.digits.erase(read.digits.find_last_not_of('0') + 1);
  if (read.digits.empty()) return {};
  if (number.empty()) return read;
  number.remove_prefix(number.starts_with("e+") || number.starts_with("E+") ? 2 : 1);
  int64_t power = 0;
  const auto [end, wrong] = std::from_chars(number.data(), number.data() + number.size(), power);
  if (wrong != std::errc() || std::abs(power) > kDigitsExponentMax)
    power = number.starts_with('-') ? -kDigitsExponentMax : kDigitsExponentMax;
  read.exponent += power;
  return read;
}

bool writes_as(double number, const Digits& digits) {
  std::string written;
  append_number(written, number);
  return digits_of(written) == digits;
}

}  // namespace dbops
