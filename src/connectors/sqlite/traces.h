#pragma once

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// Takes away what a script has left in the session: temporary tables, views, triggers and attached
// files. Each call starts from the same state, whichever session of a pool it meets. Where it
// can't, the session is broken.
void remove_traces(Database& database);

}  // namespace dbops::sqlite
