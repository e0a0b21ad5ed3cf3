#include "connectors/sqlite/hints.h"

#include <set>
#include <vector>

#include "base/text.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

constexpr int kNamesMax = 10'000;      // looked through
constexpr size_t kListedNames = 30;    // named in a hint
constexpr size_t kTokensMax = 10'000;  // of the statement

// The first column of each row; what fails gives no hint.
std::vector<std::string> list(Database& database, std::string_view sql, std::string_view argument) {
  std::vector<std::string> names;
  auto rows = database.ask(sql, argument);
  while (rows && names.size() < kNamesMax) {
    const auto more = rows->next();
    if (!more || !*more) break;
    names.push_back(rows->text(0));
  }
  return names;
}

std::string suggest(std::string_view name, const std::vector<std::string>& names,
                    const std::string& what) {
  if (const auto meant = nearest(name, names))
    return "did you mean " + escape_control(*meant) + "?";
  if (names.empty() || names.size() > kListedNames) return {};
  std::string hint = what + ": ";
  for (const std::string& each : names)
    hint += (&each == &names[0] ? "" : ", ") + escape_control(each);
  return hint;
}

std::vector<std::string> tables(Database& database) {
  return list(database,
              "SELECT name FROM sqlite_schema WHERE type IN ('table','view') "
              "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name LIKE ?",
              "%");
}

// The columns of every table that the statement names.
std::vector<std::string> columns(Database& database, std::string_view sql) {
  const std::vector<std::string> known = tables(database);
  std::set<std::string> wanted;
  Lexer lexer(sql);
  for (size_t i = 0; i < kTokensMax; ++i) {
    const Token token = lexer.next();
    if (token.type == Token::Type::end) break;
    if (token.names()) wanted.insert(lower(token.name()));
  }
  std::vector<std::string> names;
  for (const std::string& table : known) {
    if (!wanted.contains(lower(table))) continue;
    const auto found = list(database, "SELECT name FROM pragma_table_xinfo(?)", table);
    names.insert(names.end(), found.begin(), found.end());
  }
  return names;
}

}  // namespace

std::string nearest_name(Database& database, std::string_view message, std::string_view sql) {
  // A name is told to nobody who may not see it.
  if (database.authorizer().rules().restrict()) return {};
  const size_t colon = message.find(": ");
  if (colon == std::string_view::npos) return {};
  // Of schema.table and table.column the last part; a name may itself hold a dot, then no hint
  // fits.
  std::string_view name = message.substr(colon + 2);
  name = name.substr(name.rfind('.') + 1);
  if (message.starts_with("no such table")) return suggest(name, tables(database), "tables");
  if (message.starts_with("no such column"))
    return suggest(name, columns(database, sql), "columns");
  if (message.starts_with("no such function"))
    return suggest(
        name,
        list(database, "SELECT DISTINCT name FROM pragma_function_list WHERE name LIKE ?", "%"),
        "functions");
  return {};
}

}  // namespace dbops::sqlite
