// What becomes of numbers in columns: SQLite turns what is put into a column into what the declared
// type prefers (its "Datatypes", 3), and says nothing where digits are lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/value.h"

namespace dbops::sqlite {

enum class Affinity : uint8_t {
  none,     // Nothing is turned into something else.
  text,     // Numbers become text.
  numeric,  // Texts that are numbers become one; also of INTEGER columns.
  real,     // The same, and integers become doubles.
};
Affinity affinity_of(std::string_view declared, bool strict);

// The cell as it is to be bound for such a column. A number is bound as one where it stays what it
// is: an int64, or the double that is nearest and, with as many digits, reads the same. Without
// affinity a decimal is bound as a number where that reads back as the same decimal, else as text.
// nullopt: the column would round it.
std::optional<Value> fit_number(const Value& cell, Affinity affinity);

}  // namespace dbops::sqlite
