// Catalogue listings and the search for names.
#include <algorithm>
#include <array>
#include <span>

#include "base/text.h"
#include "connectors/postgres/catalog.h"

namespace dbops::postgres {
namespace {

// What was asked, each NULL where it was not: a schema, a relation in it, a pattern for ILIKE.
constexpr std::string_view kAsked =
    "WITH asked AS (SELECT $1::text AS schema, $2::text AS relation, $3::text AS pattern)";

// Each part answers (rank, kind, schema, name, member, oid, class, rows); kInSchemas follows it.
// TimescaleDB's schemas are the system's as well: a chunk is listed where it is asked for.
constexpr std::string_view kInSchemas = R"sql(
  AND (n.nspname = asked.schema OR asked.schema IS NULL
       AND n.nspname !~ '^(pg_|_?timescaledb_)' AND n.nspname <> 'information_schema'))sql";

constexpr std::string_view kSchemas = R"sql(
SELECT 0 AS rank, 'schema' AS kind, n.nspname AS schema, NULL::name AS name, NULL::name AS member,
       n.oid AS oid, 'pg_namespace' AS class, NULL::float4 AS rows
FROM asked, pg_catalog.pg_namespace n
WHERE (asked.pattern IS NULL OR n.nspname ILIKE asked.pattern))sql";

constexpr std::string_view kRelations = R"sql(
SELECT CASE c.relkind WHEN 'v' THEN 2 WHEN 'm' THEN 3 WHEN 'f' THEN 4 WHEN 'S' THEN 5 ELSE 1 END
         AS rank,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                      WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
                      WHEN 'p' THEN 'partitioned table' ELSE 'table' END AS kind,
       n.nspname AS schema, c.relname AS name, NULL::name AS member, c.oid AS oid,
       'pg_class' AS class,
       CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0 THEN c.reltuples END AS rows
FROM asked, pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND (asked.pattern IS NULL OR c.relname ILIKE asked.pattern))sql";

// What extensions brought is theirs: a thousand functions of PostGIS would hide the user's own. Nor
// are those listed that a range type brought ('i').
constexpr std::string_view kFunctions = R"sql(
SELECT 6, CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
                         WHEN 'w' THEN 'window function' ELSE 'function' END,
       n.nspname, p.proname, NULL, p.oid, 'pg_proc', NULL
FROM asked, pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE (asked.pattern IS NULL OR p.proname ILIKE asked.pattern)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype IN ('e', 'i')
                  AND d.objid = p.oid
                  AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass))sql";

constexpr std::string_view kTypes = R"sql(
SELECT 7, CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type'
                         ELSE 'composite type' END,
       n.nspname, t.typname, NULL, t.oid, 'pg_type', NULL
FROM asked, pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND EXISTS (
         SELECT FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
  AND (asked.pattern IS NULL OR t.typname ILIKE asked.pattern)
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e' AND d.objid = t.oid
                  AND d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass))sql";

constexpr std::string_view kColumns = R"sql(
SELECT 8 AS rank, 'column' AS kind, n.nspname AS schema, c.relname AS name, a.attname AS member,
       a.attrelid AS oid, 'pg_class' AS class, NULL::float4 AS rows
FROM asked, pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attname ILIKE asked.pattern
  AND (asked.relation IS NULL OR c.relname = asked.relation))sql";

constexpr std::string_view kIndexes = R"sql(
SELECT 9, 'index', n.nspname, c.relname, i.relname, i.oid, 'pg_class', NULL
FROM asked, pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_class c ON c.oid = x.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE i.relname ILIKE asked.pattern
  AND (asked.relation IS NULL OR c.relname = asked.relation))sql";

// A primary key's index is listed already; 'n' is PostgreSQL 18's NOT NULL.
constexpr std::string_view kConstraints = R"sql(
SELECT 10, 'constraint', n.nspname, c.relname, k.conname, k.oid, 'pg_constraint', NULL
FROM asked, pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype NOT IN ('p', 'n') AND k.conname ILIKE asked.pattern
  AND (asked.relation IS NULL OR c.relname = asked.relation))sql";

constexpr std::string_view kTriggers = R"sql(
SELECT 11, 'trigger', n.nspname, c.relname, g.tgname, g.oid, 'pg_trigger', NULL
FROM asked, pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT g.tgisinternal AND g.tgname ILIKE asked.pattern
  AND (asked.relation IS NULL OR c.relname = asked.relation))sql";

// What costs something is worked out for the page alone, a row `t` of the above.
constexpr std::string_view kPage = R"sql(
SELECT t.kind, t.schema, t.name, t.member, pg_catalog.round(t.rows::numeric)::int8,
  CASE t.rank
    WHEN 1 THEN (SELECT 'partition of ' || h.inhparent::pg_catalog.regclass
                 FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
                 WHERE h.inhrelid = t.oid AND c.relispartition)
    WHEN 6 THEN '(' || pg_catalog.pg_get_function_arguments(t.oid) || ')'
                || COALESCE(' returns ' || pg_catalog.pg_get_function_result(t.oid), '')
    WHEN 7 THEN (SELECT pg_catalog.format_type(y.typbasetype, y.typtypmod)
                 FROM pg_catalog.pg_type y WHERE y.oid = t.oid AND y.typtype = 'd')
    WHEN 8 THEN (SELECT pg_catalog.format_type(a.atttypid, a.atttypmod)
                        || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                 FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attname = t.member)
    WHEN 9 THEN pg_catalog.substring(pg_catalog.pg_get_indexdef(t.oid), ' USING (.*)$')
    WHEN 10 THEN pg_catalog.pg_get_constraintdef(t.oid, true)
  END,
  CASE WHEN t.rank = 8
    THEN (SELECT pg_catalog.col_description(t.oid, a.attnum)
          FROM pg_catalog.pg_attribute a WHERE a.attrelid = t.oid AND a.attname = t.member)
    ELSE pg_catalog.obj_description(t.oid, t.class::name) END
FROM (SELECT * FROM ()sql";

constexpr std::string_view kPageEnd = R"sql() everything
      ORDER BY rank, schema, name, member OFFSET $4::int8 LIMIT $5::int8) t
ORDER BY t.rank, t.schema, t.name, t.member)sql";

constexpr const char* kColumnsOfRelation = R"sql(
SELECT 'column', n.nspname, c.relname, a.attname, NULL::int8,
       pg_catalog.format_type(a.atttypid, a.atttypmod)
         || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
       pg_catalog.col_description(a.attrelid, a.attnum)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::text AND c.relname = $2::text AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum OFFSET $3::int8 LIMIT $4::int8)sql";

// ILIKE's pattern: what the text is part of, or, with * and ?, what the whole name is like.
std::string like_pattern(std::string_view text) {
  const bool whole = text.find_first_of("*?") != std::string_view::npos;
  std::string pattern;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c == '*' ? '%' : c == '?' ? '_' : c;
  }
  return whole ? pattern : '%' + pattern + '%';
}

std::string page_query(std::span<const std::string_view> parts) {
  std::string sql(kAsked);
  sql += kPage;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) sql += " UNION ALL ";
    sql.append(parts[i]).append(kInSchemas);
  }
  return sql += kPageEnd;
}

std::string query_for(const std::vector<std::string>& path, bool searching) {
  using Parts = std::vector<std::string_view>;
  const Parts inside = {kColumns, kIndexes, kConstraints, kTriggers};
  if (path.size() >= 2) return page_query(inside);
  Parts parts = path.empty() && searching ? Parts{kSchemas} : Parts{};
  if (path.empty() && !searching) return page_query(Parts{kSchemas});
  for (const auto part : {kRelations, kFunctions, kTypes}) parts.push_back(part);
  if (searching) parts.insert(parts.end(), inside.begin(), inside.end());
  return page_query(parts);
}

Item read_item(const Rows& rows, int row) {
  Item item;
  item.kind = rows.string(row, 0);
  for (int part = 1; part <= 3; ++part)
    if (!rows.null(row, part)) item.path.push_back(rows.string(row, part));
  item.rows = rows.integer(row, 4);
  item.signature = rows.string(row, 5);
  item.comment = rows.string(row, 6);
  return item;
}

}  // namespace

Result<Catalog::Listing> PostgresCatalog::list_once(const Context& context,
                                                    const std::vector<std::string>& path,
                                                    const Search& search) {
  const bool searching = !search.pattern.empty();
  const auto part = [&](size_t index) {
    return path.size() > index ? std::optional(path[index]) : std::nullopt;
  };
  const std::string offset = std::to_string(search.offset);
  const std::string limit = std::to_string(search.limit + 1);
  Question question;
  std::string sql;
  if (path.size() == 2 && !searching) {
    question = {kColumnsOfRelation, {path[0], path[1], offset, limit}};
  } else {
    sql = query_for(path, searching);
    const auto pattern = searching ? std::optional(like_pattern(search.pattern)) : std::nullopt;
    question = {sql.c_str(), {part(0), part(1), pattern, offset, limit}};
  }
  DBOPS_ASSIGN(const Rows rows, core_.link().ask(context, question));
  Listing listing;
  for (int row = 0; row < rows.size(); ++row) listing.items.push_back(read_item(rows, row));
  listing.truncated = listing.items.size() > search.limit;
  if (listing.truncated) listing.items.pop_back();
  return listing;
}

Result<Catalog::Listing> PostgresCatalog::list(const Context& context,
                                               const std::vector<std::string>& path,
                                               const Search& search) {
  DBOPS_TRY(core_.make_ready(context));
  if (path.size() > 2) return describe(context, {path}).map([](auto) { return Listing(); });
  DBOPS_ASSIGN(Listing listing, list_once(context, path, search));
  if (!listing.items.empty() || path.empty()) return listing;
  // Nothing there: is there such a place at all, or is it a relation named without its schema?
  DBOPS_ASSIGN(const std::vector<Place> places, find_places(context, core_.link(), {path}));
  if (places.front().path == path) return listing;
  return list_once(context, places.front().path, search);
}

}  // namespace dbops::postgres
