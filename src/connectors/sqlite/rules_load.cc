#include "connectors/sqlite/rules_load.h"

#include "base/text.h"
#include "connectors/sqlite/ddl.h"
#include "connectors/sqlite/dialect.h"
#include "connectors/sqlite/tokens.h"

namespace dbops::sqlite {
namespace {

bool joins_by_name(std::string_view sql) {
  Lexer lexer(sql);
  for (;;) {
    const Token token = lexer.next();
    if (token.type == Token::Type::end) return false;
    if (same_ignoring_case(token.text, "using") || same_ignoring_case(token.text, "natural"))
      return true;
  }
}

// Also behind EXPLAIN.
bool is_pragma(std::string_view sql) {
  Lexer lexer(sql);
  Token token = lexer.next();
  while (token.is("EXPLAIN") || token.is("QUERY") || token.is("PLAN")) token = lexer.next();
  return token.is("PRAGMA");
}

// What a table or view reads, all the way down, as SQLite itself resolves it; nullopt: SQLite
// can't.
Rules::Reads reads_of(Database& database, const std::string& name) {
  const std::string sql = "SELECT * FROM main." + dialect().quote(name);
  // A virtual table that is used for the first time reads more, for itself.
  if (!database.compile(sql)) return std::nullopt;
  const Authorizer::Trace trace(database.authorizer());
  if (!database.compile(sql)) return std::nullopt;
  return trace.reads();
}

Result<void> load_joining_views(Database& database) {
  DBOPS_ASSIGN(Rows views, database.ask("SELECT name, sql FROM sqlite_schema WHERE type = 'view'"));
  std::set<std::string> joining;
  for (;;) {
    DBOPS_ASSIGN(const bool more, views.next());
    if (!more) break;
    if (joins_by_name(views.text(1))) joining.insert(lower(views.text(0)));
  }
  database.authorizer().rules().set_joining_views(std::move(joining));
  return {};
}

Result<void> load_contents(Database& database) {
  DBOPS_ASSIGN(Rows tables, database.ask("SELECT name, sql FROM sqlite_schema WHERE type = 'table' "
                                         "AND sql LIKE 'create virtual table%'"));
  std::map<std::string, Rules::Reads> contents;
  for (;;) {
    DBOPS_ASSIGN(const bool more, tables.next());
    if (!more) break;
    const std::string sql = tables.text(1);
    if (const std::string content = read_content(sql); !content.empty())
      contents[lower(tables.text(0))] = reads_of(database, content);
    // Its words are the index's, which is what the hidden column of that table's name stands for.
    if (const std::string index = read_vocabulary(sql); !index.empty())
      contents[lower(tables.text(0))].emplace().emplace_back(index, index);
  }
  database.authorizer().rules().set_contents(contents);
  return {};
}

}  // namespace

Result<void> load_rules(Database& database) {
  const Rules& rules = database.authorizer().rules();
  if (!rules.restrict()) return {};
  if (rules.mask()) DBOPS_TRY(load_joining_views(database));
  return load_contents(database);
}

Result<void> prepare_rules(Database& database, std::string_view sql) {
  const Rules& rules = database.authorizer().rules();
  if (!rules.restrict()) return {};
  // Not left to the authorizer, which lets those of full-text tables pass.
  if (is_pragma(sql))
    return fail(Code::forbidden,
                "refused: under this connection's policy no PRAGMA is run: explore shows what may "
                "be seen");
  if (rules.mask() && joins_by_name(sql))
    return fail(Code::forbidden, "refused: USING and NATURAL could compare masked columns",
                "join with ON, and name the columns");
  DBOPS_TRY(load_rules(database));
  // A virtual table that is used for the first time, also since another program changed the schema,
  // reads the schema, which the policy would refuse: it is used here first.
  static_cast<void>(database.compile(sql));
  return {};
}

}  // namespace dbops::sqlite
