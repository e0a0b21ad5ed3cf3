#pragma once

#include <sqlite3.h>

#include "base/result.h"
#include "core/parameters.h"

namespace dbops::sqlite {

// Gives each parameter of `statement` its value: those without a name by position (the n-th is ?n),
// the others by name. The values must outlive the statement's run: they are not copied.
// Code::invalid_argument for one that is missing, superfluous, given twice or unknown, and for a
// value that SQLite can't hold (NaN, a list, a map). A decimal is bound as a number where one
// reads back the same (fit_number), for to SQLite any text is greater than any number. Others,
// dates, UUIDs and JSON are bound as text, exactly as they are spelled.
enum class Bind : uint8_t { all, given };  // `given`: what has no value stays NULL.
Result<void> bind(sqlite3_stmt* statement, const Parameters& parameters, Bind bind);

// One value, `index` counted from 1. Answers SQLite's code. REQUIRES: the value is neither NaN, nor
// a list or map.
Result<int> bind_value(sqlite3_stmt* statement, int index, const Value& value);

}  // namespace dbops::sqlite
