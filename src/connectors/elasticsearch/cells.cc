#include "connectors/elasticsearch/cells.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string>

#include "base/text.h"

namespace dbops::elasticsearch {
namespace {

using std::string_view;

// The digits of a number and the power of ten behind them, without zeros at either end: the same
// for two spellings of one number.
struct Digits {
  std::string digits;
  int64_t exponent = 0;
  bool operator==(const Digits&) const = default;
};
Digits digits_of(string_view number) {
  Digits result;
  if (number.starts_with('-')) number.remove_prefix(1);
  const size_t e = std::min(number.find_first_of("eE"), number.size());
  string_view power = number.substr(std::min(e + 1, number.size()));
  if (power.starts_with('+')) power.remove_prefix(1);
  std::from_chars(power.data(), power.data() + power.size(), result.exponent);
  bool point = false;
  for (const char c : number.substr(0, e)) {
    if (c == '.') {
      point = true;
      continue;
    }
    result.digits.push_back(c);
    result.exponent -= point;
  }
  result.digits.erase(0, std::min(result.digits.find_first_not_of('0'), result.digits.size()));
  while (result.digits.ends_with('0')) {
    result.digits.pop_back();
    ++result.exponent;
  }
  if (result.digits.empty()) result.exponent = 0;
  return result;
}

// A double where that is the very number that was written; else its digits, or its text where they
// would be too many.
Value number_cell(Batch& batch, string_view text) {
  const char* end = text.data() + text.size();
  int64_t integer = 0;
  if (const auto [rest, bad] = std::from_chars(text.data(), end, integer);
      bad == std::errc() && rest == end)
    return Value::integer(integer);
  const bool whole = text.find_first_of(".eE") == string_view::npos;
  if (whole) return batch.copy(Kind::decimal, text);
  double real = 0;
  if (const auto [rest, bad] = std::from_chars(text.data(), end, real);
      bad == std::errc() && rest == end) {
    std::string shortest;
    append_number(shortest, real);
    if (digits_of(shortest) == digits_of(text)) return Value::real(real);
  }
  return batch.copy(text.find_first_of("eE") == string_view::npos ? Kind::decimal : Kind::json,
                    text);
}

// "2026-01-02T03:04:05.600Z" as "2026-01-02 03:04:05.6+00"; anything else stays a text.
Value timestamp_cell(Batch& batch, const std::string& text) {
  const size_t t = text.find('T');
  if (t == std::string::npos || !text.ends_with('Z')) return batch.copy(Kind::text, text);
  std::string stamp = text.substr(0, text.size() - 1);
  stamp[t] = ' ';
  if (stamp.find('.') != std::string::npos) {
    while (stamp.ends_with('0')) stamp.pop_back();
    if (stamp.ends_with('.')) stamp.pop_back();
  }
  return batch.copy(Kind::timestamp_tz, stamp + "+00");
}

bool is_scalar(const JsonView& json) { return !json.is_object() && !json.is_array(); }

}  // namespace

Value to_typed_cell(Batch& batch, const JsonView& json, Kind kind) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return Value::boolean(json.is_true());
  if (json.is_number()) {
    if (kind == Kind::real) {
      if (const auto real = json.real()) return Value::real(*real);
    }
    return number_cell(batch, json.text());
  }
  if (json.is_string()) {
    const auto text = json.exact_string();
    if (!text) return batch.copy(Kind::json, json.text());
    if (kind == Kind::timestamp_tz) return timestamp_cell(batch, *text);
    return batch.copy(Kind::text, *text);
  }
  if (json.is_array()) {
    const auto elements = json.elements();
    if (std::all_of(elements.begin(), elements.end(), is_scalar)) {
      auto* items = static_cast<Value*>(batch.arena().allocate(elements.size() * sizeof(Value)));
      for (size_t i = 0; i < elements.size(); ++i)
        std::construct_at(items + i, to_typed_cell(batch, elements[i], kind));
      return Value::items(Kind::list, {items, elements.size()});
    }
  }
  return batch.copy(Kind::json, json.text());
}

Value to_cell(Batch& batch, const JsonView& json) { return to_typed_cell(batch, json, Kind::null); }

Kind kind_of(string_view type) {
  struct Known {
    string_view type;
    Kind kind;
  };
  static constexpr auto kKnown = std::to_array<Known>({
      {"boolean", Kind::boolean},
      {"byte", Kind::integer},
      {"short", Kind::integer},
      {"integer", Kind::integer},
      {"long", Kind::integer},
      {"counter_long", Kind::integer},
      {"counter_integer", Kind::integer},
      {"double", Kind::real},
      {"float", Kind::real},
      {"half_float", Kind::real},
      {"scaled_float", Kind::real},
      {"counter_double", Kind::real},
      {"date", Kind::timestamp_tz},
      {"datetime", Kind::timestamp_tz},
      {"date_nanos", Kind::timestamp_tz},
      {"keyword", Kind::text},
      {"text", Kind::text},
      {"ip", Kind::text},
      {"version", Kind::text},
      {"_source", Kind::json},
  });
  for (const Known& known : kKnown)
    if (known.type == type) return known.kind;
  return Kind::null;
}

}  // namespace dbops::elasticsearch
