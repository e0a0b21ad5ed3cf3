#include "connectors/sqlite/advisor.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/plan.h"
#include "connectors/sqlite/schema.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

constexpr size_t kColumnsMax = 8;  // of one table, tried alone and in pairs

std::set<std::string> words_of(std::string_view sql) {
  std::set<std::string> words;
  Lexer lexer(sql);
  for (Token token = lexer.next(); token.type != Token::Type::end; token = lexer.next())
    if (token.names()) words.insert(lower(token.name()));
  return words;
}

using Scratch = std::unique_ptr<sqlite3, decltype(&sqlite3_close)>;

bool execute(sqlite3* db, const std::string& sql) {
  return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

// The schema without its rows; what can't be made there, such as a view of what is gone, is left
// out.
Scratch copy_schema(Database& database) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(":memory:", &opened);
  Scratch scratch(opened, sqlite3_close);
  if (code != SQLITE_OK) return Scratch(nullptr, sqlite3_close);
  // The file's texts run here: they may not do more than a schema should.
  sqlite3_db_config(opened, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(opened, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  auto rows = database.ask(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND type <> 'trigger' "
      "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid");
  while (rows) {
    const auto more = rows->next();
    if (!more || !*more) break;
    execute(opened, rows->text(0));
  }
  if (!execute(opened, "ANALYZE sqlite_schema")) return scratch;
  // Fails where nothing was analysed; then the planner guesses, as it does on the file.
  if (auto stats = database.ask(
          "SELECT 'INSERT INTO sqlite_stat1 VALUES (' || quote(tbl) || ',' || quote(idx) "
          "|| ',' || quote(stat) || ')' FROM sqlite_stat1"))
    for (;;) {
      const auto more = stats->next();
      if (!more || !*more) break;
      execute(opened, stats->text(0));
    }
  execute(opened, "ANALYZE sqlite_schema");
  return scratch;
}

struct Candidate {
  std::string table;
  std::vector<std::string> columns;
  std::string sql(const std::string& name, size_t columns_used) const {
    std::string terms;
    for (size_t i = 0; i < columns_used; ++i)
      terms += (i == 0 ? "" : ", ") + dialect().quote(columns[i]);
    return "CREATE INDEX " + name + " ON " + dialect().quote(table) + " (" + terms + ")";
  }
};

// Delimited at its end, so that no candidate's name is the start of another's.
std::string name_of(size_t candidate) {
  return "dbops_candidate_" + std::to_string(candidate) + "_";
}

void add_candidates(Database& database, const std::string& table,
                    const std::set<std::string>& words, std::vector<Candidate>& out) {
  std::vector<std::string> named;
  if (const auto facts = columns(database, Relation{table, "table"}))
    for (const ColumnFacts& column : *facts)
      if (named.size() < kColumnsMax && words.contains(lower(column.info.name)))
        named.push_back(column.info.name);
  for (const std::string& first : named) {
    out.push_back({table, {first}});
    for (const std::string& second : named)
      if (first != second) out.push_back({table, {first, second}});
  }
}

// The index that was made for `candidate` as far as the plan's step makes use of it: a pair of
// which only the first column is compared is no better than that column alone.
std::string advice(const Candidate& candidate, const std::string& detail) {
  const size_t terms = detail.find('(');
  size_t used = 1;
  for (size_t at = terms; (at = detail.find(" AND ", at)) != std::string::npos; at += 5) ++used;
  std::string name = candidate.table;
  used = std::min(used, candidate.columns.size());
  for (size_t i = 0; i < used; ++i) name += "_" + candidate.columns[i];
  return candidate.sql(dialect().quote(name), used);
}

}  // namespace

std::map<std::string, std::string> table_names(Database& database, std::string_view sql) {
  std::map<std::string, std::string> names;
  const auto all = relations(database);
  if (!all) return names;
  std::map<std::string, std::string> tables;
  for (const Relation& relation : *all)
    if (relation.kind == "table") tables[lower(relation.name)] = relation.name;
  std::string table;  // The one whose alias may stand here.
  Lexer lexer(sql);
  for (Token token = lexer.next(); token.type != Token::Type::end; token = lexer.next()) {
    if (token.is("AS") && !table.empty()) continue;
    const std::string name = token.names() ? lower(token.name()) : std::string();
    if (const auto found = tables.find(name); found != tables.end()) {
      names[name] = table = found->second;
    } else {
      if (!name.empty() && !table.empty()) names.emplace(name, table);
      table.clear();
    }
  }
  return names;
}

std::vector<std::string> advise_indexes(Database& database, std::string_view sql,
                                        const std::vector<std::string>& scanned) {
  const auto objects = database.ask_integer("SELECT count(*) FROM sqlite_schema");
  if (!objects || *objects > kAdvisedObjectsMax || scanned.empty()) return {};
  const Scratch scratch = copy_schema(database);
  if (!scratch) return {};
  const std::set<std::string> words = words_of(sql);
  std::vector<Candidate> tried;
  for (const std::string& table : scanned) add_candidates(database, table, words, tried);
  for (size_t i = 0; i < tried.size(); ++i)
    execute(scratch.get(), tried[i].sql(name_of(i), tried[i].columns.size()));

  const std::string explain = "EXPLAIN QUERY PLAN " + std::string(sql);
  sqlite3_stmt* compiled = nullptr;
  sqlite3_prepare_v2(scratch.get(), explain.c_str(), -1, &compiled, nullptr);
  const Compiled statement(compiled);
  std::vector<PlanStep> steps;
  if (!statement || read_plan(compiled, steps) != SQLITE_DONE) return {};
  std::vector<std::string> found;
  for (const PlanStep& step : steps)
    for (size_t i = 0; i < tried.size(); ++i)
      if (step.detail.starts_with("SEARCH ") && step.detail.find(name_of(i)) != std::string::npos)
        found.push_back(advice(tried[i], step.detail));
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace dbops::sqlite
