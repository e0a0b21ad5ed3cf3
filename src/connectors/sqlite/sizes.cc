#include "connectors/sqlite/sizes.h"

#include <charconv>

#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/rules_load.h"

namespace dbops::sqlite {

Result<Sizes> Sizes::load(Database& database) {
  Sizes sizes(database);
  DBOPS_TRY(load_rules(database));
  DBOPS_ASSIGN(const int64_t pages, database.ask_integer("PRAGMA page_count"));
  DBOPS_ASSIGN(const int64_t page_size, database.ask_integer("PRAGMA page_size"));
  sizes.file_bytes_ = pages * page_size;
  sizes.walkable_ = pages <= kWalkedPagesMax;
  DBOPS_ASSIGN(
      const int64_t analyzed,
      database.ask_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"));
  if (analyzed == 0) return sizes;
  // "rows rows-per-key ...", one for each index or, without an index, for the table. A partial
  // index knows only of its own rows.
  DBOPS_ASSIGN(Rows rows, database.ask("SELECT tbl, stat FROM sqlite_stat1 WHERE tbl IS NOT NULL"));
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return sizes;
    const std::string stat = rows.text(1);
    int64_t count = 0;
    if (std::from_chars(stat.data(), stat.data() + stat.size(), count).ec != std::errc()) continue;
    int64_t& known = sizes.analyzed_[rows.text(0)];
    known = std::max(known, count);
  }
}

Sizes::Count Sizes::rows(const std::string& table, int64_t rows_max) {
  const Rules& rules = database_->authorizer().rules();
  if (std::string reason;
      rules.restrict() && rules.read("main", table, {}, reason) == Reach::refused)
    return {};
  const std::string quoted = dialect().quote(table);
  if (counting_.passed()) return estimate(table, quoted);
  const auto counted = database_->ask_integer("SELECT count(*) FROM (SELECT 1 FROM main." + quoted +
                                              " LIMIT " + std::to_string(rows_max + 1) + ")");
  if (!counted) return {};
  if (*counted <= rows_max) return {*counted, true};
  return estimate(table, quoted);
}

Sizes::Count Sizes::estimate(const std::string& table, const std::string& quoted) {
  if (const auto known = analyzed_.find(table); known != analyzed_.end())
    return {known->second, false};
  // Fails for a view, a virtual table or one without rowid.
  const auto span = database_->ask_integer("SELECT (SELECT max(rowid) FROM main." + quoted +
                                           ") - (SELECT min(rowid) FROM main." + quoted + ") + 1");
  constexpr int64_t kRowBytesMin = 4;
  if (!span || *span <= 0 || *span > file_bytes_ / kRowBytesMin) return {};
  return {*span, false};
}

std::optional<int64_t> Sizes::bytes(const std::string& name) {
  if (!walkable_) return std::nullopt;
  const auto bytes = database_->ask_integer(
      "SELECT sum(pgsize) FROM dbstat WHERE name = ? AND aggregate = TRUE", name);
  if (!bytes || *bytes == 0) return std::nullopt;
  return *bytes;
}

}  // namespace dbops::sqlite
