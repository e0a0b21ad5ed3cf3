#pragma once

#include <sqlite3.h>

#include "connectors/sqlite/watcher.h"

namespace dbops::sqlite {

// A read that is held between two calls, and gives way to whoever wants to write.
//
// A read that has begun holds a shared lock until it ends. In the rollback-journal modes no writer,
// be it another program's, can commit meanwhile; a page that a model asks for minutes later must
// not stop an application for so long. So the lock that a writer takes first is looked for, and
// once it is seen the read is ended and the lock given back. In WAL mode nobody waits for readers,
// and there is nothing to do.
//
// Lives only between two calls, while no other thread uses the connection.
class Hold final : public Watched {
 public:
  // Both must outlive it.
  Hold(sqlite3* db, sqlite3_stmt* statement);
  ~Hold() override;
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;

  // The statement was reset: the rest of its rows is gone. To be asked after the hold.
  bool gave_way() const { return gave_way_; }
  // Ends the hold; tick() won't be called again. Idempotent.
  void end();

 private:
  void tick() override;
  sqlite3* const db_;
  sqlite3_stmt* const statement_;
  bool gave_way_ = false;
  bool watched_ = true;
};

}  // namespace dbops::sqlite
