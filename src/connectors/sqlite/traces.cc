#include "connectors/sqlite/traces.h"

#include <vector>

#include "connectors/sqlite/dialect.h"

namespace dbops::sqlite {
namespace {

Result<std::vector<std::string>> list(Database& database, std::string_view sql) {
  std::vector<std::string> found;
  DBOPS_ASSIGN(Rows rows, database.ask(sql));
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return found;
    found.push_back(rows.text(0));
  }
}

Result<void> remove(Database& database) {
  DBOPS_ASSIGN(const auto files,
               list(database, "SELECT name FROM pragma_database_list WHERE seq > 1"));
  for (const std::string& file : files) DBOPS_TRY(database.run("DETACH " + dialect().quote(file)));
  // Views and triggers first: they need not outlive what they look at.
  DBOPS_ASSIGN(
      const auto drops,
      list(database,
           "SELECT 'DROP ' || type || ' IF EXISTS temp.\"' || replace(name,'\"','\"\"') || "
           "'\"' FROM sqlite_temp_schema WHERE type IN ('table','view','trigger') "
           "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC"));
  for (const std::string& drop : drops) DBOPS_TRY(database.run(drop));
  return {};
}

}  // namespace

void remove_traces(Database& database) {
  if (!database.authorizer().left_traces()) return;
  database.authorizer().forget_traces();
  // It must happen though the call's time is over.
  const Context context;
  const Database::Call call(database, context);
  if (!remove(database)) database.set_broken();
}

}  // namespace dbops::sqlite
