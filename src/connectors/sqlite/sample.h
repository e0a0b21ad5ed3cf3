#pragma once

#include <memory>

#include "connectors/sqlite/database.h"

namespace dbops::sqlite {

inline constexpr int64_t kSampleRowsMax = 1000;
// A random order of more rows than these would read them all; then rows are met by random rowids,
// or, without rowids, chosen among the first of them.
inline constexpr int64_t kShuffledRowsMax = 100'000;

// `rows` rows of the table or view that `path` names, at random.
Result<std::unique_ptr<Table>> sample_rows(Database& database, const std::string& path,
                                           int64_t rows);

// All rows of one of dbops' own statements, with its columns.
Result<std::unique_ptr<Table>> collect(Database& database, std::string_view sql);

}  // namespace dbops::sqlite
