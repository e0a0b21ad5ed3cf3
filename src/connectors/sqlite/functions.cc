#include "connectors/sqlite/functions.h"

#include <sqlite3.h>

#include <memory>
#include <set>
#include <string>

#include "base/text.h"

namespace dbops::sqlite {
namespace {

// Read-only, though SQLite gives them no mark. Not here: optimize() rewrites an FTS3 index,
// fts3_tokenizer() and fts5() take pointers, load_extension() runs foreign code.
constexpr std::string_view kAuxiliary[] = {
    "bm25",  "highlight",      "snippet",    "offsets",    "matchinfo",
    "match", "fts5_source_id", "rtreecheck", "rtreedepth", "rtreenode"};

// Every connection of this process has the same functions, for none loads extensions.
std::set<std::string> list_harmless() {
  std::set<std::string> names(std::begin(kAuxiliary), std::end(kAuxiliary));
  sqlite3* opened = nullptr;
  const int code = sqlite3_open(":memory:", &opened);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db(opened, sqlite3_close);
  if (code != SQLITE_OK) return names;
  const std::string sql = "SELECT name FROM pragma_function_list WHERE flags & " +
                          std::to_string(SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS) +
                          " AND NOT flags & " + std::to_string(SQLITE_DIRECTONLY);
  const auto keep = [](void* kept, int, char** values, char**) {
    static_cast<std::set<std::string>*>(kept)->insert(lower(values[0]));
    return 0;
  };
  sqlite3_exec(db.get(), sql.c_str(), keep, &names, nullptr);
  return names;
}

}  // namespace

bool harmless_function(std::string_view name) {
  static const std::set<std::string> kNames = list_harmless();
  return kNames.contains(lower(name));
}

}  // namespace dbops::sqlite
