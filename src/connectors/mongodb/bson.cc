#include "connectors/mongodb/bson.h"

#include <cmath>

namespace dbops::mongodb {

bool find_field(const bson_t& document, const char* path, bson_iter_t& found) {
  bson_iter_t start;
  return bson_iter_init(&start, &document) && bson_iter_find_descendant(&start, path, &found);
}

std::optional<double> number_of(const bson_iter_t& value) {
  switch (bson_iter_type(&value)) {
    case BSON_TYPE_INT32:
      return bson_iter_int32(&value);
    case BSON_TYPE_INT64:
      return static_cast<double>(bson_iter_int64(&value));
    case BSON_TYPE_DOUBLE:
      return bson_iter_double(&value);
    default:
      return std::nullopt;
  }
}

std::optional<double> number_at(const bson_t& document, const char* path) {
  bson_iter_t found;
  if (!find_field(document, path, found)) return std::nullopt;
  return number_of(found);
}

std::optional<int64_t> integer_at(const bson_t& document, const char* path) {
  bson_iter_t found;
  if (!find_field(document, path, found)) return std::nullopt;
  if (BSON_ITER_HOLDS_INT32(&found)) return bson_iter_int32(&found);
  if (BSON_ITER_HOLDS_INT64(&found)) return bson_iter_int64(&found);
  const auto number = number_of(found);
  constexpr double kExactMax = 9007199254740992;  // 2^53: whole doubles are exact up to here.
  if (!number || std::abs(*number) > kExactMax || *number != std::trunc(*number))
    return std::nullopt;
  return static_cast<int64_t>(*number);
}

std::string_view text_of(const bson_iter_t& value) {
  if (!BSON_ITER_HOLDS_UTF8(&value)) return {};
  uint32_t size = 0;
  const char* text = bson_iter_utf8(&value, &size);
  return {text, size};
}

std::string text_at(const bson_t& document, const char* path) {
  bson_iter_t found;
  return find_field(document, path, found) ? std::string(text_of(found)) : std::string();
}

bool true_at(const bson_t& document, const char* path) {
  bson_iter_t found;
  return find_field(document, path, found) && bson_iter_as_bool(&found);
}

bool view_document(const bson_iter_t& field, bson_t& view) {
  uint32_t size = 0;
  const uint8_t* bytes = nullptr;
  if (BSON_ITER_HOLDS_DOCUMENT(&field))
    bson_iter_document(&field, &size, &bytes);
  else if (BSON_ITER_HOLDS_ARRAY(&field))
    bson_iter_array(&field, &size, &bytes);
  else
    return false;
  return bytes != nullptr && bson_init_static(&view, bytes, size);
}

}  // namespace dbops::mongodb
