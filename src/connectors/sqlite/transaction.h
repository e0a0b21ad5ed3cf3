#pragma once

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// A transaction of dbops' own, rolled back when it is destroyed uncommitted. Borrows the database,
// inside a Database::Call.
class Transaction {
 public:
  enum class Kind : uint8_t { read, write };
  explicit Transaction(Database& database) : database_(database) {}
  ~Transaction() { roll_back(); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // A write takes its lock at once, so that it can't fail for one half-way: Code::busy.
  Result<void> begin(Kind kind);
  // On an error all is rolled back. The effect is none, but unknown where the disk failed: the
  // change may be found in the file after a restart.
  Result<void> commit();
  // Idempotent.
  void roll_back();
  // Code::constraint when a commit would be refused for a deferred foreign key.
  Result<void> check_deferred() const;

 private:
  Database& database_;
  bool open_ = false;
};

// While it has begun and lives, SQLite refuses every write, so that a connection that may write
// reads as strictly as one that may not.
class QueryOnly {
 public:
  explicit QueryOnly(Database& database) : database_(database) {}
  ~QueryOnly() { end(); }
  QueryOnly(const QueryOnly&) = delete;
  QueryOnly& operator=(const QueryOnly&) = delete;

  Result<void> begin();
  // Idempotent.
  void end();

 private:
  Database& database_;
  bool begun_ = false;
};

}  // namespace dbops::sqlite
