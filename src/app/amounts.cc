#include "app/amounts.h"

#include <charconv>
#include <span>

namespace dbops::app {
namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};
constexpr Unit kTimeUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr Unit kByteUnits[] = {{"B", 1}, {"KiB", 1u << 10}, {"MiB", 1u << 20}, {"GiB", 1u << 30}};

// In the smallest unit; nullopt for what is no amount or would not fit.
std::optional<uint64_t> parse_amount(std::string_view text, std::span<const Unit> units) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  std::string_view rest = text.substr(static_cast<size_t>(end - text.data()));
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.empty() && number == 0) return 0;
  for (const Unit& unit : units)
    if (rest == unit.name && number <= INT64_MAX / unit.factor) return number * unit.factor;
  return std::nullopt;
}

std::string write_amount(uint64_t amount, std::span<const Unit> units, std::string_view blank) {
  if (amount == 0) return "0";
  size_t unit = 0;
  while (unit + 1 < units.size() && amount % units[unit + 1].factor == 0) ++unit;
  return std::to_string(amount / units[unit].factor).append(blank).append(units[unit].name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto amount = parse_amount(text, kTimeUnits);
  if (!amount) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(*amount));
}

std::optional<uint64_t> parse_bytes(std::string_view text) {
  return parse_amount(text, kByteUnits);
}

std::string write_duration(std::chrono::milliseconds time) {
  return write_amount(static_cast<uint64_t>(time.count()), kTimeUnits, "");
}

std::string write_bytes(uint64_t bytes) { return write_amount(bytes, kByteUnits, " "); }

}  // namespace dbops::app
