#pragma once

#include <sqlite3.h>

#include "base/context.h"

namespace dbops::sqlite {

// While it lives, sqlite3_interrupt() is called on `db` soon after `context` has ended.
//
// The progress handler sees that first in nearly all cases, for it runs between SQLite's
// instructions. But one instruction may run for minutes: count(*) walks a whole table in one, an
// integrity check the whole file. Those only look at the flag that an interrupt sets. One thread,
// started with the first Watch, looks at all of them kTick apart, and sleeps while there are none.
class Watch {
 public:
  // Both must outlive it.
  Watch(sqlite3* db, const Context& context);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  sqlite3* db_;  // nullptr: the context never ends, and nobody watches.
};

}  // namespace dbops::sqlite
