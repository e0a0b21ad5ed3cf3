#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/bytes.h"
#include "base/json.h"
#include "base/text.h"
#include "connectors/mongodb/extended_json.h"

namespace dbops::mongodb {
namespace {

constexpr std::string_view kDamaged = "the server answered what is no BSON";
constexpr int64_t kLastYear = 253402300799999;  // ms of 9999-12-31T23:59:59.999Z

tl::unexpected<Error> damaged() {
  Error error{.code = Code::protocol, .message = std::string(kDamaged)};
  error.session_broken = true;
  return fail(std::move(error));
}

class Writer {
 public:
  Writer(std::string& out, JsonForm form) : out_(out), canonical_(form == JsonForm::canonical) {}

  Result<void> document(const bson_t& document, bool array, size_t depth) {
    bson_iter_t field;
    if (depth > kBsonDepthMax || !bson_iter_init(&field, &document)) return damaged();
    out_ += array ? '[' : '{';
    bool first = true;
    while (bson_iter_next(&field)) {
      if (!std::exchange(first, false)) out_ += ", ";
      if (!array) {
        text(key_of(field));
        out_ += ": ";
      }
      DBOPS_TRY(value(field, depth));
    }
    if (field.err_off != 0) return damaged();
    out_ += array ? ']' : '}';
    return {};
  }

  Result<void> value(const bson_iter_t& at, size_t depth) {
    switch (bson_iter_type(&at)) {
      case BSON_TYPE_UTF8:
        text(text_of(at));
        return {};
      case BSON_TYPE_INT32:
        integer("$numberInt", bson_iter_int32(&at));
        return {};
      case BSON_TYPE_INT64:
        integer("$numberLong", bson_iter_int64(&at));
        return {};
      case BSON_TYPE_DOUBLE:
        real(bson_iter_double(&at));
        return {};
      case BSON_TYPE_BOOL:
        out_ += bson_iter_bool(&at) ? "true" : "false";
        return {};
      case BSON_TYPE_NULL:
        out_ += "null";
        return {};
      case BSON_TYPE_DATE_TIME:
        date(bson_iter_date_time(&at));
        return {};
      case BSON_TYPE_OID:
        oid(*bson_iter_oid(&at));
        return {};
      case BSON_TYPE_DOCUMENT:
      case BSON_TYPE_ARRAY: {
        bson_t inner;
        if (!view_document(at, inner)) return damaged();
        return document(inner, BSON_ITER_HOLDS_ARRAY(&at), depth + 1);
      }
      default:
        return rare_value(at, depth);
    }
  }

 private:
  Result<void> rare_value(const bson_iter_t& at, size_t depth) {
    switch (bson_iter_type(&at)) {
      case BSON_TYPE_DECIMAL128: {
        bson_decimal128_t decimal;
        char digits[BSON_DECIMAL128_STRING];
        if (!bson_iter_decimal128(&at, &decimal)) return damaged();
        bson_decimal128_to_string(&decimal, digits);
        wrap("$numberDecimal", digits);
        return {};
      }
      case BSON_TYPE_BINARY:
        return binary(at);
      case BSON_TYPE_REGEX: {
        const char* options = nullptr;
        const char* pattern = bson_iter_regex(&at, &options);
        out_ += R"({"$regularExpression": {"pattern": )";
        text(pattern == nullptr ? "" : pattern);
        out_ += R"(, "options": )";
        text(options == nullptr ? "" : options);
        out_ += "}}";
        return {};
      }
      case BSON_TYPE_TIMESTAMP: {
        uint32_t seconds = 0;
        uint32_t counter = 0;
        bson_iter_timestamp(&at, &seconds, &counter);
        out_ += R"({"$timestamp": {"t": )" + std::to_string(seconds) + R"(, "i": )" +
                std::to_string(counter) + "}}";
        return {};
      }
      case BSON_TYPE_CODE: {
        uint32_t size = 0;
        const char* code = bson_iter_code(&at, &size);
        wrap("$code", {code, size});
        return {};
      }
      case BSON_TYPE_CODEWSCOPE:
        return code_with_scope(at, depth);
      case BSON_TYPE_SYMBOL: {
        uint32_t size = 0;
        const char* symbol = bson_iter_symbol(&at, &size);
        wrap("$symbol", {symbol, size});
        return {};
      }
      case BSON_TYPE_DBPOINTER: {
        uint32_t size = 0;
        const char* collection = nullptr;
        const bson_oid_t* id = nullptr;
        bson_iter_dbpointer(&at, &size, &collection, &id);
        if (id == nullptr) return damaged();
        out_ += R"({"$dbPointer": {"$ref": )";
        text({collection, size});
        out_ += R"(, "$id": )";
        oid(*id);
        out_ += "}}";
        return {};
      }
      case BSON_TYPE_MINKEY:
        out_ += R"({"$minKey": 1})";
        return {};
      case BSON_TYPE_MAXKEY:
        out_ += R"({"$maxKey": 1})";
        return {};
      case BSON_TYPE_UNDEFINED:
        out_ += R"({"$undefined": true})";
        return {};
      default:
        return damaged();
    }
  }

  void text(std::string_view text) { JsonWriter(out_).string(text); }

  void wrap(std::string_view type, std::string_view words) {
    out_.append("{\"").append(type).append("\": ");
    text(words);
    out_ += '}';
  }

  void integer(std::string_view type, int64_t value) {
    if (canonical_)
      wrap(type, std::to_string(value));
    else
      append_number(out_, value);
  }

  void real(double value) {
    if (!std::isfinite(value)) {
      wrap("$numberDouble", std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
      return;
    }
    std::string digits;
    append_number(digits, value);
    // A double stays one: 1 would be read as a whole number.
    if (digits.find_first_of(".eE") == std::string::npos) digits += ".0";
    if (canonical_)
      wrap("$numberDouble", digits);
    else
      out_ += digits;
  }

  void date(int64_t count) {
    const auto shown =
        canonical_ || count < 0 || count > kLastYear ? std::nullopt : format_date(count);
    out_ += R"({"$date": )";
    if (shown)
      text(*shown);
    else
      wrap("$numberLong", std::to_string(count));
    out_ += '}';
  }

  void oid(const bson_oid_t& id) {
    char digits[25];
    bson_oid_to_string(&id, digits);
    out_.append("{\"$oid\": \"").append(digits).append("\"}");
  }

  Result<void> binary(const bson_iter_t& at) {
    bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
    uint32_t size = 0;
    const uint8_t* bytes = nullptr;
    bson_iter_binary(&at, &subtype, &size, &bytes);
    if (bytes == nullptr && size > 0) return damaged();
    char digits[8];
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>(subtype));
    out_ += R"({"$binary": {"base64": )";
    text(base64({reinterpret_cast<const char*>(bytes), size}));
    out_ += R"(, "subType": ")" + std::string(digits) + "\"}}";
    return {};
  }

  Result<void> code_with_scope(const bson_iter_t& at, size_t depth) {
    uint32_t size = 0;
    uint32_t scope_size = 0;
    const uint8_t* scope_bytes = nullptr;
    const char* code = bson_iter_codewscope(&at, &size, &scope_size, &scope_bytes);
    bson_t scope;
    if (code == nullptr || !bson_init_static(&scope, scope_bytes, scope_size)) return damaged();
    out_ += R"({"$code": )";
    text({code, size});
    out_ += R"(, "$scope": )";
    DBOPS_TRY(document(scope, false, depth + 1));
    out_ += '}';
    return {};
  }

  std::string& out_;
  const bool canonical_;
};

}  // namespace

Result<void> append_json(std::string& out, const bson_t& document, JsonForm form) {
  return Writer(out, form).document(document, false, 0);
}

Result<void> append_json(std::string& out, const bson_iter_t& value, JsonForm form) {
  return Writer(out, form).value(value, 0);
}

}  // namespace dbops::mongodb
