#pragma once

#include <string>

#include "base/value.h"

namespace dbops {

// Appends the cell as plain text, as CSV, tables and terminals show it. Numbers are exact, reals
// the shortest text that reads back the same (NaN, Infinity, -Infinity), booleans true and false,
// bytes \x and hex as PostgreSQL writes them, textual kinds as they are, lists and maps as JSON
// (JsonWriter::value). NULL appends nothing: what tells it from "" is the caller's. Nothing is
// escaped.
void append_text(std::string& out, const Value& value);

}  // namespace dbops
