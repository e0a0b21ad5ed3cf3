#include "connectors/mongodb/row_bson.h"

#include <boost/json/value.hpp>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "base/value_text.h"
#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kUuidBytes = 16;
constexpr size_t kShownBytes = 60;  // of a value in a message

class Writer {
 public:
  // What could not be kept is said of this field.
  explicit Writer(std::string_view column) : column_(column) {}

  Result<void> append(bson_t& to, std::string_view key, const Value& value) {
    const auto size = static_cast<int>(key.size());
    switch (value.kind()) {
      case Kind::null:
        return stored(bson_append_null(&to, key.data(), size));
      case Kind::boolean:
        return stored(bson_append_bool(&to, key.data(), size, value.as_boolean()));
      case Kind::integer:
        return append_value(to, key, boost::json::value(value.as_integer()));
      case Kind::real:
        return stored(bson_append_double(&to, key.data(), size, value.as_real()));
      case Kind::bytes:
        return binary(to, key, value.as_text(), BSON_SUBTYPE_BINARY);
      case Kind::json: {
        const auto parsed = parse_json(value.as_text());
        const auto done = parsed ? append_value(to, key, *parsed) : fail(parsed.error());
        return done ? done : no_room_for(value, "Extended JSON");
      }
      case Kind::decimal:
      case Kind::timestamp_tz:
      case Kind::uuid:
        return special(to, key, value);
      case Kind::list:
      case Kind::map:
        return nested(to, key, value);
      default:
        return stored(bson_append_utf8(&to, key.data(), size, bytes_of(value.as_text()),
                                       static_cast<int>(value.as_text().size())));
    }
  }

 private:
  // Without a pointer it would be a null.
  static const char* bytes_of(std::string_view text) { return text.empty() ? "" : text.data(); }

  static Result<void> stored(bool done) {
    if (!done) return fail(Code::too_large, "the row is too large for BSON");
    return {};
  }

  tl::unexpected<Error> no_room_for(const Value& value, std::string_view type) const {
    return fail(Code::data, "column " + escape_control(column_) + ": \"" +
                                escape_control(shorten(value.as_text(), kShownBytes)) +
                                "\" can't be kept as " + std::string(type));
  }

  static Result<void> binary(bson_t& to, std::string_view key, std::string_view bytes,
                             bson_subtype_t subtype) {
    return stored(bson_append_binary(&to, key.data(), static_cast<int>(key.size()), subtype,
                                     reinterpret_cast<const uint8_t*>(bytes_of(bytes)),
                                     static_cast<uint32_t>(bytes.size())));
  }

  Result<void> special(bson_t& to, std::string_view key, const Value& value) const {
    const auto size = static_cast<int>(key.size());
    const std::string_view text = value.as_text();
    if (value.kind() == Kind::decimal) {
      bson_decimal128_t decimal;
      if (!parse_decimal(text, decimal)) return no_room_for(value, "a decimal of 34 digits");
      return stored(bson_append_decimal128(&to, key.data(), size, &decimal));
    }
    if (value.kind() == Kind::timestamp_tz) {
      const auto date = parse_date(text);
      if (!date) return no_room_for(value, "a date, which counts milliseconds");
      return stored(bson_append_date_time(&to, key.data(), size, *date));
    }
    std::string digits;
    for (const char c : text)
      if (c != '-') digits += c;
    const auto bytes = decode_hex(digits);
    if (!bytes || bytes->size() != kUuidBytes) return no_room_for(value, "a UUID");
    return binary(to, key, *bytes, BSON_SUBTYPE_UUID);
  }

  // As deep as the value, which its source has bounded.
  Result<void> nested(bson_t& to, std::string_view key, const Value& value) {
    const bool map = value.kind() == Kind::map;
    const auto size = static_cast<int>(key.size());
    const auto items = value.as_items();
    bson_t inner;
    DBOPS_TRY(stored(map ? bson_append_document_begin(&to, key.data(), size, &inner)
                         : bson_append_array_begin(&to, key.data(), size, &inner)));
    Result<void> done;
    const size_t step = map ? 2 : 1;
    for (size_t i = 0; done && i + step <= items.size(); i += step) {
      std::string name;
      if (map)
        append_text(name, items[i]);
      else
        name = std::to_string(i);
      done = append(inner, name, items[i + step - 1]);
    }
    const bool closed =
        map ? bson_append_document_end(&to, &inner) : bson_append_array_end(&to, &inner);
    if (!done) return done;
    return stored(closed);
  }

  const std::string_view column_;
};

}  // namespace

std::string_view bson_type(Kind kind) {
  switch (kind) {
    case Kind::null:
    case Kind::json:
      return {};
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "int or long";
    case Kind::real:
      return "double";
    case Kind::decimal:
      return "decimal";
    case Kind::bytes:
    case Kind::uuid:
      return "binData";
    case Kind::timestamp_tz:
      return "date";
    case Kind::list:
      return "array";
    case Kind::map:
      return "object";
    default:
      return "string";
  }
}

Result<Bson> to_document(const Schema& columns, std::span<const Value> cells) {
  Bson document;
  for (size_t i = 0; i < cells.size(); ++i)
    DBOPS_TRY(Writer(columns[i].name).append(*document.get(), columns[i].name, cells[i]));
  return document;
}

}  // namespace dbops::mongodb
