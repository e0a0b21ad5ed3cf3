// SQLite's result codes as Errors.
#pragma once

#include <sqlite3.h>

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace dbops::sqlite {

// "SQLITE_BUSY_SNAPSHOT"; static storage.
std::string_view code_name(int code) noexcept;

// What `code`, which a call on `db` has just answered, means, in SQLite's own words from `db`.
// `db` may be nullptr. The effect is none: whoever knows better sets it.
Error make_error(sqlite3* db, int code);

// Who holds a lock on the file that another waits for, as far as the system tells: "process 4711
// (python3)". Empty when unknown. Never opens the file: closing it again would drop the locks that
// this process holds on it.
std::string lock_holder(const std::string& path);

}  // namespace dbops::sqlite
