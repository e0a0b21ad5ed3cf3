#pragma once

#include "connectors/sqlite/database.h"
#include "core/session.h"

namespace dbops::sqlite {

// What the file is, and what is wrong or risky around it: for `doctor`.
Result<ServerInfo> describe_link(Database& database);

// Code::disconnected when the file was moved, replaced or deleted since it was opened; the session
// is broken then, and the next one opens what stands there now.
Result<void> check_in_place(Database& database);

}  // namespace dbops::sqlite
