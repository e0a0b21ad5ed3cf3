// Decimal numbers as digits, to tell whether one became another.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dbops {

// 0.DIGITS times ten to the exponent, without its sign. No zero stands at either end, and zero has
// no digits: equal numbers are equal here.
struct Digits {
  std::string digits;
  int64_t exponent = 0;
  bool operator==(const Digits&) const = default;
};

// REQUIRES: `number` is a decimal one: perhaps a sign, digits with at most one point, perhaps an
// exponent. One beyond kDigitsExponentMax is taken for that.
Digits digits_of(std::string_view number);
inline constexpr int64_t kDigitsExponentMax = 1'000'000'000;  // far beyond what any double has

// Whether the double is written (append_number) as that number.
bool writes_as(double number, const Digits& digits);

}  // namespace dbops
