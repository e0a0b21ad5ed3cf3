#include "connectors/sqlite/sample.h"

#include "connectors/sqlite/cells.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/sizes.h"

namespace dbops::sqlite {
namespace {

// A rowid between the first and the last, and the row that stands there or next. Rows behind a gap
// are met more often.
std::string by_rowid(const std::string& table, int64_t rows) {
  return "WITH RECURSIVE span(low, width) AS (SELECT (SELECT min(rowid) FROM " + table +
         "), (SELECT max(rowid) FROM " + table + ") - (SELECT min(rowid) FROM " + table +
         ") + 1), pick(n, at) AS (SELECT 1, low + abs(random() % width) FROM span "
         "UNION ALL SELECT n + 1, low + abs(random() % width) FROM pick, span WHERE n < " +
         std::to_string(rows) + ") SELECT * FROM " + table +
         " WHERE rowid IN (SELECT (SELECT rowid FROM " + table +
         " WHERE rowid >= at ORDER BY rowid LIMIT 1) FROM pick)";
}

std::string shuffled(const std::string& table, int64_t rows) {
  return "SELECT * FROM (SELECT * FROM " + table + " LIMIT " + std::to_string(kShuffledRowsMax) +
         ") ORDER BY random() LIMIT " + std::to_string(rows);
}

}  // namespace

Result<std::unique_ptr<Table>> collect(Database& database, std::string_view sql) {
  DBOPS_ASSIGN(const Compiled statement, database.compile(sql));
  auto table = std::make_unique<Table>(read_schema(statement.get()));
  Batch batch;
  for (;;) {
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_DONE) return table;
    if (code != SQLITE_ROW) return fail(database.error(code));
    batch.reset(table->schema().size());
    if (!read_row(statement.get(), batch))
      return fail(Code::exhausted, "there is no memory for a value of this row");
    table->add(batch.row(0));
  }
}

Result<std::unique_ptr<Table>> sample_rows(Database& database, const std::string& path,
                                           int64_t rows) {
  DBOPS_ASSIGN(const auto parts, parse_path(path));
  DBOPS_ASSIGN(const Target target, find_target(database, parts));
  if (target.type != Target::Type::relation)
    return fail(Code::invalid_argument, "the path names no table or view");
  const std::string table = "main." + dialect().quote(target.relation.name);
  DBOPS_ASSIGN(Sizes sizes, Sizes::load(database));
  const bool large =
      target.relation.kind == "table" && !sizes.rows(target.relation.name, kShuffledRowsMax).exact;
  if (large) {
    auto found = collect(database, by_rowid(table, rows));
    // Without rowids there is "no such column".
    if (found || found.error().code != Code::not_found) return found;
  }
  DBOPS_ASSIGN(auto found, collect(database, shuffled(table, rows)));
  if (large)
    found->edit_summary().warnings.push_back("chosen among the first " +
                                             std::to_string(kShuffledRowsMax) + " rows");
  return found;
}

}  // namespace dbops::sqlite
