// What the connection's policy must know before SQLite compiles a user's statement: SQLite asks
// about tables and columns, and not about what an index keeps of another table.
#pragma once

#include <string_view>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// Tells the rules what the schema holds as it is now. REQUIRES: Access::internal.
Result<void> load_rules(Database& database);

// That, and Code::forbidden for a statement that the authorizer could not judge. Nothing of it is
// run. REQUIRES: Access::internal.
Result<void> prepare_rules(Database& database, std::string_view sql);

}  // namespace dbops::sqlite
