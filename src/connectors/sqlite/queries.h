#pragma once

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// Runs scripts. What holds for each mode is made sure of thrice: by the dialect's verdict, by the
// authorizer, and by SQLite itself (a file opened read-only, or query_only, and
// sqlite3_stmt_readonly).
class SqliteQueries final : public Queries {
 public:
  explicit SqliteQueries(Database& database) : database_(database) {}
  Result<std::unique_ptr<Results>> run(const Context& context, const Script& script,
                                       const Parameters& parameters, Mode mode) override;

 private:
  Database& database_;
};

// How a statement is compiled in `mode` on a connection of `tier`.
Access access_for(const Statement& statement, Mode mode, Tier tier);

// Code::forbidden for a statement that the mode or the connection's tier doesn't allow,
// Code::unsupported and Code::invalid_argument for scripts that no transaction can hold.
Result<void> check_script(const Script& script, Mode mode, Tier tier);

}  // namespace dbops::sqlite
