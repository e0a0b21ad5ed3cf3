#include "connectors/postgres/ruling.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace dbops::postgres {
namespace {

// Each relation that the names find, with all it inherits from and all that inherits from it: rows
// of one are read through the other. A name that finds nothing has no row. At last, whether one of
// the attributes is a function of the server that takes any row: `u.to_json`.
constexpr const char* kRelations = R"sql(
WITH RECURSIVE named AS (
  SELECT pg_catalog.to_regclass(t.name)::pg_catalog.oid AS oid
  FROM pg_catalog.unnest($1::pg_catalog.text[]) AS t(name)
), up(oid) AS (
  SELECT oid FROM named WHERE oid IS NOT NULL
  UNION SELECT i.inhparent FROM up JOIN pg_catalog.pg_inherits i ON i.inhrelid = up.oid
), down(oid) AS (
  SELECT oid FROM named WHERE oid IS NOT NULL
  UNION SELECT i.inhrelid FROM down JOIN pg_catalog.pg_inherits i ON i.inhparent = down.oid
)
SELECT n.nspname, c.relname, c.relkind::pg_catalog.text,
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) ELSE '' END,
       c.oid::pg_catalog.text,
       EXISTS (SELECT FROM pg_catalog.pg_proc p
               JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0]
               WHERE p.proname = ANY ($2::pg_catalog.text[])
                 AND p.pronargs - p.pronargdefaults <= 1
                 AND t.typname IN ('any', 'anycompatible', 'anycompatiblenonarray', 'anyelement',
                                   'anynonarray', 'record'))
FROM (SELECT oid FROM up UNION SELECT oid FROM down) AS found
JOIN pg_catalog.pg_class c ON c.oid = found.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)sql";

// A name that somebody has given a function of their own, and operators and casts that run code
// which could read a table.
constexpr const char* kOwnCode = R"sql(
SELECT p.proname FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname <> 'pg_catalog'
  AND (p.proname = ANY ($1::pg_catalog.text[])
       OR (p.pronargs > 0 AND p.pronargs - p.pronargdefaults <= 1
           AND p.proname = ANY ($2::pg_catalog.text[])))
UNION ALL
SELECT p.proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE l.lanname NOT IN ('internal', 'c') AND p.oid >= 16384
  AND (EXISTS (SELECT FROM pg_catalog.pg_operator o WHERE o.oprcode = p.oid)
       OR EXISTS (SELECT FROM pg_catalog.pg_cast c WHERE c.castfunc = p.oid))
LIMIT 1)sql";

// Functions of pg_catalog that read tables, or tell of what is in them.
constexpr auto kReaders = std::to_array<std::string_view>(
    {"ts_stat", "ts_rewrite", "currtid2", "nextval", "currval", "lastval", "col_description",
     "obj_description", "shobj_description", "loread", "set_config", "current_setting"});

bool reads(std::string_view function) {
  return function.starts_with("pg_") || function.starts_with("lo_") ||
         function.starts_with("has_") || function.find("_to_xml") != std::string_view::npos ||
         std::find(kReaders.begin(), kReaders.end(), function) != kReaders.end();
}

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

tl::unexpected<Error> refuse(std::string what) {
  return fail(Code::forbidden, "refused by the policy of this connection: " + std::move(what),
              "explore shows what may be seen, list_connections the policy");
}

std::vector<std::string> list(const std::set<std::string>& names) {
  return {names.begin(), names.end()};
}

}  // namespace

Result<void> Ruling::check(const Context& context, Link& link, std::string_view statement) const {
  if (!restricts()) return {};
  DBOPS_ASSIGN(const Names names, names_of(statement));
  if (names.kind != "SelectStmt" && names.kind != "ExplainStmt")
    return refuse("only SELECT, VALUES and EXPLAIN are held against rules of tables");
  std::set<std::string> views;
  return check_names(context, link, names, views);
}

Result<void> Ruling::check_table(const std::string& schema, const std::string& table) const {
  if (access_.table(schema, table, Access::Case::counts)) return {};
  return refuse("it does not have the table " + escape_control(schema + "." + table));
}

Result<void> Ruling::check_names(const Context& context, Link& link, const Names& names,
                                 std::set<std::string>& views) const {
  DBOPS_TRY(check_functions(context, link, names));
  if (names.relations.empty()) return {};
  std::vector<std::string> wanted;
  for (const RelationName& name : names.relations)
    wanted.push_back((name.schema.empty() ? "" : quoted(name.schema) + ".") + quoted(name.name));
  DBOPS_ASSIGN(const Rows rows,
               link.ask(context, {.sql = kRelations,
                                  .parameters = {array_literal(wanted),
                                                 array_literal(list(names.attributes))}}));
  for (int row = 0; row < rows.size(); ++row) {
    const std::string schema = rows.string(row, 0);
    const std::string table = rows.string(row, 1);
    if (schema.starts_with("pg_") || schema == "information_schema")
      return refuse("the catalogue's " + escape_control(schema + "." + table) + " is not read");
    DBOPS_TRY(check_table(schema, table));
    if (access_.has_masks(schema, table)) {
      const auto hidden = [&](const std::string& name) {
        return access_.masked(schema, table, name);
      };
      const bool named = std::any_of(names.identifiers.begin(), names.identifiers.end(), hidden);
      const bool whole =
          std::any_of(names.last_fields.begin(), names.last_fields.end(),
                      [&](const std::string& name) { return names.aliases.contains(name); });
      const bool called = rows.boolean(row, 5);
      // PostgreSQL writes a view's columns out, so a star can't hide there.
      if (named || whole || called || names.natural || names.renames || names.star)
        return refuse(
            "the statement could read a masked column of " + escape_control(schema + "." + table) +
            "; name other columns one by one, without *, NATURAL, whole rows or functions of them");
    }
    const std::string kind = rows.string(row, 2);
    if ((kind != "v" && kind != "m") || !views.insert(rows.string(row, 4)).second) continue;
    if (views.size() > kViewsMax) return refuse("it goes through too many views");
    DBOPS_ASSIGN(Names inner, names_of(rows.string(row, 3)));
    inner.attributes.clear();  // PostgreSQL writes a call out as one.
    DBOPS_TRY(check_names(context, link, inner, views));
  }
  return {};
}

Result<void> Ruling::check_functions(const Context& context, Link& link, const Names& names) const {
  for (const std::string& function : names.functions)
    if (reads(function))
      return refuse("the function " + escape_control(function) + "() could tell of other tables");
  DBOPS_ASSIGN(const Rows rows,
               link.ask(context, {.sql = kOwnCode,
                                  .parameters = {array_literal(list(names.functions)),
                                                 array_literal(list(names.identifiers))}}));
  if (rows.size() == 0) return {};
  return refuse("what the function " + escape_control(rows.string(0, 0)) +
                "() reads can't be told");
}

}  // namespace dbops::postgres
