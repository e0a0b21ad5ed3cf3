// A bare loop over SQLite's API: sqlite_loop FILE SQL. Each line on stdin runs the statement and
// prints its rows as one JSON array. What `query` over MCP is measured against.
#include <sqlite3.h>

#include "rows_json.h"

namespace {

void append_cell(std::string& out, sqlite3_stmt* statement, int column) {
  char number[40];
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      out += std::to_string(sqlite3_column_int64(statement, column));
      break;
    case SQLITE_FLOAT:
      std::snprintf(number, sizeof number, "%.17g", sqlite3_column_double(statement, column));
      out += number;
      break;
    case SQLITE_NULL:
      out += "null";
      break;
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      bench::append_string(out,
                           {text, static_cast<size_t>(sqlite3_column_bytes(statement, column))});
    }
  }
}

bool answer(sqlite3* db, const char* sql, std::string& out) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) != SQLITE_OK) return false;
  const int columns = sqlite3_column_count(statement);
  out += '[';
  int code = SQLITE_OK;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    out += out.size() > 1 ? ",[" : "[";
    for (int i = 0; i < columns; ++i) {
      if (i > 0) out += ',';
      append_cell(out, statement, i);
    }
    out += ']';
  }
  out += ']';
  sqlite3_finalize(statement);
  return code == SQLITE_DONE;
}

}  // namespace

int main(int count, char** arguments) {
  sqlite3* db = nullptr;
  if (count != 3 ||
      sqlite3_open_v2(arguments[1], &db, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) {
    std::fputs("usage: sqlite_loop FILE SQL\n", stderr);
    return 2;
  }
  const int code = bench::serve([&](std::string& out) { return answer(db, arguments[2], out); });
  sqlite3_close(db);
  return code;
}
