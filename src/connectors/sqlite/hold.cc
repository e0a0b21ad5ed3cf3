#include "connectors/sqlite/hold.h"

namespace dbops::sqlite {
namespace {

// A writer, here or in another process, has taken its lock on the file.
bool writer_waits(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return false;
  int reserved = 0;
  if (file == nullptr || file->pMethods == nullptr || file->pMethods->xCheckReservedLock == nullptr)
    return false;
  return file->pMethods->xCheckReservedLock(file, &reserved) == SQLITE_OK && reserved != 0;
}

}  // namespace

Hold::Hold(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {
  Watcher::watch(*this);
}

Hold::~Hold() { end(); }

void Hold::end() {
  if (watched_) Watcher::unwatch(*this);
  watched_ = false;
}

void Hold::tick() {
  if (gave_way_ || !writer_waits(db_)) return;
  gave_way_ = true;
  sqlite3_reset(statement_);
  // The statement of a script stands in a transaction, which has the lock.
  if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
}

}  // namespace dbops::sqlite
