#include "connectors/sqlite/schema.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "connectors/sqlite/ddl.h"

namespace dbops::sqlite {
namespace {

constexpr int kNamesMax = 10'000;  // looked through for a near one

// The suffixes of the tables in which the virtual tables that SQLite brings keep their data.
constexpr std::string_view kShadowSuffixes[] = {"_config", "_content",  "_data",   "_docsize",
                                                "_idx",    "_node",     "_parent", "_rowid",
                                                "_segdir", "_segments", "_stat"};

// "notes" of "notes_data"; empty when no virtual table could have such a shadow.
std::string_view shadowed(std::string_view name) {
  for (const std::string_view suffix : kShadowSuffixes)
    if (name.size() > suffix.size() &&
        same_ignoring_case(name.substr(name.size() - suffix.size()), suffix))
      return name.substr(0, name.size() - suffix.size());
  return {};
}

constexpr std::string_view kRelation =
    "SELECT name, CASE WHEN type = 'view' THEN 'view' WHEN rootpage = 0 THEN 'virtual table' "
    "ELSE 'table' END AS kind FROM sqlite_schema WHERE type IN ('table', 'view') ";

Relation read_relation(const Rows& rows) { return {rows.text(0), rows.text(1)}; }

Result<std::optional<Relation>> find_relation(Database& database, const std::string& name) {
  for (const std::string_view schema : {"sqlite_schema", "sqlite_master"})
    if (same_ignoring_case(name, schema)) return Relation{std::string(schema), "table"};
  DBOPS_ASSIGN(Rows rows,
               database.ask(std::string(kRelation) + "AND name = ? COLLATE NOCASE", name));
  DBOPS_ASSIGN(const bool found, rows.next());
  if (!found) return std::nullopt;
  Relation relation = read_relation(rows);
  if (const std::string_view of = shadowed(relation.name);
      !of.empty() && relation.kind == "table") {
    DBOPS_ASSIGN(const auto owner, find_relation(database, std::string(of)));
    if (owner && owner->kind == "virtual table") relation.kind = "shadow table";
  }
  return relation;
}

tl::unexpected<Error> unknown(Database& database, const std::string& name) {
  std::vector<std::string> names;
  if (auto rows = database.ask(
          "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"))
    for (int i = 0; i < kNamesMax; ++i) {
      const auto more = rows->next();
      if (!more || !*more) break;
      names.push_back(rows->text(0));
    }
  const auto meant = nearest(name, names);
  return fail(
      Code::not_found,
      "there is no table, view, index or trigger named " + escape_control(shorten(name, 80)),
      meant ? "did you mean " + escape_control(*meant) + "?"
            : "list what there is with an empty path");
}

// An index or trigger.
Result<Target> find_other(Database& database, const std::string& name) {
  DBOPS_ASSIGN(Rows rows,
               database.ask("SELECT type, name, tbl_name FROM sqlite_schema WHERE name = ? "
                            "COLLATE NOCASE AND type IN ('index','trigger')",
                            name));
  DBOPS_ASSIGN(const bool found, rows.next());
  if (!found) return unknown(database, name);
  DBOPS_ASSIGN(auto relation, find_relation(database, rows.text(2)));
  const auto type = rows.text(0) == "index" ? Target::Type::index : Target::Type::trigger;
  return Target{type, relation.value_or(Relation{rows.text(2), "table"}), rows.text(1)};
}

Result<Target> find_column(Database& database, Relation relation, const std::string& name) {
  DBOPS_ASSIGN(const auto facts, columns(database, relation));
  std::vector<std::string> names;
  for (const ColumnFacts& column : facts) {
    if (same_ignoring_case(column.info.name, name))
      return Target{Target::Type::column, std::move(relation), column.info.name};
    names.push_back(column.info.name);
  }
  const auto meant = nearest(name, names);
  return fail(
      Code::not_found,
      escape_control(relation.name) + " has no column named " + escape_control(shorten(name, 80)),
      meant ? "did you mean " + escape_control(*meant) + "?" : "");
}

std::string rule(const std::string& text) { return text == "NO ACTION" ? std::string() : text; }

// Reads rows of pragma_foreign_key_list, one for each column, behind the table's name.
Result<std::vector<Link>> read_links(Rows rows) {
  std::vector<Link> links;
  int64_t last = -1;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return links;
    const std::string table = rows.text(0);
    if (rows.integer(1) != last || links.empty() || links.back().table != table) {
      Link link;
      link.table = table;
      link.key.other_path = {rows.text(2)};
      link.key.on_update = rule(rows.text(5));
      link.key.on_delete = rule(rows.text(6));
      links.push_back(std::move(link));
      last = rows.integer(1);
    }
    links.back().key.columns.push_back(rows.text(3));
    if (!rows.null(4)) links.back().key.other_columns.push_back(rows.text(4));
  }
}

// A key that names no columns at the other end means its primary key.
Result<void> complete(Database& database, std::vector<Link>& links) {
  std::map<std::string, std::vector<std::string>> known;
  for (Link& link : links) {
    if (!link.key.other_columns.empty()) continue;
    const std::string& other = link.key.other_path[0];
    if (!known.contains(other)) {
      auto& key = known[other];
      DBOPS_ASSIGN(
          Rows rows,
          database.ask("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", other));
      for (;;) {
        DBOPS_ASSIGN(const bool more, rows.next());
        if (!more) break;
        key.push_back(rows.text(0));
      }
    }
    link.key.other_columns = known[other];
  }
  return {};
}

}  // namespace

Result<std::vector<Relation>> relations(Database& database) {
  DBOPS_ASSIGN(Rows rows,
               database.ask(std::string(kRelation) +
                            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                            "ORDER BY CASE kind WHEN 'table' THEN 0 WHEN 'virtual table' "
                            "THEN 1 ELSE 2 END, name"));
  std::vector<Relation> found;
  std::set<std::string> virtual_tables;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) break;
    found.push_back(read_relation(rows));
    if (found.back().kind == "virtual table") virtual_tables.insert(lower(found.back().name));
  }
  std::erase_if(found, [&](const Relation& each) {
    return each.kind == "table" && virtual_tables.contains(lower(shadowed(each.name)));
  });
  return found;
}

Result<Target> find_target(Database& database, const std::vector<std::string>& path) {
  if (path.empty()) return Target{};
  DBOPS_ASSIGN(auto first, find_relation(database, path[0]));
  if (same_ignoring_case(path[0], "main")) {
    const bool below = path.size() > 1;
    if (!below && !first) return Target{};
    // Of a table named main, main.x may be a column: what exists as a relation comes first.
    if (below) {
      const std::vector<std::string> rest(path.begin() + 1, path.end());
      auto target = find_target(database, rest);
      if (target || !first) return target;
    }
  }
  if (!first) {
    if (path.size() == 1) return find_other(database, path[0]);
    return unknown(database, path[0]);
  }
  if (path.size() == 1) return Target{Target::Type::relation, *std::move(first), {}};
  if (path.size() == 2) return find_column(database, *std::move(first), path[1]);
  return fail(Code::not_found, "nothing stands below a column of " + escape_control(first->name));
}

Result<std::string> definition(Database& database, std::string_view type, std::string_view name) {
  return database.ask_text("SELECT sql FROM sqlite_schema WHERE type = ? AND name = ?", type, name);
}

Result<std::vector<ColumnFacts>> columns(Database& database, const Relation& relation) {
  DBOPS_ASSIGN(Rows rows, database.ask("SELECT name, type, \"notnull\", dflt_value, pk, hidden "
                                       "FROM pragma_table_xinfo(?)",
                                       relation.name));
  std::vector<ColumnFacts> found;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) break;
    ColumnFacts column;
    column.info.name = rows.text(0);
    column.info.type = rows.text(1);
    column.info.nullable = rows.integer(2) == 0;
    column.info.fallback = rows.text(3);
    column.primary = rows.integer(4);
    column.hidden = rows.integer(5) == 1;
    column.generated = rows.integer(5) > 1;
    found.push_back(std::move(column));
  }
  // An INTEGER PRIMARY KEY is the rowid; in other keys of a table with rowids SQLite lets NULL
  // stand.
  const auto in_key =
      std::count_if(found.begin(), found.end(), [](const auto& each) { return each.primary > 0; });
  for (ColumnFacts& column : found)
    if (column.primary > 0 && in_key == 1 && same_ignoring_case(column.info.type, "INTEGER"))
      column.info.nullable = false;
  return found;
}

Result<std::vector<IndexInfo>> indexes(Database& database, const std::string& table) {
  DBOPS_ASSIGN(Rows rows, database.ask("SELECT l.name, l.\"unique\", l.origin, s.sql "
                                       "FROM pragma_index_list(?) l LEFT JOIN sqlite_schema s "
                                       "ON s.type = 'index' AND s.name = l.name ORDER BY l.name",
                                       table));
  std::vector<IndexInfo> found;
  for (;;) {
    DBOPS_ASSIGN(const bool more, rows.next());
    if (!more) return found;
    IndexInfo index;
    index.name = rows.text(0);
    index.unique = rows.integer(1) != 0;
    index.primary = rows.text(2) == "pk";
    index.method = "btree";
    const IndexText text = read_index_text(rows.text(3));
    index.condition = text.condition;
    DBOPS_ASSIGN(Rows terms,
                 database.ask("SELECT seqno, name, \"desc\", coll FROM pragma_index_xinfo(?) "
                              "WHERE key = 1 ORDER BY seqno",
                              index.name));
    for (;;) {
      DBOPS_ASSIGN(const bool another, terms.next());
      if (!another) break;
      const auto place = static_cast<size_t>(terms.integer(0));
      std::string term = terms.text(1);
      // An expression has no name, only its text, which says its collation as well.
      if (terms.null(1))
        term = place < text.terms.size() ? text.terms[place] : "(expression)";
      else if (!same_ignoring_case(terms.text(3), "BINARY"))
        term += " collate " + terms.text(3);
      index.columns.push_back(term + (terms.integer(2) != 0 ? " desc" : ""));
    }
    found.push_back(std::move(index));
  }
}

Result<std::vector<Link>> foreign_keys(Database& database, const std::string& table) {
  DBOPS_ASSIGN(Rows rows,
               database.ask("SELECT ?1, id, \"table\", \"from\", \"to\", on_update, on_delete "
                            "FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
                            table));
  DBOPS_ASSIGN(auto links, read_links(std::move(rows)));
  DBOPS_TRY(complete(database, links));
  return links;
}

Result<std::vector<Link>> all_foreign_keys(Database& database) {
  DBOPS_ASSIGN(
      Rows rows,
      database.ask(
          "SELECT s.name, k.id, k.\"table\", k.\"from\", k.\"to\", k.on_update, k.on_delete "
          "FROM sqlite_schema s JOIN pragma_foreign_key_list(s.name) k "
          "WHERE s.type = 'table' AND s.sql LIKE '%references%' "
          "ORDER BY s.name, k.id DESC, k.seq"));
  DBOPS_ASSIGN(auto links, read_links(std::move(rows)));
  DBOPS_TRY(complete(database, links));
  return links;
}

}  // namespace dbops::sqlite
