#pragma once

#include "connectors/postgres/core.h"
#include "core/watcher.h"

namespace dbops::postgres {

// Hears on a channel what an event trigger says there of each DDL statement. Without superuser's
// rights none can be made: the operations watch_schema and unwatch_schema are for who has them.
class PostgresWatcher final : public Watcher {
 public:
  explicit PostgresWatcher(Core& core) : core_(core) {}
  Result<void> begin(const Context& context) override;
  Result<std::vector<Place>> next(const Context& context) override;

 private:
  Core& core_;
};

// What an event trigger says: {"schema": TEXT or null, "name": TEXT or null}. Anything else is a
// change anywhere.
Watcher::Place read_change(std::string_view payload);

// Makes the event triggers, or takes them away; one transaction. Code::denied without the rights.
Result<void> install_watch(const Context& context, Core& core);
Result<void> remove_watch(const Context& context, Core& core);

}  // namespace dbops::postgres
