#include "connectors/postgres/parameters.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/bytes.h"
#include "base/json.h"

namespace dbops::postgres {
namespace {

constexpr Oid kBytea = 17;

struct Declared {
  Oid scalar;
  Oid array;
};

// As the server types a literal of that spelling: `date + $1` wants an int4.
Oid integer_type(int64_t value) {
  constexpr Oid kInt4 = 23, kInt8 = 20;
  return value >= INT32_MIN && value <= INT32_MAX ? kInt4 : kInt8;
}

Declared declared(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return {16, 1000};
    case Kind::integer:
      return {20, 1016};
    case Kind::real:
      return {701, 1022};
    case Kind::decimal:
      return {1700, 1231};
    case Kind::bytes:
      return {kBytea, 1001};
    case Kind::date:
      return {1082, 1182};
    case Kind::time:
      return {1083, 1183};
    case Kind::timestamp:
      return {1114, 1115};
    case Kind::timestamp_tz:
      return {1184, 1185};
    case Kind::interval:
      return {1186, 1187};
    case Kind::uuid:
      return {2950, 2951};
    case Kind::json:
    case Kind::map:
      return {3802, 3807};
    default:
      return {25, 1009};
  }
}

std::string real_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  return {digits, end.ptr};
}

std::string json_text(const Value& value) {
  std::string out;
  JsonWriter(out).value(value);
  return out;
}

// The text of anything but NULL, bytes and a list.
std::string scalar_text(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      return value.as_boolean() ? "true" : "false";
    case Kind::integer:
      return std::to_string(value.as_integer());
    case Kind::real:
      return real_text(value.as_real());
    case Kind::map:
      return json_text(value);
    default:
      return std::string(value.as_text());
  }
}

void append_array(std::string& out, const Value& list) {
  out += '{';
  bool first = true;
  for (const Value& item : list.as_items()) {
    if (!first) out += ',';
    first = false;
    if (item.is_null()) {
      out += "NULL";
    } else if (item.kind() == Kind::list) {
      append_array(out, item);
    } else {
      const std::string text =
          item.kind() == Kind::bytes ? "\\x" + hex(item.as_text()) : scalar_text(item);
      out += '"';
      for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
      }
      out += '"';
    }
  }
  out += '}';
}

// The kind of a list's first item that is no list and not NULL.
Kind element_kind(const Value& list) {
  for (const Value& item : list.as_items()) {
    if (item.kind() == Kind::list) return element_kind(item);
    if (!item.is_null()) return item.kind();
  }
  return Kind::text;
}

}  // namespace

Result<Binding> Binding::make(const Parameters& parameters) {
  if (parameters.size() > kParametersMax)
    return fail(Code::too_large,
                "a statement takes at most " + std::to_string(kParametersMax) + " parameters");
  Binding binding;
  for (const Parameter& parameter : parameters.items) {
    const Value& value = parameter.value;
    if (!parameter.name.empty())
      return fail(Code::invalid_argument,
                  "PostgreSQL has no named parameters: \"" + parameter.name + '"',
                  "write $1, $2 ... and give the values in order");
    binding.formats_.push_back(value.kind() == Kind::bytes ? 1 : 0);
    if (value.is_null()) {
      binding.texts_.emplace_back(std::nullopt);
      binding.kinds_.push_back(0);
      continue;
    }
    std::string text;
    if (value.kind() == Kind::bytes)
      text = value.as_text();
    else if (value.kind() == Kind::list)
      append_array(text, value);
    else
      text = scalar_text(value);
    if (value.kind() != Kind::bytes && text.find('\0') != std::string::npos)
      return fail(Code::invalid_argument,
                  "the text of $" + std::to_string(binding.size() + 1) +
                      " holds a NUL, which PostgreSQL can't store",
                  "give it as bytes, for a bytea");
    binding.texts_.emplace_back(std::move(text));
    if (value.kind() == Kind::list)
      binding.kinds_.push_back(declared(element_kind(value)).array);
    else if (value.kind() == Kind::integer)
      binding.kinds_.push_back(integer_type(value.as_integer()));
    else
      binding.kinds_.push_back(declared(value.kind()).scalar);
  }
  return binding;
}

std::vector<Oid> Binding::types(bool declare_all, const std::vector<int>& bare) const {
  std::vector<Oid> types(size(), 0);
  for (size_t i = 0; i < size(); ++i) {
    const bool wanted =
        declare_all || std::find(bare.begin(), bare.end(), static_cast<int>(i) + 1) != bare.end();
    if (wanted || formats_[i] == 1) types[i] = kinds_[i];
  }
  return types;
}

bool Binding::fits(const std::vector<Oid>& types) const {
  if (types.size() != size()) return false;
  for (size_t i = 0; i < size(); ++i) {
    if (types[i] != 0 && kinds_[i] != 0 && types[i] != kinds_[i]) return false;
    if (formats_[i] == 1 && kinds_[i] != 0 && types[i] != kBytea) return false;
  }
  return true;
}

Link::Values Binding::values() {
  pointers_.clear();
  sizes_.clear();
  for (const auto& text : texts_) {
    pointers_.push_back(text ? text->c_str() : nullptr);
    sizes_.push_back(text ? static_cast<int>(text->size()) : 0);
  }
  return {.count = static_cast<int>(size()),
          .types = nullptr,
          .texts = pointers_.data(),
          .sizes = sizes_.data(),
          .formats = formats_.data()};
}

}  // namespace dbops::postgres
