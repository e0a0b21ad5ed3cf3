#include "connectors/sqlite/diagnostics.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/text.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/schema.h"

namespace dbops::sqlite {
namespace {

using Findings = std::vector<Finding>;

constexpr int kProblemsMax = 20;  // of one kind that are named
// A look at a large file may take as long as its disk needs; the operation integrity_check takes
// the whole of its call's time.
constexpr std::chrono::seconds kIntegrityMax{10};
constexpr int64_t kFreePercentMuch = 20;
constexpr int64_t kFreeBytesMuch = 10 << 20;
constexpr int64_t kWalBytesMuch = 64 << 20;

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (&word == &words[0] ? "" : ", ") + word;
  return text;
}

Result<void> check_pages(Database& database, Findings& findings) {
  DBOPS_ASSIGN(Rows rows, database.ask("PRAGMA quick_check(" + std::to_string(kProblemsMax) + ")"));
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return {};
    const std::string problem = rows.text(0);
    if (problem == "ok")
      findings.push_back({Severity::ok, "integrity", "", "quick_check finds no damage", ""});
    else
      findings.push_back({Severity::critical, "integrity", "", escape_control(problem),
                          "copy the file before anything else, then restore a backup or try "
                          "`sqlite3 FILE .recover`"});
  }
}

Result<void> check_keys(Database& database, Findings& findings) {
  DBOPS_ASSIGN(Rows rows,
               database.ask("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check "
                            "GROUP BY 1, 2 LIMIT " +
                            std::to_string(kProblemsMax)));
  bool clean = true;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) break;
    clean = false;
    findings.push_back(
        {Severity::warning, "integrity", rows.text(0),
         format_count(rows.integer(2)) + " rows point to rows of " + escape_control(rows.text(1)) +
             " that don't exist",
         "find them with PRAGMA foreign_key_check(" + dialect().quote(rows.text(0)) + ")"});
  }
  if (clean)
    findings.push_back({Severity::ok, "integrity", "", "every foreign key finds its row", ""});
  return {};
}

Result<void> diagnose_integrity(Database& database, const Context& context, Findings& findings) {
  Context bounded = context;
  bounded.deadline = context.deadline.earlier(Deadline::after(kIntegrityMax));
  const Database::Call call(database, bounded);
  auto checked = check_pages(database, findings);
  if (checked) checked = check_keys(database, findings);
  if (checked) return {};
  // The call's own end is its error; ours only ends this area.
  DBOPS_TRY(context.alive());
  if (checked.error().code == Code::timeout)
    findings.push_back({Severity::info, "integrity", "",
                        "not finished within " + std::to_string(kIntegrityMax.count()) + " s",
                        "run the operation integrity_check, with a longer time limit"});
  else
    findings.push_back(
        {Severity::critical, "integrity", "", checked.error().message, checked.error().hint});
  return {};
}

void diagnose_free(int64_t pages, int64_t free, int64_t page_size, bool vacuums,
                   Findings& findings) {
  const int64_t percent = pages == 0 ? 0 : free * 100 / pages;
  const bool much = percent >= kFreePercentMuch && free * page_size >= kFreeBytesMuch;
  findings.push_back({much ? Severity::warning : Severity::ok, "storage", "",
                      format_bytes(static_cast<uint64_t>(free * page_size)) + " of " +
                          format_bytes(static_cast<uint64_t>(pages * page_size)) +
                          " are free pages (" + std::to_string(percent) + " %)",
                      !much ? ""
                      : vacuums
                          ? "PRAGMA incremental_vacuum, or the operation vacuum, gives them back"
                          : "the operation vacuum gives them back"});
}

Result<void> diagnose_storage(Database& database, Findings& findings) {
  DBOPS_ASSIGN(const int64_t pages, database.ask_integer("PRAGMA page_count"));
  DBOPS_ASSIGN(const int64_t free, database.ask_integer("PRAGMA freelist_count"));
  DBOPS_ASSIGN(const int64_t page_size, database.ask_integer("PRAGMA page_size"));
  DBOPS_ASSIGN(const int64_t auto_vacuum, database.ask_integer("PRAGMA auto_vacuum"));
  DBOPS_ASSIGN(const std::string journal, database.ask_text("PRAGMA journal_mode"));
  diagnose_free(pages, free, page_size, auto_vacuum == 2, findings);
  if (page_size < 4096)
    findings.push_back(
        {Severity::info, "storage", "",
         "the page size is " + std::to_string(page_size) + " bytes, a default of long ago",
         "the operation vacuum with page_size 4096 makes reads of large rows quicker"});
  struct stat wal {};
  if (journal == "wal" && stat((database.location().path + "-wal").c_str(), &wal) == 0) {
    const bool much = wal.st_size >= kWalBytesMuch;
    findings.push_back(
        {much ? Severity::warning : Severity::ok, "storage", "",
         "the write-ahead log has " + format_bytes(static_cast<uint64_t>(wal.st_size)),
         much ? "end long reads, then run the operation checkpoint" : ""});
  }
  return {};
}

bool leads(const IndexInfo& index, const std::vector<std::string>& columns) {
  if (!index.condition.empty() || index.columns.size() < columns.size()) return false;
  for (const std::string& column : columns) {
    const auto end = index.columns.begin() + static_cast<std::ptrdiff_t>(columns.size());
    if (std::find_if(index.columns.begin(), end, [&](const std::string& each) {
          return same_ignoring_case(each, column) || same_ignoring_case(each, column + " desc");
        }) == end)
      return false;
  }
  return true;
}

bool is_prefix(const IndexInfo& shorter, const IndexInfo& longer) {
  return !shorter.unique && shorter.condition.empty() && longer.condition.empty() &&
         shorter.columns.size() <= longer.columns.size() &&
         std::equal(shorter.columns.begin(), shorter.columns.end(), longer.columns.begin());
}

Result<void> diagnose_table(Database& database, const std::string& table, Findings& findings) {
  DBOPS_ASSIGN(const auto all, indexes(database, table));
  DBOPS_ASSIGN(const auto links, foreign_keys(database, table));
  DBOPS_ASSIGN(const auto facts, columns(database, Relation{table, "table"}));
  std::vector<std::string> key;
  for (const ColumnFacts& column : facts)
    if (column.primary > 0) key.push_back(column.info.name);
  for (const Link& link : links) {
    const auto& from = link.key.columns;
    // An INTEGER PRIMARY KEY has no index of its own: it is the table's order.
    const bool found = from == key || std::any_of(all.begin(), all.end(), [&](const auto& each) {
                         return leads(each, from);
                       });
    if (found) continue;
    std::string columns_text;
    for (const std::string& column : from)
      columns_text += (columns_text.empty() ? "" : ", ") + dialect().quote(column);
    findings.push_back({Severity::warning, "indexes", table,
                        "the foreign key (" + escape_control(join(from)) + ") to " +
                            escape_control(link.key.other_path[0]) +
                            " has no index: each DELETE or key change there reads all of " +
                            escape_control(table),
                        "CREATE INDEX " + dialect().quote(table + "_" + from[0]) + " ON " +
                            dialect().quote(table) + " (" + columns_text + ")"});
  }
  for (const IndexInfo& shorter : all)
    for (const IndexInfo& longer : all) {
      const bool equal_pair =
          shorter.columns == longer.columns && !longer.unique && shorter.name <= longer.name;
      if (&shorter == &longer || equal_pair || !is_prefix(shorter, longer)) continue;
      findings.push_back({Severity::info, "indexes", shorter.name,
                          "the index is the start of " + escape_control(longer.name) +
                              ", which serves the same searches",
                          "DROP INDEX " + dialect().quote(shorter.name) + " makes writes quicker"});
      break;
    }
  return {};
}

Result<void> diagnose_indexes(Database& database, Findings& findings) {
  const size_t before = findings.size();
  DBOPS_ASSIGN(const auto all, relations(database));
  for (const Relation& relation : all)
    if (relation.kind == "table") DBOPS_TRY(diagnose_table(database, relation.name, findings));
  DBOPS_ASSIGN(const int64_t made,
               database.ask_integer("SELECT count(*) FROM sqlite_schema WHERE type = 'index'"));
  DBOPS_ASSIGN(
      const int64_t analyzed,
      database.ask_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'"));
  if (made > 0 && analyzed == 0)
    findings.push_back({Severity::info, "indexes", "",
                        "the tables were never analysed: SQLite guesses which index is best",
                        "run the operation analyze once, and after large changes"});
  if (findings.size() == before)
    findings.push_back({Severity::ok, "indexes", "",
                        "no foreign key without index, no index that another makes needless", ""});
  return {};
}

Result<void> diagnose_settings(Database& database, Findings& findings) {
  DBOPS_ASSIGN(const std::string journal, database.ask_text("PRAGMA journal_mode"));
  DBOPS_ASSIGN(const int64_t enforced, database.ask_integer("PRAGMA foreign_keys"));
  DBOPS_ASSIGN(const auto links, all_foreign_keys(database));
  const bool wal = journal == "wal" || journal == "memory";
  findings.push_back(
      {wal ? Severity::ok : Severity::info, "settings", "journal_mode",
       "the journal mode is " + journal +
           (wal ? "" : ": a writer waits for readers, and they for it"),
       wal ? ""
           : "PRAGMA journal_mode = wal lets both work at once, if the file is on a local disk"});
  if (!links.empty())
    findings.push_back(
        {enforced != 0 ? Severity::ok : Severity::warning, "settings", "foreign_keys",
         enforced != 0 ? "foreign keys are enforced in this connection; other programs must switch "
                         "it on themselves"
                       : "foreign keys are declared, but this connection doesn't enforce them",
         enforced != 0 ? "" : "remove foreign_keys=off from the connection's settings"});
  return {};
}

}  // namespace

std::vector<std::string> SqliteDiagnostics::areas() const {
  return {"integrity", "storage", "indexes", "settings"};
}

Result<std::vector<Finding>> SqliteDiagnostics::diagnose(const Context& context,
                                                         std::string_view area) {
  DBOPS_TRY(check_area("SQLite", area, areas()));
  const Database::Call call(database_, context);
  DBOPS_TRY(context.alive());
  Findings findings;
  const auto wanted = [&](std::string_view each) { return area.empty() || area == each; };
  if (wanted("integrity")) DBOPS_TRY(diagnose_integrity(database_, context, findings));
  if (wanted("storage")) DBOPS_TRY(diagnose_storage(database_, findings));
  if (wanted("indexes")) DBOPS_TRY(diagnose_indexes(database_, findings));
  if (wanted("settings")) DBOPS_TRY(diagnose_settings(database_, findings));
  return findings;
}

}  // namespace dbops::sqlite
