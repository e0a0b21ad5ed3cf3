// Copies of the whole database into a file of its own, whole or not at all.
#pragma once

#include <string>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

enum class CopyMethod : uint8_t {
  pages,    // SQLite's backup API: page by page, while others read and write.
  vacuumed  // VACUUM INTO: without free pages, in one read transaction.
};

struct CopyReport {
  std::string path;
  int64_t bytes = 0;
};

// Writes a copy beside `target` under a name that nobody knows, and gives it its name once it is
// whole and on the disk. `target` is taken from the backup folder (the setting backup_root, else
// the database's own folder) where it is relative, and must stand there. Code::forbidden outside
// that folder, Code::already_exists where something stands and `overwrite` is false, Code::busy for
// a target that is in use, Code::exhausted for a full disk; and the call's end. The effect is none
// in all cases.
Result<CopyReport> copy_to_file(Database& database, const Context& context,
                                const std::string& target, bool overwrite, CopyMethod method);

}  // namespace dbops::sqlite
