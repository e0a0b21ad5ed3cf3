#pragma once

#include <string>
#include <string_view>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// What was probably meant, for SQLite's messages "no such table: x", "no such column: x" and "no
// such function: x" about the statement `sql`. Empty when nothing comes near.
std::string nearest_name(Database& database, std::string_view message, std::string_view sql);

}  // namespace dbops::sqlite
