// A bare loop over libpq: postgres_loop URI SQL. Each line on stdin runs the statement and prints
// its rows as one JSON array. What `query` over MCP is measured against.
#include <libpq-fe.h>

#include <string>

#include "rows_json.h"

namespace {

// Type numbers that the server's catalogue has had from the start (pg_type.dat).
constexpr Oid kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kFloat4 = 700, kFloat8 = 701;

void append_cell(std::string& out, const PGresult* result, int row, int column) {
  if (PQgetisnull(result, row, column) != 0) {
    out += "null";
    return;
  }
  const std::string_view text(PQgetvalue(result, row, column),
                              static_cast<size_t>(PQgetlength(result, row, column)));
  switch (PQftype(result, column)) {
    case kBool:
      out += text == "t" ? "true" : "false";
      break;
    case kInt8:
    case kInt2:
    case kInt4:
    case kFloat4:
    case kFloat8:
      out += text;
      break;
    default:
      bench::append_string(out, text);
  }
}

bool answer(PGconn* connection, const char* sql, std::string& out) {
  PGresult* result = PQexec(connection, sql);
  const bool good = PQresultStatus(result) == PGRES_TUPLES_OK;
  out += '[';
  for (int row = 0; good && row < PQntuples(result); ++row) {
    out += row > 0 ? ",[" : "[";
    for (int column = 0; column < PQnfields(result); ++column) {
      if (column > 0) out += ',';
      append_cell(out, result, row, column);
    }
    out += ']';
  }
  out += ']';
  PQclear(result);
  return good;
}

}  // namespace

int main(int count, char** arguments) {
  PGconn* connection = count == 3 ? PQconnectdb(arguments[1]) : nullptr;
  if (connection == nullptr || PQstatus(connection) != CONNECTION_OK) {
    std::fputs("usage: postgres_loop URI SQL\n", stderr);
    return 2;
  }
  const int code =
      bench::serve([&](std::string& out) { return answer(connection, arguments[2], out); });
  PQfinish(connection);
  return code;
}
