#pragma once

#include <map>
#include <string>
#include <vector>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

// What the statement calls each table: "f" in `from flights f` is "flights". A table's own name
// stands for itself. All names in lower case but the tables'.
std::map<std::string, std::string> table_names(Database& database, std::string_view sql);

// Indexes that SQLite's own planner would use for `sql`, as CREATE INDEX statements. Tried on a
// copy of the schema in memory, without rows but with ANALYZE's statistics: for each table of
// `scanned` those of its columns that the statement names, alone and in pairs. Empty when the
// schema is larger than kAdvisedObjectsMax, or can't be copied.
std::vector<std::string> advise_indexes(Database& database, std::string_view sql,
                                        const std::vector<std::string>& scanned);

inline constexpr int64_t kAdvisedObjectsMax = 1000;  // tables, views and indexes

}  // namespace dbops::sqlite
