// One statement of a user on its way: compiled, bound, started, and read as a stream.
#pragma once

#include <optional>

#include "connectors/sqlite/database.h"
#include "connectors/sqlite/hold.h"
#include "connectors/sqlite/parameters.h"

namespace dbops::sqlite {

// Compiles the script's statement `index` under `access`, and binds its parameters. The position of
// an error counts in the script. A name that is not there comes with the nearest one that is.
Result<Compiled> compile_statement(Database& database, const Script& script, size_t index,
                                   Access access, const Parameters& parameters,
                                   Bind what = Bind::all);

// The rows of one statement. Used inside a Database::Call, but for next(), which makes its own.
class Run final : public Stream {
 public:
  Run(Database& database, Compiled statement, const Statement& parsed, Access access);

  // Runs the statement up to its first row, or to its end. A statement that writes has then
  // written all.
  Result<void> start();
  // Passes over the rows that were not asked for, where the statement must end: in a write.
  Result<void> finish();
  // The counters of sqlite3_stmt_status().
  sqlite3_stmt* handle() const { return statement_.get(); }

  const Schema& schema() const override { return schema_; }
  Result<bool> next(const Context& context, Batch& batch) override;
  const Summary& summary() const override { return summary_; }

 private:
  Result<void> step();
  Result<void> hold(const Context& context);
  Result<void> resume();

  Database& database_;
  Compiled statement_;
  const Access access_;
  Schema schema_;
  Summary summary_;
  bool at_row_ = false;       // The current row has not been handed out yet.
  std::optional<Hold> hold_;  // Between two calls, where writers would have to wait.
};

}  // namespace dbops::sqlite
