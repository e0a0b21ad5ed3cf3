#include "connectors/sqlite/session.h"

#include "connectors/sqlite/link.h"

namespace dbops::sqlite {

SqliteSession::SqliteSession(std::unique_ptr<Database> database)
    : database_(std::move(database)),
      queries_(*database_),
      catalog_(*database_),
      explainer_(*database_),
      diagnostics_(*database_),
      loader_(*database_),
      searcher_(*database_, queries_) {}

Result<ServerInfo> SqliteSession::info(const Context& context) {
  const Database::Call call(*database_, context);
  DBOPS_TRY(context.alive());
  return describe_link(*database_);
}

Result<void> SqliteSession::ping(const Context& context) {
  const Database::Call call(*database_, context);
  DBOPS_TRY(context.alive());
  DBOPS_TRY(check_in_place(*database_));
  return database_->run("PRAGMA data_version");
}

}  // namespace dbops::sqlite
