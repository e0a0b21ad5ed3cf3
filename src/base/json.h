// JSON in and out: a bounded parser over Boost.JSON, and a writer that appends to a string and
// keeps values exact.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace dbops {

inline constexpr size_t kJsonDepthMax = 64;         // levels
inline constexpr size_t kJsonBytesMax = 16u << 20;  // bytes of one document
inline constexpr int64_t kJsonIntegerMax =
    9007199254740991;  // 2^53 - 1: beyond it readers of JSON lose digits

// Code::syntax for what is not one RFC 8259 document in UTF-8 (with the byte offset in `position`),
// Code::too_large beyond the limits above. Duplicate keys: Code::syntax, at the end of their
// object. Numbers become int64, uint64, or the nearest double; one beyond all doubles (1e400) is
// Code::syntax.
Result<boost::json::value> parse_json(std::string_view text);
// As parse_json(), but a number whose digits its double does not keep is Code::invalid_argument:
// for what is handed on, where a lost digit would be a wrong one. 0.1 passes, for it is what
// JsonWriter::real() makes of its double. `storage`: what the value and all its parts take their
// memory from.
Result<boost::json::value> parse_exact_json(std::string_view text,
                                            boost::json::storage_ptr storage);

// The integer that a number stands for, 5.0 and 5e3 included; nullopt for what is none, and for one
// written with a point or exponent beyond kJsonIntegerMax.
std::optional<int64_t> json_integer(const boost::json::value& value);

// Appends JSON to a string that the caller owns. Commas and colons are its own business. Not
// thread-safe. REQUIRES: begin/end are balanced, and each value inside an object follows a key().
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);
  JsonWriter& null();
  JsonWriter& boolean(bool value);
  // The number as it is, also beyond 2^53.
  JsonWriter& integer(int64_t value);
  JsonWriter& unsigned_integer(uint64_t value);
  // The shortest text that reads back to the same double; NaN, Infinity and -Infinity as strings.
  JsonWriter& real(double value);
  // Invalid UTF-8 becomes U+FFFD: the caller hands bytes to value() as Kind::bytes instead.
  JsonWriter& string(std::string_view text);
  // REQUIRES: `json` is one valid JSON value. Used for what was made by a JsonWriter or
  // boost::json.
  JsonWriter& raw(std::string_view json);
  JsonWriter& json(const boost::json::value& value);
  // A cell, exact: integers beyond +-(2^53 - 1) and decimals as strings, bytes as {"base64":
  // "..."}, Kind::json and every other textual kind as a string, lists as arrays, maps as objects
  // (keys that are not text: as their JSON text).
  JsonWriter& value(const Value& cell);

  // key() and the value in one, for the common cases.
  JsonWriter& member(std::string_view name, std::string_view text) {
    return key(name).string(text);
  }
  JsonWriter& member(std::string_view name, const char* text) { return key(name).string(text); }
  JsonWriter& member(std::string_view name, int64_t value) { return key(name).integer(value); }
  JsonWriter& member(std::string_view name, uint64_t value) {
    return key(name).unsigned_integer(value);
  }
  JsonWriter& member(std::string_view name, int value) { return key(name).integer(value); }
  JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }

 private:
  void separate();
  JsonWriter& map(std::span<const Value> items);
  std::string& out_;
  bool first_ = true;  // No comma is due before the next key or element.
};

}  // namespace dbops
