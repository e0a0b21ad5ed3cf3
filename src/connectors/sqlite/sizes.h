#pragma once

#include <map>
#include <optional>
#include <string>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// How large tables are, as far as that can be told quickly: SQLite keeps no counts.
class Sizes {
 public:
  struct Count {
    std::optional<int64_t> rows;  // nullopt: nothing honest can be said without a full count.
    bool exact = false;
  };
  // Reads ANALYZE's statistics, where there are any.
  static Result<Sizes> load(Database& database);

  // Counts up to `rows_max` rows; beyond that, or once kCountingMax is used up, it estimates: by
  // ANALYZE, else by the span of the rowids where the file is large enough for so many rows. A
  // table that can't be read, or that the policy hides, has no count.
  Count rows(const std::string& table, int64_t rows_max);

  // The bytes of a table or index on disk, without the others' that belong to it. nullopt where
  // SQLite can't say, or the file is so large that walking it would take long.
  std::optional<int64_t> bytes(const std::string& name);

  static constexpr int64_t kListedRowsMax = 20'000;      // counted of each table of a list
  static constexpr int64_t kDescribedRowsMax = 200'000;  // counted of a table that is looked at
  static constexpr std::chrono::milliseconds kCountingMax{60};  // for all tables of one call
  static constexpr int64_t kWalkedPagesMax = 32'768;

 private:
  explicit Sizes(Database& database) : database_(&database) {}
  Count estimate(const std::string& table, const std::string& quoted);

  Database* database_;
  std::map<std::string, int64_t, std::less<>> analyzed_;
  int64_t file_bytes_ = 0;
  bool walkable_ = false;
  Deadline counting_ = Deadline::after(kCountingMax);
};

}  // namespace dbops::sqlite
