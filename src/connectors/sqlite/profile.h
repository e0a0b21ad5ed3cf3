#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

inline constexpr int64_t kProfileRows = 100'000;         // of a table, unless told otherwise
inline constexpr int64_t kProfileRowsMax = 100'000'000;  // when told

// One row for each column of a table or view: what its values are, over the first `rows_max` rows.
// `columns`: only these; empty: all. Code::not_found with the nearest name.
Result<std::unique_ptr<Table>> profile_table(Database& database, const Context& context,
                                             const std::string& path,
                                             const std::vector<std::string>& columns,
                                             int64_t rows_max);

}  // namespace dbops::sqlite
