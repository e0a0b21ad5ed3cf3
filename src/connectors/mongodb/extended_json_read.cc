#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

namespace json = boost::json;

constexpr size_t kUuidBytes = 16;
constexpr size_t kOidDigits = 24;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

tl::unexpected<Error> wrong(std::string_view type, std::string_view must) {
  return fail(Code::syntax, "\"" + std::string(type) + "\" must be " + std::string(must),
              "see \"MongoDB Extended JSON\" in docs/connectors/mongodb.md");
}

tl::unexpected<Error> too_large() {
  return fail(Code::too_large, "the document is too large for BSON");
}

Result<void> stored(bool done) {
  if (!done) return too_large();
  return {};
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

const json::string* text_in(const json::object& object, json::string_view name) {
  const json::value* found = object.if_contains(name);
  return found == nullptr ? nullptr : found->if_string();
}

// The place that a value is appended to.
struct Place {
  bson_t& document;
  std::string_view key;
  const char* name() const { return key.data(); }
  int size() const { return static_cast<int>(key.size()); }
};

Result<void> append_number_text(const Place& at, std::string_view type, std::string_view text) {
  if (type == "$numberInt") {
    const auto value = number<int32_t>(text);
    if (!value) return wrong(type, "a whole number of 32 bits, as a string");
    return stored(bson_append_int32(&at.document, at.name(), at.size(), *value));
  }
  if (type == "$numberLong") {
    const auto value = number<int64_t>(text);
    if (!value) return wrong(type, "a whole number of 64 bits, as a string");
    return stored(bson_append_int64(&at.document, at.name(), at.size(), *value));
  }
  if (type == "$numberDecimal") {
    bson_decimal128_t value;
    if (!parse_decimal(text, value))
      return wrong(type, "a decimal number of at most 34 digits, as a string");
    return stored(bson_append_decimal128(&at.document, at.name(), at.size(), &value));
  }
  std::optional<double> value;
  if (text == "NaN")
    value = std::numeric_limits<double>::quiet_NaN();
  else if (text == "Infinity")
    value = std::numeric_limits<double>::infinity();
  else if (text == "-Infinity")
    value = -std::numeric_limits<double>::infinity();
  else if (value = number<double>(text); value && !std::isfinite(*value))
    value.reset();  // "nan" and "inf" are read in more spellings than these.
  if (!value) return wrong(type, "a number, NaN, Infinity or -Infinity, as a string");
  return stored(bson_append_double(&at.document, at.name(), at.size(), *value));
}

Result<void> append_binary(const Place& at, std::string_view base, std::string_view subtype) {
  const auto bytes = decode_base64(base);
  uint8_t type = 0;
  const auto [end, error] =
      std::from_chars(subtype.data(), subtype.data() + subtype.size(), type, 16);
  if (!bytes || subtype.empty() || subtype.size() > 2 || error != std::errc() ||
      end != subtype.data() + subtype.size())
    return wrong("$binary", "{\"base64\": \"...\", \"subType\": \"00\"}");
  return stored(bson_append_binary(
      &at.document, at.name(), at.size(), static_cast<bson_subtype_t>(type),
      reinterpret_cast<const uint8_t*>(bytes->data()), static_cast<uint32_t>(bytes->size())));
}

Result<void> append_uuid(const Place& at, std::string_view text) {
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : true)
      digits += text[i] == '-' ? "x" : std::string(1, text[i]);
  const auto bytes = decode_hex(digits);
  if (text.size() != 36 || !bytes || bytes->size() != kUuidBytes)
    return wrong("$uuid", "8-4-4-4-12 hexadecimal digits");
  return stored(bson_append_binary(&at.document, at.name(), at.size(), BSON_SUBTYPE_UUID,
                                   reinterpret_cast<const uint8_t*>(bytes->data()), kUuidBytes));
}

Result<void> append_date(const Place& at, const json::value& value) {
  std::optional<int64_t> date;
  if (const json::string* text = value.if_string()) {
    date = parse_date(view(*text));
  } else if (const json::object* wrapped = value.if_object(); wrapped && wrapped->size() == 1) {
    if (const json::string* count = text_in(*wrapped, "$numberLong"))
      date = number<int64_t>(view(*count));
  }
  if (!date) return wrong("$date", "2026-11-28T10:20:52.711Z, or {\"$numberLong\": milliseconds}");
  return stored(bson_append_date_time(&at.document, at.name(), at.size(), *date));
}

Result<void> append_timestamp(const Place& at, const json::value& value) {
  const auto part = [&](json::string_view name) -> std::optional<uint32_t> {
    const json::object* object = value.if_object();
    const json::value* found = object ? object->if_contains(name) : nullptr;
    if (found == nullptr || !found->is_int64() || found->get_int64() < 0 ||
        found->get_int64() > UINT32_MAX)
      return std::nullopt;
    return static_cast<uint32_t>(found->get_int64());
  };
  const auto seconds = part("t");
  const auto counter = part("i");
  if (!seconds || !counter || value.get_object().size() != 2)
    return wrong("$timestamp", "{\"t\": seconds, \"i\": counter}");
  return stored(bson_append_timestamp(&at.document, at.name(), at.size(), *seconds, *counter));
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

Result<void> append_regex(const Place& at, const json::value& value) {
  const json::object* object = value.if_object();
  const json::string* pattern = object ? text_in(*object, "pattern") : nullptr;
  const json::string* options = object ? text_in(*object, "options") : nullptr;
  if (!pattern || !options || object->size() != 2 || has_nul(view(*pattern)) ||
      has_nul(view(*options)))
    return wrong("$regularExpression", "{\"pattern\": \"...\", \"options\": \"\"} without NUL");
  return stored(bson_append_regex_w_len(&at.document, at.name(), at.size(), pattern->data(),
                                        static_cast<int>(pattern->size()), options->c_str()));
}

Result<bson_oid_t> read_oid(const json::value& value) {
  const json::string* text = value.if_string();
  if (text == nullptr || text->size() != kOidDigits || !bson_oid_is_valid(text->data(), kOidDigits))
    return wrong("$oid", "24 hexadecimal digits");
  bson_oid_t oid;
  bson_oid_init_from_string(&oid, text->c_str());
  return oid;
}

Result<void> append_code(const Place& at, const json::object& object) {
  const json::string* code = text_in(object, "$code");
  const json::value* scope = object.if_contains("$scope");
  if (code == nullptr || has_nul(view(*code)) || (scope != nullptr && !scope->is_object()))
    return wrong("$code", "a string without NUL, and \"$scope\" beside it an object");
  if (scope == nullptr)
    return stored(bson_append_code(&at.document, at.name(), at.size(), code->c_str()));
  DBOPS_ASSIGN(const Bson within, to_bson(scope->get_object()));
  return stored(
      bson_append_code_with_scope(&at.document, at.name(), at.size(), code->c_str(), within.get()));
}

Result<void> append_pointer(const Place& at, const json::value& value) {
  const json::object* object = value.if_object();
  const json::string* collection = object ? text_in(*object, "$ref") : nullptr;
  const json::value* id = object ? object->if_contains("$id") : nullptr;
  const json::object* wrapped = id ? id->if_object() : nullptr;
  if (!collection || !wrapped || !wrapped->contains("$oid") || has_nul(view(*collection)))
    return wrong("$dbPointer", "{\"$ref\": \"...\", \"$id\": {\"$oid\": \"...\"}}");
  DBOPS_ASSIGN(const bson_oid_t oid, read_oid(wrapped->at("$oid")));
  return stored(
      bson_append_dbpointer(&at.document, at.name(), at.size(), collection->c_str(), &oid));
}

// The object as the wrapper of a type, if it is one. Query operators have other names, but for
// $type, which is a part of a wrapper beside $binary alone.
Result<bool> append_wrapped(const Place& at, const json::object& object) {
  const auto done = [](Result<void> result) -> Result<bool> {
    DBOPS_TRY(std::move(result));
    return true;
  };
  if (object.contains("$code")) return done(append_code(at, object));
  if (const json::string* base = text_in(object, "$binary"); base && object.contains("$type")) {
    const json::string* type = text_in(object, "$type");
    return done(append_binary(at, view(*base), type ? view(*type) : ""));
  }
  if (object.size() != 1) return false;
  const std::string_view name = view(object.begin()->key());
  const json::value& value = object.begin()->value();
  const json::string* text = value.if_string();
  const std::string_view words = text ? view(*text) : std::string_view();
  if (name == "$oid") {
    DBOPS_ASSIGN(const bson_oid_t oid, read_oid(value));
    return done(stored(bson_append_oid(&at.document, at.name(), at.size(), &oid)));
  }
  if (name == "$numberInt" || name == "$numberLong" || name == "$numberDouble" ||
      name == "$numberDecimal")
    return done(append_number_text(at, name, words));
  if (name == "$date") return done(append_date(at, value));
  if (name == "$uuid") return done(append_uuid(at, words));
  if (name == "$timestamp") return done(append_timestamp(at, value));
  if (name == "$regularExpression") return done(append_regex(at, value));
  if (name == "$dbPointer") return done(append_pointer(at, value));
  if (name == "$binary") {
    const json::object* binary = value.if_object();
    const json::string* base = binary ? text_in(*binary, "base64") : nullptr;
    const json::string* type = binary ? text_in(*binary, "subType") : nullptr;
    return done(append_binary(at, base ? view(*base) : "-", type ? view(*type) : ""));
  }
  if (name == "$symbol" && text)
    return done(stored(bson_append_symbol(&at.document, at.name(), at.size(), text->data(),
                                          static_cast<int>(text->size()))));
  if (name == "$minKey" && value == json::value(1))
    return done(stored(bson_append_minkey(&at.document, at.name(), at.size())));
  if (name == "$maxKey" && value == json::value(1))
    return done(stored(bson_append_maxkey(&at.document, at.name(), at.size())));
  if (name == "$undefined" && value == json::value(true))
    return done(stored(bson_append_undefined(&at.document, at.name(), at.size())));
  return false;
}

Result<void> append_members(bson_t& document, const json::object& object) {
  for (const auto& member : object)
    DBOPS_TRY(append_value(document, view(member.key()), member.value()));
  return {};
}

Result<void> append_object(const Place& at, const json::object& object) {
  DBOPS_ASSIGN(const bool wrapped, append_wrapped(at, object));
  if (wrapped) return {};
  bson_t inner;
  DBOPS_TRY(stored(bson_append_document_begin(&at.document, at.name(), at.size(), &inner)));
  auto members = append_members(inner, object);
  const bool ended = bson_append_document_end(&at.document, &inner);
  DBOPS_TRY(std::move(members));
  return stored(ended);
}

Result<void> append_array(const Place& at, const json::array& array) {
  bson_t inner;
  DBOPS_TRY(stored(bson_append_array_begin(&at.document, at.name(), at.size(), &inner)));
  Result<void> items;
  for (size_t i = 0; items && i < array.size(); ++i)
    items = append_value(inner, std::to_string(i), array[i]);
  const bool ended = bson_append_array_end(&at.document, &inner);
  DBOPS_TRY(std::move(items));
  return stored(ended);
}

}  // namespace

bool parse_decimal(std::string_view text, bson_decimal128_t& value) {
  // The library looks for the end of the text itself.
  return !has_nul(text) && bson_decimal128_from_string(std::string(text).c_str(), &value);
}

Result<void> append_value(bson_t& document, std::string_view key, const json::value& value) {
  if (has_nul(key))
    return fail(Code::syntax, "the name of a field holds a NUL, which BSON can't have");
  const Place at{document, key};
  switch (value.kind()) {
    case json::kind::null:
      return stored(bson_append_null(&document, at.name(), at.size()));
    case json::kind::bool_:
      return stored(bson_append_bool(&document, at.name(), at.size(), value.get_bool()));
    case json::kind::int64: {
      const int64_t number = value.get_int64();
      if (number >= INT32_MIN && number <= INT32_MAX)
        return stored(
            bson_append_int32(&document, at.name(), at.size(), static_cast<int32_t>(number)));
      return stored(bson_append_int64(&document, at.name(), at.size(), number));
    }
    case json::kind::uint64:
      return fail(Code::syntax,
                  "the number " + std::to_string(value.get_uint64()) + " does not fit into 64 bits",
                  "write it as {\"$numberDecimal\": \"...\"}");
    case json::kind::double_:
      return stored(bson_append_double(&document, at.name(), at.size(), value.get_double()));
    case json::kind::string: {
      const json::string& text = value.get_string();
      return stored(bson_append_utf8(&document, at.name(), at.size(), text.data(),
                                     static_cast<int>(text.size())));
    }
    case json::kind::array:
      return append_array(at, value.get_array());
    case json::kind::object:
      return append_object(at, value.get_object());
  }
  return {};
}

Result<Bson> to_bson(const json::object& object) {
  Bson document;
  DBOPS_TRY(append_members(*document.get(), object));
  return document;
}

Result<Bson> parse_document(std::string_view text) {
  DBOPS_ASSIGN(const json::value value, parse_json(text));
  const json::object* object = value.if_object();
  if (object == nullptr)
    return fail(Code::syntax, "a document is an object: {\"name\": value, ...}");
  return to_bson(*object);
}

}  // namespace dbops::mongodb
