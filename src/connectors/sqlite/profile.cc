#include "connectors/sqlite/profile.h"

#include <array>

#include "base/text.h"
#include "connectors/sqlite/cells.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/sample.h"
#include "connectors/sqlite/schema.h"

namespace dbops::sqlite {
namespace {

constexpr int kCommonValues = 5;

// A spelling that all texts of a column may share.
struct Format {
  std::string_view name;
  std::string_view condition;  // On v, a value that is not null.
};
constexpr std::array<Format, 8> kFormats = {{
    {"date", "v GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9]'"},
    {"timestamp", "v GLOB '[0-9][0-9][0-9][0-9]-[0-1][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-5][0-9]*'"},
    {"time", "v GLOB '[0-2][0-9]:[0-5][0-9]*'"},
    {"uuid", "v LIKE '________-____-____-____-____________'"},
    {"json", "v GLOB '[[{]*' AND json_valid(v)"},
    {"number as text", "typeof(v) = 'text' AND v GLOB '*[0-9]*' AND v NOT GLOB '*[^-+.0-9]*'"},
    // What times between 2000 and 2100 would be.
    {"perhaps unix seconds", "typeof(v) = 'integer' AND v BETWEEN 946684800 AND 4102444800"},
    {"perhaps unix milliseconds",
     "typeof(v) = 'integer' AND v BETWEEN 946684800000 AND 4102444800000"},
}};
// Column of the first format in facts_of()'s row.
constexpr int kFirstFormat = 9;

// Long texts are cut; what they are can be told from their start.
std::string cut(const std::string& value) {
  return "CASE typeof(" + value + ") WHEN 'text' THEN substr(" + value +
         ", 1, 100) WHEN 'blob' THEN substr(" + value + ", 1, 100) ELSE " + value + " END";
}

std::string facts_of(const std::string& values) {
  std::string sql = "SELECT count(*), count(*) - count(v), count(DISTINCT v), " + cut("min(v)") +
                    ", " + cut("max(v)");
  for (const char* type : {"integer", "real", "text", "blob"})
    sql += std::string(", sum(typeof(v) = '") + type + "')";
  for (const Format& format : kFormats)
    sql += ", sum(v IS NOT NULL AND " + std::string(format.condition) + ")";
  return sql + " FROM " + values;
}

std::string types_of(sqlite3_stmt* facts) {
  std::string text;
  int column = 5;
  for (const char* type : {"integer", "real", "text", "blob"}) {
    const int64_t count = sqlite3_column_int64(facts, column++);
    if (count > 0)
      text += (text.empty() ? "" : ", ") + std::string(type) + " " + std::to_string(count);
  }
  return text;
}

std::string format_of(sqlite3_stmt* facts) {
  const int64_t values = sqlite3_column_int64(facts, 0) - sqlite3_column_int64(facts, 1);
  for (size_t i = 0; i < kFormats.size(); ++i)
    if (values > 0 && sqlite3_column_int64(facts, kFirstFormat + static_cast<int>(i)) == values)
      return std::string(kFormats[i].name);
  return {};
}

Result<std::string> common_values(Database& database, const std::string& values) {
  DBOPS_ASSIGN(Rows rows, database.ask("SELECT " + cut("v") + ", count(*) FROM " + values +
                                       " WHERE v IS NOT NULL GROUP BY v ORDER BY 2 DESC, 1 LIMIT " +
                                       std::to_string(kCommonValues)));
  std::string text;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return text;
    text += (text.empty() ? "" : ", ") + escape_control(shorten(rows.text(0), 40)) + " (" +
            std::to_string(rows.integer(1)) + ")";
  }
}

Result<void> profile_column(Database& database, const std::string& table, const ColumnInfo& column,
                            int64_t rows_max, Table& out) {
  const std::string values = "(SELECT " + dialect().quote(column.name) + " AS v FROM " + table +
                             " LIMIT " + std::to_string(rows_max) + ")";
  DBOPS_ASSIGN(const Compiled facts, database.compile(facts_of(values)));
  if (const int code = sqlite3_step(facts.get()); code != SQLITE_ROW)
    return fail(database.error(code));
  Batch row;
  row.reset(static_cast<size_t>(sqlite3_column_count(facts.get())));
  if (!read_row(facts.get(), row))
    return fail(Code::exhausted,
                "there is no memory for a value of " + escape_control(column.name));
  DBOPS_ASSIGN(const std::string common, common_values(database, values));
  const std::string types = types_of(facts.get());
  const std::string format = format_of(facts.get());
  const auto cells = row.row(0);
  out.add({Value::text(column.name), Value::text(column.type), cells[0], cells[1], cells[2],
           cells[3], cells[4], Value::text(types), Value::text(format), Value::text(common)});
  return {};
}

Result<std::vector<ColumnInfo>> choose(const std::vector<ColumnFacts>& facts,
                                       const std::vector<std::string>& names) {
  std::vector<ColumnInfo> chosen;
  std::vector<std::string> known;
  for (const ColumnFacts& column : facts) {
    if (column.hidden) continue;
    known.push_back(column.info.name);
    if (names.empty()) chosen.push_back(column.info);
  }
  for (const std::string& name : names) {
    size_t i = 0;
    while (i < facts.size() && !same_ignoring_case(facts[i].info.name, name)) ++i;
    if (i == facts.size()) {
      const auto meant = nearest(name, known);
      return fail(Code::not_found, "there is no column " + escape_control(shorten(name, 80)),
                  meant ? "did you mean " + escape_control(*meant) + "?" : "");
    }
    chosen.push_back(facts[i].info);
  }
  return chosen;
}

}  // namespace

Result<std::unique_ptr<Table>> profile_table(Database& database, const Context& context,
                                             const std::string& path,
                                             const std::vector<std::string>& names,
                                             int64_t rows_max) {
  DBOPS_ASSIGN(const auto parts, parse_path(path));
  DBOPS_ASSIGN(const Target target, find_target(database, parts));
  if (target.type != Target::Type::relation)
    return fail(Code::invalid_argument, "the path names no table or view");
  DBOPS_ASSIGN(const auto facts, columns(database, target.relation));
  DBOPS_ASSIGN(const auto chosen, choose(facts, names));
  auto table = std::make_unique<Table>(Schema{{"column", "", Kind::text},
                                              {"type", "", Kind::text},
                                              {"rows", "", Kind::integer},
                                              {"nulls", "", Kind::integer},
                                              {"distinct", "", Kind::integer},
                                              {"min", ""},
                                              {"max", ""},
                                              {"types", "", Kind::text},
                                              {"format", "", Kind::text},
                                              {"common values", "", Kind::text}});
  for (const ColumnInfo& column : chosen) {
    DBOPS_TRY(context.alive());
    DBOPS_TRY(profile_column(database, "main." + dialect().quote(target.relation.name), column,
                             rows_max, *table));
  }
  DBOPS_ASSIGN(const int64_t more,
               database.ask_integer("SELECT count(*) FROM (SELECT 1 FROM main." +
                                    dialect().quote(target.relation.name) + " LIMIT 1 OFFSET " +
                                    std::to_string(rows_max) + ")"));
  if (more > 0)
    table->edit_summary().warnings.push_back("of the first " + format_count(rows_max) + " rows");
  return table;
}

}  // namespace dbops::sqlite
