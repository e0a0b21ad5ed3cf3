// Rows into a table, by one prepared INSERT in a transaction a batch.
#pragma once

#include "connectors/sqlite/database.h"
#include "core/loader.h"

namespace dbops::sqlite {

// Belongs to one session.
class SqliteLoader final : public Loader {
 public:
  explicit SqliteLoader(Database& database) : database_(database) {}

  Result<LoadPlan> plan(const Context& context, const LoadTarget& target) override;
  Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) override;

 private:
  Database& database_;
};

}  // namespace dbops::sqlite
