#include <boost/json.hpp>
#include <charconv>
#include <vector>

#include "base/bytes.h"
#include "base/json.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/statement.h"

namespace dbops::mongodb {
namespace {

constexpr std::string_view kHint =
    R"(a parameter is a string "$1", "$2" ... that stands for the whole value)";
constexpr size_t kUuidBytes = 16;

// The number of the parameter that the text stands for.
std::optional<size_t> placeholder(std::string_view text) {
  if (text.size() < 2 || text[0] != '$' || text[1] == '0') return std::nullopt;
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

class Binder {
 public:
  explicit Binder(const Parameters& parameters)
      : parameters_(parameters), used_(parameters.size()) {}

  Result<void> copy(const bson_t& from, bson_t& to, size_t depth) {
    bson_iter_t field;
    if (depth > kBsonDepthMax || !bson_iter_init(&field, &from))
      return fail(Code::too_large, "the command is nested too deep");
    while (bson_iter_next(&field)) DBOPS_TRY(copy_field(field, to, depth));
    return {};
  }

  // The first parameter that nothing stands for.
  std::optional<size_t> unused() const {
    for (size_t i = 0; i < used_.size(); ++i)
      if (!used_[i]) return i + 1;
    return std::nullopt;
  }

 private:
  Result<void> copy_field(const bson_iter_t& field, bson_t& to, size_t depth) {
    const std::string_view key = key_of(field);
    bson_t inner;
    if (view_document(field, inner)) {
      bson_t child;
      const bool array = BSON_ITER_HOLDS_ARRAY(&field);
      const auto size = static_cast<int>(key.size());
      if (!(array ? bson_append_array_begin(&to, key.data(), size, &child)
                  : bson_append_document_begin(&to, key.data(), size, &child)))
        return too_large();
      auto copied = copy(inner, child, depth + 1);
      if (!(array ? bson_append_array_end(&to, &child) : bson_append_document_end(&to, &child)))
        return too_large();
      return copied;
    }
    const auto number = placeholder(text_of(field));
    if (number) return put(key, *number, to);
    if (!bson_append_iter(&to, key.data(), static_cast<int>(key.size()), &field))
      return too_large();
    return {};
  }

  Result<void> put(std::string_view key, size_t number, bson_t& to) {
    if (number > parameters_.size())
      return fail(Code::invalid_argument,
                  "there is no parameter for $" + std::to_string(number) + ": " +
                      std::to_string(parameters_.size()) + " were given",
                  std::string(kHint));
    used_[number - 1] = true;
    return append(key, parameters_.items[number - 1].value, number, to);
  }

  Result<void> append(std::string_view key, const Value& value, size_t number, bson_t& to) {
    const auto size = static_cast<int>(key.size());
    bool done = false;
    switch (value.kind()) {
      case Kind::null:
        done = bson_append_null(&to, key.data(), size);
        break;
      case Kind::boolean:
        done = bson_append_bool(&to, key.data(), size, value.as_boolean());
        break;
      case Kind::integer:
        return append_value(to, key, boost::json::value(value.as_integer()));
      case Kind::real:
        done = bson_append_double(&to, key.data(), size, value.as_real());
        break;
      case Kind::text:
        done = bson_append_utf8(&to, key.data(), size, value.as_text().data(),
                                static_cast<int>(value.as_text().size()));
        break;
      case Kind::bytes:
        done = append_bytes(key, value.as_text(), BSON_SUBTYPE_BINARY, to);
        break;
      case Kind::json: {
        DBOPS_ASSIGN(const boost::json::value parsed, parse_json(value.as_text()));
        return append_value(to, key, parsed);
      }
      default:
        return append_special(key, value, number, to);
    }
    return done ? Result<void>() : too_large();
  }

  // What has a text in dbops and a type of its own in BSON.
  Result<void> append_special(std::string_view key, const Value& value, size_t number, bson_t& to) {
    const auto size = static_cast<int>(key.size());
    bool done = false;
    if (value.kind() == Kind::decimal) {
      bson_decimal128_t decimal;
      done = bson_decimal128_from_string_w_len(
                 value.as_text().data(), static_cast<int>(value.as_text().size()), &decimal) &&
             bson_append_decimal128(&to, key.data(), size, &decimal);
    } else if (value.kind() == Kind::timestamp_tz) {
      const auto date = parse_date(value.as_text());
      done = date && bson_append_date_time(&to, key.data(), size, *date);
    } else if (value.kind() == Kind::uuid) {
      std::string digits;
      for (const char c : value.as_text())
        if (c != '-') digits += c;
      const auto bytes = decode_hex(digits);
      done =
          bytes && bytes->size() == kUuidBytes && append_bytes(key, *bytes, BSON_SUBTYPE_UUID, to);
    }
    if (done) return {};
    return fail(Code::invalid_argument,
                "parameter " + std::to_string(number) + " has the type " +
                    std::string(name(value.kind())) + ", and a value that BSON has no type for",
                R"(give it as Extended JSON, such as {"$date": "2026-11-28T10:20:52Z"})");
  }

  static bool append_bytes(std::string_view key, std::string_view bytes, bson_subtype_t subtype,
                           bson_t& to) {
    return bson_append_binary(&to, key.data(), static_cast<int>(key.size()), subtype,
                              reinterpret_cast<const uint8_t*>(bytes.data()),
                              static_cast<uint32_t>(bytes.size()));
  }

  static tl::unexpected<Error> too_large() {
    return fail(Code::too_large, "the command with its parameters is too large for BSON");
  }

  const Parameters& parameters_;
  std::vector<bool> used_;
};

}  // namespace

Result<Bson> bind(Bson command, const Parameters& parameters) {
  if (parameters.empty()) return command;
  for (const Parameter& parameter : parameters.items)
    if (!parameter.name.empty())
      return fail(Code::invalid_argument, "parameters of MongoDB have numbers, not names",
                  std::string(kHint));
  Binder binder(parameters);
  Bson bound;
  DBOPS_TRY(binder.copy(*command, *bound.get(), 0));
  if (const auto unused = binder.unused())
    return fail(
        Code::invalid_argument,
        "the command has no \"$" + std::to_string(*unused) + "\": it takes fewer parameters",
        std::string(kHint));
  return bound;
}

}  // namespace dbops::mongodb
