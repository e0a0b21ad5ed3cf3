#include "connectors/sqlite/operations.h"

#include <bit>

#include "base/text.h"
#include "base/time.h"
#include "connectors/sqlite/backup.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/profile.h"
#include "connectors/sqlite/sample.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/session.h"
#include "connectors/sqlite/transaction.h"

namespace dbops::sqlite {
namespace {

using Answer = Result<std::unique_ptr<Stream>>;
using Work = Answer (*)(Database&, const Context&, const Arguments&);

constexpr int64_t kSampleRows = 20;
constexpr int64_t kProblemsMax = 1000;

// What every operation does first. REQUIRES: the session is this connector's.
template <Work work, Tier tier>
Answer on_session(const Context& context, Session& session, const Arguments& arguments) {
  Database& database = static_cast<SqliteSession&>(session).database();
  const Database::Call call(database, context);
  DBOPS_TRY(context.alive());
  if (database.tier() < tier)
    return fail(Code::forbidden, "the connection only reads",
                "the connection needs the tier write");
  return work(database, context, arguments);
}

Answer profile(Database& database, const Context& context, const Arguments& arguments) {
  return profile_table(database, context, arguments.text("table"), arguments.texts("columns"),
                       arguments.integer("rows_max").value_or(kProfileRows));
}

Answer sample(Database& database, const Context&, const Arguments& arguments) {
  return sample_rows(database, arguments.text("table"),
                     arguments.integer("rows").value_or(kSampleRows));
}

Answer check_integrity(Database& database, const Context&, const Arguments& arguments) {
  const std::string pragma = arguments.boolean("quick") ? "quick_check" : "integrity_check";
  auto table =
      std::make_unique<Table>(Schema{{"check", "", Kind::text}, {"problem", "", Kind::text}});
  DBOPS_ASSIGN(Rows pages,
               database.ask("PRAGMA " + pragma + "(" + std::to_string(kProblemsMax) + ")"));
  for (;;) {
    DBOPS_ASSIGN(const bool more, pages.next());
    if (!more) break;
    table->add({Value::text(pragma), Value::text(escape_control(pages.text(0)))});
  }
  DBOPS_ASSIGN(Rows keys,
               database.ask("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT " +
                            std::to_string(kProblemsMax)));
  for (;;) {
    DBOPS_ASSIGN(const bool more, keys.next());
    if (!more) return table;
    const std::string row = keys.null(1) ? "a row" : "row " + std::to_string(keys.integer(1));
    table->add({Value::text("foreign_key_check"),
                Value::text(row + " of " + escape_control(keys.text(0)) + " points to a row of " +
                            escape_control(keys.text(2)) + " that doesn't exist")});
  }
}

Answer copy(Database& database, const Context& context, const Arguments& arguments,
            CopyMethod method) {
  const Stopwatch watch;
  DBOPS_ASSIGN(const CopyReport report, copy_to_file(database, context, arguments.text("path"),
                                                     arguments.boolean("overwrite"), method));
  auto table = std::make_unique<Table>(Schema{
      {"path", "", Kind::text}, {"bytes", "", Kind::integer}, {"elapsed_ms", "", Kind::integer}});
  table->add(
      {Value::text(report.path), Value::integer(report.bytes), Value::integer(watch.elapsed_ms())});
  return table;
}

Answer backup(Database& database, const Context& context, const Arguments& arguments) {
  return copy(database, context, arguments, CopyMethod::pages);
}

Answer vacuum_into(Database& database, const Context& context, const Arguments& arguments) {
  return copy(database, context, arguments, CopyMethod::vacuumed);
}

std::string overwrites(const Arguments& arguments) {
  if (!arguments.boolean("overwrite")) return {};
  return "the copy takes the place of " + escape_control(shorten(arguments.text("path"), 200)) +
         ", if that exists";
}

Answer analyze(Database& database, const Context&, const Arguments& arguments) {
  std::string sql = "ANALYZE";
  if (arguments.has("table")) {
    DBOPS_ASSIGN(const auto path, parse_path(arguments.text("table")));
    DBOPS_ASSIGN(const Target target, find_target(database, path));
    if (target.type != Target::Type::relation)
      return fail(Code::invalid_argument, "the path names no table");
    sql += " main." + dialect().quote(target.relation.name);
  }
  Transaction transaction(database);
  DBOPS_TRY(transaction.begin(Transaction::Kind::write));
  DBOPS_TRY(database.run(sql));
  DBOPS_TRY(transaction.commit());
  return collect(database,
                 "SELECT tbl AS \"table\", idx AS \"index\", stat AS statistics FROM sqlite_stat1 "
                 "ORDER BY 1, 2");
}

Answer optimize(Database& database, const Context&, const Arguments&) {
  DBOPS_TRY(database.run("PRAGMA optimize"));
  return collect(database, "SELECT 'done' AS optimize");
}

// What the file holds before and after.
Result<std::pair<int64_t, int64_t>> sizes_of(Database& database) {
  DBOPS_ASSIGN(const int64_t pages, database.ask_integer("PRAGMA page_count"));
  DBOPS_ASSIGN(const int64_t page_size, database.ask_integer("PRAGMA page_size"));
  return std::pair(pages * page_size, page_size);
}

Answer vacuum(Database& database, const Context&, const Arguments& arguments) {
  DBOPS_ASSIGN(const auto before, sizes_of(database));
  if (const auto page_size = arguments.integer("page_size")) {
    if (!std::has_single_bit(static_cast<uint64_t>(*page_size)))
      return fail(Code::invalid_argument, "page_size must be a power of two");
    DBOPS_ASSIGN(const std::string journal, database.ask_text("PRAGMA journal_mode"));
    if (journal == "wal")
      return fail(Code::unsupported, "SQLite can't change the page size in WAL mode",
                  "PRAGMA journal_mode = delete first, then wal again");
    DBOPS_TRY(database.run("PRAGMA page_size = " + std::to_string(*page_size)));
  }
  if (arguments.has("auto_vacuum"))
    DBOPS_TRY(database.run("PRAGMA auto_vacuum = " + arguments.text("auto_vacuum")));
  if (auto done = database.run("VACUUM"); !done) {
    // The settings wait for the next VACUUM of this session, whoever asks for it.
    if (arguments.has("page_size") || arguments.has("auto_vacuum")) database.set_broken();
    return fail(std::move(done).error());
  }
  DBOPS_ASSIGN(const auto after, sizes_of(database));
  auto table = std::make_unique<Table>(Schema{{"bytes_before", "", Kind::integer},
                                              {"bytes_after", "", Kind::integer},
                                              {"page_size", "", Kind::integer}});
  table->add(
      {Value::integer(before.first), Value::integer(after.first), Value::integer(after.second)});
  return table;
}

Answer checkpoint(Database& database, const Context&, const Arguments& arguments) {
  const std::string mode = arguments.has("mode") ? arguments.text("mode") : "passive";
  DBOPS_ASSIGN(const std::string journal, database.ask_text("PRAGMA journal_mode"));
  if (journal != "wal")
    return fail(Code::unsupported,
                "the database is not in WAL mode: there is nothing to write back");
  DBOPS_ASSIGN(Rows rows, database.ask("PRAGMA wal_checkpoint(" + mode + ")"));
  DBOPS_TRY(rows.next());
  auto table = std::make_unique<Table>(Schema{{"complete", "", Kind::boolean},
                                              {"pages_in_log", "", Kind::integer},
                                              {"pages_written_back", "", Kind::integer}});
  const bool complete = rows.integer(0) == 0 && rows.integer(1) == rows.integer(2);
  table->add(
      {Value::boolean(complete), Value::integer(rows.integer(1)), Value::integer(rows.integer(2))});
  if (!complete)
    table->edit_summary().warnings.push_back("a reader or writer held a part of the log back");
  return table;
}

const Argument kTable = {
    .name = "table", .description = "Path of a table or view.", .required = true};
const Argument kPath = {
    .name = "path",
    .description = "File to write, in the folder for copies (backup_root, or the database's own).",
    .required = true};
const Argument kOverwrite = {.name = "overwrite",
                             .type = ArgumentType::boolean,
                             .description = "Replace the file if it exists."};

std::vector<Operation> reading() {
  return {
      {.name = "profile",
       .description = "What the values of each column are: nulls, distinct, min, max, types, date "
                      "formats, common values.",
       .arguments = {kTable,
                     {.name = "columns",
                      .type = ArgumentType::texts,
                      .description = "Only these columns."},
                     {.name = "rows_max",
                      .type = ArgumentType::integer,
                      .description = "Rows to look at; 100000 unless given.",
                      .minimum = 1,
                      .maximum = kProfileRowsMax}},
       .run = on_session<profile, Tier::read>},
      {.name = "sample",
       .description = "Random rows of a table or view.",
       .arguments = {kTable,
                     {.name = "rows",
                      .type = ArgumentType::integer,
                      .description = "How many; 20 unless given.",
                      .minimum = 1,
                      .maximum = kSampleRowsMax}},
       .run = on_session<sample, Tier::read>},
      {.name = "integrity_check",
       .description = "Looks for damaged pages, wrong indexes and foreign keys without a row.",
       .arguments = {{.name = "quick",
                      .type = ArgumentType::boolean,
                      .description = "Leave out the comparison of indexes with tables."}},
       .run = on_session<check_integrity, Tier::read>},
  };
}

std::vector<Operation> copying() {
  return {
      {.name = "backup",
       .description = "Copies the database into a file while others use it (SQLite's backup API).",
       .tier = Tier::write,
       .arguments = {kPath, kOverwrite},
       .danger = overwrites,
       .run = on_session<backup, Tier::write>},
      {.name = "vacuum_into",
       .description = "Copies the database into a file without its free pages.",
       .tier = Tier::write,
       .arguments = {kPath, kOverwrite},
       .danger = overwrites,
       .run = on_session<vacuum_into, Tier::write>},
  };
}

std::vector<Operation> keeping() {
  return {
      {.name = "analyze",
       .description = "Gathers the statistics by which SQLite chooses indexes.",
       .tier = Tier::write,
       .arguments = {{.name = "table", .description = "Only this table."}},
       .run = on_session<analyze, Tier::write>},
      {.name = "optimize",
       .description = "Lets SQLite analyse the tables for which it is due.",
       .tier = Tier::write,
       .run = on_session<optimize, Tier::write>},
      {.name = "vacuum",
       .description = "Rewrites the file without free pages; others must wait meanwhile.",
       .tier = Tier::write,
       .arguments = {{.name = "page_size",
                      .type = ArgumentType::integer,
                      .description = "New page size in bytes, a power of two.",
                      .minimum = 512,
                      .maximum = 65536},
                     {.name = "auto_vacuum",
                      .type = ArgumentType::choice,
                      .description = "How pages are given back from now on.",
                      .choices = {"none", "full", "incremental"}}},
       .run = on_session<vacuum, Tier::write>},
      {.name = "checkpoint",
       .description = "Writes the write-ahead log back into the database file.",
       .tier = Tier::write,
       .arguments = {{.name = "mode",
                      .type = ArgumentType::choice,
                      .description = "passive waits for nobody; truncate empties the log.",
                      .choices = {"passive", "full", "restart", "truncate"}}},
       .run = on_session<checkpoint, Tier::write>},
  };
}

}  // namespace

std::span<const Operation> operations() {
  static const std::vector<Operation> kOperations = [] {
    std::vector<Operation> all;
    for (const auto& some : {reading(), copying(), keeping()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return kOperations;
}

}  // namespace dbops::sqlite
