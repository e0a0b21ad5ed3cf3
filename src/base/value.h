// One cell of any engine's data, exact, in 16 bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace dbops {

// What a cell holds. From `decimal` on, but for bytes, list and map, the payload is UTF-8 text in
// one canonical spelling: text keeps any number of digits, any year and any zone, and most wires
// carry it anyway (docs/decisions/001-values.md).
enum class Kind : uint8_t {
  null,
  boolean,
  integer,  // int64
  real,     // double, NaN and infinities included
  decimal,  // -?digits[.digits], or NaN, Infinity, -Infinity: exact, any precision
  text,     // UTF-8; a connector hands out what is not UTF-8 as bytes
  bytes,
  date,          // 2026-11-24, as the engine spells years beyond 9999 or BC; infinity, -infinity
  time,          // 17:07:06.5, with +02:00 where the engine has zones on times
  timestamp,     // 2026-11-24 17:07:06.5, without zone
  timestamp_tz,  // 2026-11-24 17:07:06.5+00, an instant
  interval,      // as the engine spells it
  uuid,          // 8-4-4-4-12, lower case
  json,          // a JSON text
  list,          // Values
  map,           // key, value, key, value ...
};
std::string_view name(Kind kind) noexcept;

// Trivially copyable; what it points to belongs to an arena (usually a Batch's) and lives as long
// as that.
class Value {
 public:
  constexpr Value() noexcept : integer_(0) {}
  static Value boolean(bool value) noexcept { return Value(Kind::boolean, int64_t{value}); }
  static Value integer(int64_t value) noexcept { return Value(Kind::integer, value); }
  static Value real(double value) noexcept {
    Value cell(Kind::real, 0);
    cell.real_ = value;
    return cell;
  }
  // REQUIRES: a textual kind or bytes; text.size() <= kBytesMax. Does not copy: `text` must outlive
  // the cell.
  static Value view(Kind kind, std::string_view text) noexcept {
    Value cell(kind, 0);
    cell.text_ = text.data();
    cell.size_ = static_cast<uint32_t>(text.size());
    return cell;
  }
  static Value text(std::string_view text) noexcept { return view(Kind::text, text); }
  // REQUIRES: Kind::list, or Kind::map with an even number of items. Does not copy.
  static Value items(Kind kind, std::span<const Value> items) noexcept {
    Value cell(kind, 0);
    cell.items_ = items.data();
    cell.size_ = static_cast<uint32_t>(items.size());
    return cell;
  }

  Kind kind() const noexcept { return kind_; }
  bool is_null() const noexcept { return kind_ == Kind::null; }
  // Text in UTF-8 behind this cell (text() may be called), bytes included.
  bool has_text() const noexcept { return kind_ >= Kind::decimal && kind_ < Kind::list; }
  // REQUIRES for each: the kind of its name.
  bool as_boolean() const noexcept { return integer_ != 0; }
  int64_t as_integer() const noexcept { return integer_; }
  double as_real() const noexcept { return real_; }
  std::string_view as_text() const noexcept { return {text_, size_}; }
  std::span<const Value> as_items() const noexcept { return {items_, size_}; }

  static constexpr uint64_t kBytesMax = UINT32_MAX;  // bytes of one cell

 private:
  Value(Kind kind, int64_t integer) noexcept : integer_(integer), kind_(kind) {}
  union {
    int64_t integer_;
    double real_;
    const char* text_;
    const Value* items_;
  };
  uint32_t size_ = 0;
  Kind kind_ = Kind::null;
};
static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Value>);

}  // namespace dbops
