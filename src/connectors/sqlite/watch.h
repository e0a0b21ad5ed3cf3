#pragma once

#include <sqlite3.h>

#include "base/context.h"
#include "connectors/sqlite/watcher.h"

namespace dbops::sqlite {

// While it lives, sqlite3_interrupt() is called on `db` soon after `context` has ended.
//
// The progress handler sees that first in nearly all cases, for it runs between SQLite's
// instructions. But one instruction may run for minutes: count(*) walks a whole table in one, an
// integrity check the whole file. Those only look at the flag that an interrupt sets.
class Watch final : public Watched {
 public:
  // Both must outlive it.
  Watch(sqlite3* db, const Context& context);
  ~Watch() override;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  void tick() override;
  sqlite3* const db_;
  const Context& context_;
  const bool ends_;  // Else nobody need watch.
};

}  // namespace dbops::sqlite
