#include "connectors/sqlite/watch.h"

namespace dbops::sqlite {

Watch::Watch(sqlite3* db, const Context& context)
    : db_(db),
      context_(context),
      ends_(context.cancel.fd() >= 0 || context.deadline.remaining().has_value()) {
  if (ends_) Watcher::watch(*this);
}

Watch::~Watch() {
  if (ends_) Watcher::unwatch(*this);
}

void Watch::tick() {
  if (!context_.alive()) sqlite3_interrupt(db_);
}

}  // namespace dbops::sqlite
