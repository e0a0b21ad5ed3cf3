// Rows as COPY ... FROM STDIN takes them, in text format.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/value.h"

namespace dbops::postgres {

// How a column takes lists: as an array, or as JSON text.
enum class ListForm : uint8_t { array, json };

// Appends one row and its line break. Exact: the server reads what the cells say. Code::data, with
// nothing appended, for a text with a NUL, which PostgreSQL can't hold; `column` is set then.
// `forms` has one for each cell.
Result<void> append_copy_row(std::string& out, std::span<const Value> cells,
                             std::span<const ListForm> forms, size_t& column);

}  // namespace dbops::postgres
