#pragma once

#include "connectors/sqlite/database.h"
#include "core/session.h"

namespace dbops::sqlite {

// Areas: integrity, storage, indexes, settings. Only reads.
class SqliteDiagnostics final : public Diagnostics {
 public:
  explicit SqliteDiagnostics(Database& database) : database_(database) {}
  std::vector<std::string> areas() const override;
  Result<std::vector<Finding>> diagnose(const Context& context, std::string_view area) override;

 private:
  Database& database_;
};

}  // namespace dbops::sqlite
