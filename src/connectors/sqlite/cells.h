// SQLite's values as cells. Its types belong to values, not to columns, so each cell is told its
// own.
#pragma once

#include <sqlite3.h>

#include "base/stream.h"

namespace dbops::sqlite {

// Column.kind stays null, for any cell may hold anything; Column.type is the declared type.
Schema read_schema(sqlite3_stmt* statement);

// Adds the current row of `statement` to the batch, its text and bytes copied. Text that is not
// UTF-8 becomes bytes. False, without the row, when SQLite had no memory for a value.
bool read_row(sqlite3_stmt* statement, Batch& batch);

}  // namespace dbops::sqlite
