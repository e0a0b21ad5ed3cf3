#include <array>

#include "connectors/postgres/catalog.h"

namespace dbops::postgres {
namespace {

constexpr const char* kFunctions = R"sql(
SELECT 'function ' || p.oid,
       CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate'
                      WHEN 'w' THEN 'window function' ELSE 'function' END,
       '(' || pg_catalog.pg_get_function_arguments(p.oid) || ')'
         || COALESCE(' returns ' || pg_catalog.pg_get_function_result(p.oid), ''),
       pg_catalog.obj_description(p.oid, 'pg_proc'),
       CASE WHEN p.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(p.oid) END,
       pg_catalog.pg_get_userbyid(p.proowner), l.lanname,
       CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
       CASE WHEN p.prosecdef THEN 'definer' END
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE p.oid = ANY ($1::oid[]) ORDER BY p.oid)sql";

constexpr const char* kTypes = R"sql(
SELECT 'type ' || t.oid,
       CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range type'
                      ELSE 'composite type' END,
       CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod)
              || CASE WHEN t.typnotnull THEN ' not null' ELSE '' END
              || COALESCE(' default ' || t.typdefault, '')
            WHEN t.typtype = 'r' THEN (SELECT 'of ' || pg_catalog.format_type(r.rngsubtype, NULL)
                                       FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid) END,
       pg_catalog.obj_description(t.oid, 'pg_type'),
       pg_catalog.pg_get_userbyid(t.typowner)
FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1::oid[]))sql";

// What a type consists of: the labels of an enum, the checks of a domain, the fields of a
// composite.
constexpr const char* kTypeParts = R"sql(
SELECT 'type ' || e.enumtypid, 'label', e.enumlabel::text, ''
FROM (SELECT * FROM pg_catalog.pg_enum WHERE enumtypid = ANY ($1::oid[])
      ORDER BY enumtypid, enumsortorder) e
UNION ALL
SELECT 'type ' || k.contypid, 'check', k.conname, pg_catalog.pg_get_constraintdef(k.oid, true)
FROM pg_catalog.pg_constraint k WHERE k.contypid = ANY ($1::oid[])
UNION ALL
SELECT 'type ' || a.typid, 'field', a.attname, a.type
FROM (SELECT t.oid AS typid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type
      FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid
      WHERE t.oid = ANY ($1::oid[]) AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped
      ORDER BY t.oid, a.attnum) a)sql";

constexpr const char* kSchemas = R"sql(
SELECT 'schema ' || n.oid, pg_catalog.obj_description(n.oid, 'pg_namespace'),
       pg_catalog.pg_get_userbyid(n.nspowner),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c
        WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'f')),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_class c
        WHERE c.relnamespace = n.oid AND c.relkind IN ('v', 'm')),
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid)
FROM pg_catalog.pg_namespace n WHERE n.oid = ANY ($1::oid[]))sql";

Description* target(const Rows& rows, int row, const Targets& targets) {
  const auto found = targets.find(rows.text(row, 0));
  return found == targets.end() ? nullptr : found->second;
}

void add_property(Description& to, const char* name, const Rows& rows, int row, int column) {
  if (!rows.null(row, column)) to.properties.emplace_back(name, rows.string(row, column));
}

// Overloaded functions share a description: their signatures and sources stand one after another.
void read_functions(const Rows& rows, const Targets& targets) {
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, targets);
    if (!to) continue;
    const bool first = to->item.kind.empty();
    to->item.kind = rows.string(row, 1);
    to->item.signature += (first ? "" : "; ") + rows.string(row, 2);
    if (to->item.comment.empty()) to->item.comment = rows.string(row, 3);
    to->definition += (first || rows.null(row, 4) ? "" : "\n") + rows.string(row, 4);
    if (!first) continue;
    add_property(*to, "owner", rows, row, 5);
    add_property(*to, "language", rows, row, 6);
    add_property(*to, "volatility", rows, row, 7);
    add_property(*to, "security", rows, row, 8);
  }
}

void read_types(const Rows& rows, const Rows& parts, const Targets& targets) {
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, targets);
    if (!to) continue;
    to->item.kind = rows.string(row, 1);
    to->item.signature = rows.string(row, 2);
    to->item.comment = rows.string(row, 3);
    add_property(*to, "owner", rows, row, 4);
  }
  for (int row = 0; row < parts.size(); ++row) {
    Description* to = target(parts, row, targets);
    if (!to) continue;
    if (parts.text(row, 1) == "field") {
      ColumnInfo field;
      field.name = parts.string(row, 2);
      field.type = parts.string(row, 3);
      to->columns.push_back(std::move(field));
    } else {
      to->features.push_back({parts.string(row, 1), parts.string(row, 2), parts.string(row, 3)});
    }
  }
}

void read_schemas(const Rows& rows, const Targets& targets) {
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, targets);
    if (!to) continue;
    to->item.kind = "schema";
    to->item.comment = rows.string(row, 1);
    add_property(*to, "owner", rows, row, 2);
    add_property(*to, "tables", rows, row, 3);
    add_property(*to, "views", rows, row, 4);
    add_property(*to, "functions", rows, row, 5);
  }
}

}  // namespace

std::vector<Question> object_questions(const std::string& functions, const std::string& types,
                                       const std::string& schemas) {
  return {
      {kFunctions, {functions}}, {kTypes, {types}}, {kTypeParts, {types}}, {kSchemas, {schemas}}};
}

void read_objects(std::span<const Rows> answers, const Targets& targets) {
  read_functions(answers[0], targets);
  read_types(answers[1], answers[2], targets);
  read_schemas(answers[3], targets);
}

}  // namespace dbops::postgres
