#include <array>

#include "connectors/postgres/catalog.h"

namespace dbops::postgres {
namespace {

constexpr const char* kRelation = R"sql(
SELECT c.oid,
       CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                      WHEN 'f' THEN 'foreign table' WHEN 'S' THEN 'sequence'
                      WHEN 'p' THEN 'partitioned table' ELSE 'table' END,
       CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0
            THEN pg_catalog.round(c.reltuples::numeric)::int8 END,
       CASE WHEN c.relkind IN ('r', 'm', 'S') THEN pg_catalog.pg_total_relation_size(c.oid)
            WHEN c.relkind = 'p' THEN (
              SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(p.relid))::int8
              FROM pg_catalog.pg_partition_tree(c.oid) p WHERE p.isleaf) END,
       pg_catalog.obj_description(c.oid, 'pg_class'),
       pg_catalog.pg_get_userbyid(c.relowner),
       CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid, true) END,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
       (SELECT h.inhparent::pg_catalog.regclass::text FROM pg_catalog.pg_inherits h
        WHERE h.inhrelid = c.oid ORDER BY h.inhseqno LIMIT 1),
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
       CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END,
       CASE WHEN c.relforcerowsecurity THEN 'forced' WHEN c.relrowsecurity THEN 'on' END,
       pg_catalog.array_to_string(c.reloptions, ', '),
       (SELECT s.spcname FROM pg_catalog.pg_tablespace s WHERE s.oid = c.reltablespace),
       (SELECT s.srvname FROM pg_catalog.pg_foreign_table f
        JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid),
       (SELECT pg_catalog.format_type(s.seqtypid, NULL) || ' from ' || s.seqmin
               || ' to ' || s.seqmax
               || ' by ' || s.seqincrement || CASE WHEN s.seqcycle THEN ' cycle' ELSE '' END
        FROM pg_catalog.pg_sequence s WHERE s.seqrelid = c.oid)
FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::oid[]))sql";

constexpr const char* kColumns = R"sql(
SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attgenerated <> '', a.attidentity,
       pg_catalog.col_description(a.attrelid, a.attnum)
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
ORDER BY a.attrelid, a.attnum)sql";

constexpr const char* kLabels = R"sql(
SELECT a.attrelid, a.attname, e.enumlabel
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_enum e ON e.enumtypid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum, e.enumsortorder)sql";

// One row for each column of each index. Bit 1 of indoption: descending.
constexpr const char* kIndexes = R"sql(
SELECT x.indrelid, i.relname, x.indisunique, x.indisprimary, x.indisvalid, m.amname,
       pg_catalog.pg_get_expr(x.indpred, x.indrelid, true),
       pg_catalog.pg_relation_size(i.oid),
       pg_catalog.pg_get_indexdef(i.oid, k.number, true)
         || CASE WHEN k.number > x.indnkeyatts THEN ' included'
                 WHEN x.indoption[k.number - 1] & 1 = 1 THEN ' desc' ELSE '' END
FROM pg_catalog.pg_index x
JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = i.relam
CROSS JOIN LATERAL pg_catalog.generate_series(1, x.indnatts) AS k(number)
WHERE x.indrelid = ANY ($1::oid[])
ORDER BY x.indrelid, x.indisprimary DESC, i.relname, k.number)sql";

constexpr const char* kPrimaryKeys = R"sql(
SELECT k.conrelid, a.attname
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS c(number, place)
JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number
WHERE k.conrelid = ANY ($1::oid[]) AND k.contype = 'p'
ORDER BY k.conrelid, c.place)sql";

// One row for each pair of columns, for both ends: the first column says which end is asked about.
constexpr const char* kForeignKeys = R"sql(
SELECT ends.side, ends.here, k.conname, n.nspname, o.relname, ours.attname, theirs.attname,
       CASE k.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                          WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' END,
       CASE k.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                          WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' END
FROM pg_catalog.pg_constraint k
CROSS JOIN LATERAL (VALUES ('from', k.conrelid, k.confrelid), ('to', k.confrelid, k.conrelid))
  AS ends(side, here, there)
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey))
  WITH ORDINALITY AS c(own, foreign_one, place)
JOIN pg_catalog.pg_class o ON o.oid = ends.there
JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
JOIN pg_catalog.pg_attribute ours ON ours.attrelid = ends.here
  AND ours.attnum = CASE ends.side WHEN 'from' THEN c.own ELSE c.foreign_one END
JOIN pg_catalog.pg_attribute theirs ON theirs.attrelid = ends.there
  AND theirs.attnum = CASE ends.side WHEN 'from' THEN c.foreign_one ELSE c.own END
WHERE k.contype = 'f' AND ends.here = ANY ($1::oid[])
  AND (k.conrelid = ANY ($1::oid[]) OR k.confrelid = ANY ($1::oid[]))
  AND (ends.side = 'from' OR k.conparentid = 0)
ORDER BY ends.side, ends.here, k.conname, k.oid, c.place)sql";

constexpr const char* kFeatures = R"sql(
SELECT k.conrelid AS relation, 1 AS rank,
       CASE k.contype WHEN 'c' THEN 'check' WHEN 'u' THEN 'unique' ELSE 'exclusion' END AS kind,
       k.conname AS name, pg_catalog.pg_get_constraintdef(k.oid, true) AS text
FROM pg_catalog.pg_constraint k
WHERE k.conrelid = ANY ($1::oid[]) AND k.contype IN ('c', 'u', 'x')
UNION ALL
SELECT g.tgrelid, 2, CASE WHEN g.tgenabled = 'D' THEN 'disabled trigger' ELSE 'trigger' END,
       g.tgname, pg_catalog.pg_get_triggerdef(g.oid, true)
FROM pg_catalog.pg_trigger g WHERE g.tgrelid = ANY ($1::oid[]) AND NOT g.tgisinternal
UNION ALL
SELECT p.polrelid, 3, 'policy', p.polname,
       CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END || ' FOR '
       || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
                        WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
       || ' TO ' || COALESCE((SELECT pg_catalog.string_agg(pg_catalog.pg_get_userbyid(r), ', ')
                              FROM pg_catalog.unnest(p.polroles) r WHERE r <> 0), 'PUBLIC')
       || COALESCE(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || COALESCE(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
FROM pg_catalog.pg_policy p WHERE p.polrelid = ANY ($1::oid[])
UNION ALL
SELECT r.ev_class, 4, 'rule', r.rulename, pg_catalog.pg_get_ruledef(r.oid, true)
FROM pg_catalog.pg_rewrite r WHERE r.ev_class = ANY ($1::oid[]) AND r.rulename <> '_RETURN'
UNION ALL
SELECT x.stxrelid, 5, 'statistics', x.stxname, pg_catalog.pg_get_statisticsobjdef(x.oid)
FROM pg_catalog.pg_statistic_ext x WHERE x.stxrelid = ANY ($1::oid[])
UNION ALL
(SELECT h.inhparent, 6, CASE WHEN c.relispartition THEN 'partition' ELSE 'child' END,
        n.nspname || '.' || c.relname,
        COALESCE(pg_catalog.pg_get_expr(c.relpartbound, c.oid), '')
 FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
 JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
 WHERE h.inhparent = ANY ($1::oid[]) ORDER BY 1, 4 LIMIT 1000)
ORDER BY relation, rank, name)sql";

constexpr std::array kQuestions = {kRelation,    kColumns,     kLabels,  kIndexes,
                                   kPrimaryKeys, kForeignKeys, kFeatures};

// The description that a row is about: its oid is in `column`.
Description* target(const Rows& rows, int row, int column, const Targets& targets) {
  const auto found = targets.find(rows.text(row, column));
  return found == targets.end() ? nullptr : found->second;
}

void read_relation(const Rows& rows, const Targets& targets) {
  constexpr int kFirstProperty = 7;
  constexpr std::array<const char*, 9> kProperties = {
      "partition key", "parent",     "partition bound", "persistence", "row level security",
      "options",       "tablespace", "server",          "sequence"};
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, 0, targets);
    if (!to) continue;
    to->item.kind = rows.string(row, 1);
    to->item.rows = rows.integer(row, 2);
    to->item.bytes = rows.integer(row, 3);
    to->item.comment = rows.string(row, 4);
    to->properties.emplace_back("owner", rows.string(row, 5));
    to->definition = rows.string(row, 6);
    for (size_t i = 0; i < kProperties.size(); ++i) {
      const int column = kFirstProperty + static_cast<int>(i);
      if (!rows.text(row, column).empty())
        to->properties.emplace_back(kProperties[i], rows.string(row, column));
    }
  }
}

void read_columns(const Rows& rows, const Rows& labels, const Targets& targets) {
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, 0, targets);
    if (!to) continue;
    ColumnInfo column;
    column.name = rows.string(row, 1);
    column.type = rows.string(row, 2);
    column.nullable = !rows.boolean(row, 3);
    (rows.boolean(row, 5) ? column.generated : column.fallback) = rows.string(row, 4);
    if (!rows.text(row, 6).empty()) column.generated = "identity";
    column.comment = rows.string(row, 7);
    to->columns.push_back(std::move(column));
  }
  for (int row = 0; row < labels.size(); ++row) {
    Description* to = target(labels, row, 0, targets);
    if (!to) continue;
    for (ColumnInfo& column : to->columns)
      if (column.name == labels.text(row, 1)) column.labels.push_back(labels.string(row, 2));
  }
}

void read_indexes(const Rows& rows, const Targets& targets) {
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, 0, targets);
    if (!to) continue;
    if (to->indexes.empty() || to->indexes.back().name != rows.text(row, 1)) {
      IndexInfo index;
      index.name = rows.string(row, 1);
      index.unique = rows.boolean(row, 2);
      index.primary = rows.boolean(row, 3);
      index.valid = rows.boolean(row, 4);
      index.method = rows.string(row, 5);
      index.condition = rows.string(row, 6);
      index.bytes = rows.integer(row, 7);
      to->indexes.push_back(std::move(index));
    }
    to->indexes.back().columns.push_back(rows.string(row, 8));
  }
}

void read_foreign_keys(const Rows& rows, const Targets& targets) {
  for (int row = 0; row < rows.size(); ++row) {
    Description* to = target(rows, row, 1, targets);
    if (!to) continue;
    auto& keys = rows.text(row, 0) == "from" ? to->references : to->referenced_by;
    const std::vector<std::string> other = {rows.string(row, 3), rows.string(row, 4)};
    if (keys.empty() || keys.back().name != rows.text(row, 2) || keys.back().other_path != other)
      keys.push_back({.name = rows.string(row, 2),
                      .columns = {},
                      .other_path = other,
                      .other_columns = {},
                      .on_delete = rows.string(row, 7),
                      .on_update = rows.string(row, 8)});
    keys.back().columns.push_back(rows.string(row, 5));
    keys.back().other_columns.push_back(rows.string(row, 6));
  }
}

}  // namespace

std::vector<Question> relation_questions(const std::string& oids) {
  std::vector<Question> questions;
  for (const char* sql : kQuestions) questions.push_back({sql, {oids}});
  return questions;
}

void read_relations(std::span<const Rows> answers, const Targets& targets) {
  read_relation(answers[0], targets);
  read_columns(answers[1], answers[2], targets);
  read_indexes(answers[3], targets);
  for (int row = 0; row < answers[4].size(); ++row)
    if (Description* to = target(answers[4], row, 0, targets))
      to->primary_key.push_back(answers[4].string(row, 1));
  read_foreign_keys(answers[5], targets);
  const Rows& features = answers[6];
  for (int row = 0; row < features.size(); ++row)
    if (Description* to = target(features, row, 0, targets))
      to->features.push_back(
          {features.string(row, 2), features.string(row, 3), features.string(row, 4)});
}

}  // namespace dbops::postgres
