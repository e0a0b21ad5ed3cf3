#include "connectors/sqlite/cells.h"

#include "base/text.h"

namespace dbops::sqlite {
namespace {

std::string_view bytes_of(const void* start, int size) {
  return {static_cast<const char*>(start), static_cast<size_t>(size)};
}

}  // namespace

Schema read_schema(sqlite3_stmt* statement) {
  Schema schema;
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) {
    const char* name = sqlite3_column_name(statement, i);
    const char* type = sqlite3_column_decltype(statement, i);
    schema.push_back({name == nullptr ? "" : name, type == nullptr ? "" : type});
  }
  return schema;
}

bool read_row(sqlite3_stmt* statement, Batch& batch) {
  Value* cells = batch.add_row();
  const int columns = static_cast<int>(batch.columns());
  for (int i = 0; i < columns; ++i) {
    // sqlite3_column_value() is one look at the row where sqlite3_column_type(), _text() and
    // _bytes() are three. Its values ask that no other thread uses the connection: ours has no
    // mutex anyway.
    sqlite3_value* value = sqlite3_column_value(statement, i);
    switch (sqlite3_value_type(value)) {
      case SQLITE_INTEGER:
        cells[i] = Value::integer(sqlite3_value_int64(value));
        break;
      case SQLITE_FLOAT:
        cells[i] = Value::real(sqlite3_value_double(value));
        break;
      case SQLITE_TEXT: {
        const void* start = sqlite3_value_text(value);
        if (start == nullptr) return batch.drop_row(), false;
        const auto text = bytes_of(start, sqlite3_value_bytes(value));
        cells[i] = batch.copy(valid_utf8(text) ? Kind::text : Kind::bytes, text);
        break;
      }
      case SQLITE_BLOB: {
        const void* start = sqlite3_value_blob(value);  // nullptr for an empty one, too.
        const int size = sqlite3_value_bytes(value);
        if (start == nullptr && size > 0) return batch.drop_row(), false;
        cells[i] = batch.copy(Kind::bytes, bytes_of(start, size));
        break;
      }
      default:
        break;  // A new row's cells are null.
    }
  }
  return true;
}

}  // namespace dbops::sqlite
