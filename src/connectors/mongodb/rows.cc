#include "connectors/mongodb/rows.h"

#include "base/bytes.h"
#include "base/text.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/flat.h"

namespace dbops::mongodb {
namespace {

constexpr size_t kUuidBytes = 16;

Value json_cell(Batch& batch, std::string_view text) { return batch.copy(Kind::json, text); }

// "2026-11-28 17:07:06.5+00", as all timestamps with a zone are written here.
std::optional<std::string> timestamp(int64_t milliseconds) {
  auto text = format_date(milliseconds);
  if (!text) return std::nullopt;
  (*text)[text->find('T')] = ' ';
  text->pop_back();
  while (text->find('.') != std::string::npos && text->ends_with('0')) text->pop_back();
  return *text + "+00";
}

std::string uuid(std::string_view bytes) {
  std::string text = hex(bytes);
  for (const size_t at : {20, 16, 12, 8}) text.insert(at, 1, '-');
  return text;
}

// nullopt where dbops has no kind of its own for it.
std::optional<Value> plain_cell(Batch& batch, const bson_iter_t& at) {
  switch (bson_iter_type(&at)) {
    case BSON_TYPE_NULL:
      return Value();
    case BSON_TYPE_BOOL:
      return Value::boolean(bson_iter_bool(&at));
    case BSON_TYPE_INT32:
      return Value::integer(bson_iter_int32(&at));
    case BSON_TYPE_INT64:
      return Value::integer(bson_iter_int64(&at));
    case BSON_TYPE_DOUBLE:
      return Value::real(bson_iter_double(&at));
    case BSON_TYPE_UTF8: {
      const std::string_view text = text_of(at);
      return batch.copy(valid_utf8(text) ? Kind::text : Kind::bytes, text);
    }
    case BSON_TYPE_DATE_TIME: {
      const auto text = timestamp(bson_iter_date_time(&at));
      if (text) return batch.copy(Kind::timestamp_tz, *text);
      return std::nullopt;
    }
    case BSON_TYPE_DECIMAL128: {
      bson_decimal128_t decimal;
      char digits[BSON_DECIMAL128_STRING];
      bson_iter_decimal128(&at, &decimal);
      bson_decimal128_to_string(&decimal, digits);
      const std::string_view text = digits;
      // An exponent says how exact the number is, and would be lost.
      if (text.find('E') != std::string_view::npos) return std::nullopt;
      return batch.copy(Kind::decimal, text);
    }
    case BSON_TYPE_BINARY: {
      bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
      uint32_t size = 0;
      const uint8_t* start = nullptr;
      bson_iter_binary(&at, &subtype, &size, &start);
      const std::string_view bytes(reinterpret_cast<const char*>(start), size);
      if (subtype == BSON_SUBTYPE_BINARY) return batch.copy(Kind::bytes, bytes);
      if (subtype == BSON_SUBTYPE_UUID && size == kUuidBytes)
        return batch.copy(Kind::uuid, uuid(bytes));
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

// Without what servers say of themselves in every reply. A write's time is kept: a read elsewhere
// may wait for it.
Bson own_fields(const bson_t& reply, bool wrote) {
  Bson rest;
  bson_copy_to_excluding_noinit(&reply, rest.get(), "$clusterTime",
                                wrote ? nullptr : "operationTime", nullptr);
  return rest;
}

class DocumentStream final : public Stream {
 public:
  DocumentStream(std::unique_ptr<Cursor> cursor, Bson single, Shape shape, Summary summary,
                 Effect done)
      : cursor_(std::move(cursor)),
        single_(std::move(single)),
        shape_(shape),
        done_(done),
        summary_(std::move(summary)) {}

  // Looks at what has arrived, so that the schema is known.
  Result<void> start() {
    if (!shape_.flat) {
      schema_.push_back({.name = "document", .type = "object", .kind = Kind::json});
      return {};
    }
    bson_t document;
    if (cursor_ == nullptr) {
      flat_.look_at(*single_);
    } else {
      for (;;) {
        DBOPS_ASSIGN(const bool more, cursor_->arrived(document));
        if (!more) break;
        flat_.look_at(document);
      }
      cursor_->rewind();
    }
    schema_ = flat_.schema(cursor_ == nullptr || !cursor_->open());
    return {};
  }

  const Schema& schema() const override { return schema_; }
  const Summary& summary() const override { return summary_; }

  Result<bool> next(const Context& context, Batch& batch) override {
    batch.reset(schema_.size());
    auto filled = fill(context, batch);
    if (filled) return batch.rows() > 0;
    Error error = std::move(filled).error();
    error.effect = done_;
    return fail(std::move(error));
  }

 private:
  Result<void> fill(const Context& context, Batch& batch) {
    DBOPS_TRY(context.alive());
    if (cursor_ == nullptr) {
      if (std::exchange(ended_, true)) return {};
      return add(batch, *single_);
    }
    bson_t document;
    while (!batch.full()) {
      DBOPS_ASSIGN(const bool more, cursor_->arrived(document));
      if (more) {
        DBOPS_TRY(add(batch, document));
        continue;
      }
      if (batch.rows() > 0 || !cursor_->open()) return {};
      DBOPS_TRY(cursor_->fetch(context));
    }
    return {};
  }

  Result<void> add(Batch& batch, const bson_t& document) {
    Value* const row = batch.add_row();
    if (shape_.flat) return flat_.fill(batch, {row, schema_.size()}, document, shape_.canonical);
    json_.clear();
    DBOPS_TRY(
        append_json(json_, document, shape_.canonical ? JsonForm::canonical : JsonForm::relaxed));
    row[0] = json_cell(batch, json_);
    return {};
  }

  std::unique_ptr<Cursor> cursor_;  // nullptr: `single_` is all.
  Bson single_;
  const Shape shape_;
  const Effect done_;
  bool ended_ = false;
  Flat flat_;
  Schema schema_;
  Summary summary_;
  std::string json_;
};

}  // namespace

std::string_view type_name(const bson_iter_t& value) {
  switch (bson_iter_type(&value)) {
    case BSON_TYPE_DOUBLE:
      return "double";
    case BSON_TYPE_UTF8:
      return "string";
    case BSON_TYPE_DOCUMENT:
      return "object";
    case BSON_TYPE_ARRAY:
      return "array";
    case BSON_TYPE_BINARY:
      return "binData";
    case BSON_TYPE_UNDEFINED:
      return "undefined";
    case BSON_TYPE_OID:
      return "objectId";
    case BSON_TYPE_BOOL:
      return "bool";
    case BSON_TYPE_DATE_TIME:
      return "date";
    case BSON_TYPE_NULL:
      return "null";
    case BSON_TYPE_REGEX:
      return "regex";
    case BSON_TYPE_DBPOINTER:
      return "dbPointer";
    case BSON_TYPE_CODE:
      return "javascript";
    case BSON_TYPE_SYMBOL:
      return "symbol";
    case BSON_TYPE_CODEWSCOPE:
      return "javascriptWithScope";
    case BSON_TYPE_INT32:
      return "int";
    case BSON_TYPE_TIMESTAMP:
      return "timestamp";
    case BSON_TYPE_INT64:
      return "long";
    case BSON_TYPE_DECIMAL128:
      return "decimal";
    case BSON_TYPE_MAXKEY:
      return "maxKey";
    case BSON_TYPE_MINKEY:
      return "minKey";
    case BSON_TYPE_EOD:
      break;
  }
  return "unknown";
}

Result<Value> to_cell(Batch& batch, const bson_iter_t& value, bool canonical) {
  if (const auto cell = plain_cell(batch, value)) return *cell;
  std::string json;
  DBOPS_TRY(append_json(json, value, canonical ? JsonForm::canonical : JsonForm::relaxed));
  return json_cell(batch, json);
}

Result<std::unique_ptr<Stream>> to_rows(Link& link, Bson reply, Shape shape, Summary summary,
                                        Effect done) {
  std::unique_ptr<Cursor> cursor;
  Bson single;
  if (Cursor::holds_cursor(*reply))
    cursor = std::make_unique<Cursor>(link, std::move(reply));
  else
    single = own_fields(*reply, summary.affected.has_value());
  auto stream = std::make_unique<DocumentStream>(std::move(cursor), std::move(single), shape,
                                                 std::move(summary), done);
  DBOPS_TRY(stream->start());
  return stream;
}

}  // namespace dbops::mongodb
