#include "connectors/timescaledb/catalog.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "connectors/timescaledb/session.h"

namespace dbops::timescaledb {
namespace {

using postgres::Question;
using postgres::Rows;

// Of the relations that are asked for ($1 schemas, $2 names, side by side), which are more than
// tables and views: kind, schema, name, chunks, and of a hypertable rows and bytes. {} is where the
// extension's functions stand.
constexpr std::string_view kKinds = R"sql(
WITH asked AS (SELECT * FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name))
SELECT 'hypertable', h.hypertable_schema, h.hypertable_name, h.num_chunks,
       nullif({}.approximate_row_count(r.id), 0), {}.hypertable_size(r.id)
FROM asked JOIN timescaledb_information.hypertables h
  ON h.hypertable_schema = asked.schema AND h.hypertable_name = asked.name,
     LATERAL (SELECT pg_catalog.format('%I.%I', h.hypertable_schema, h.hypertable_name)
                ::pg_catalog.regclass AS id) r
UNION ALL
SELECT 'continuous aggregate', v.view_schema, v.view_name, h.num_chunks, NULL, NULL
FROM asked JOIN timescaledb_information.continuous_aggregates v
  ON v.view_schema = asked.schema AND v.view_name = asked.name
LEFT JOIN timescaledb_information.hypertables h
  ON h.hypertable_schema = v.materialization_hypertable_schema
 AND h.hypertable_name = v.materialization_hypertable_name)sql";

// The questions below answer (schema, name, kind, feature's name, text), and take the same asked.
constexpr const char* kDimensions = R"sql(
SELECT d.hypertable_schema, d.hypertable_name, 'dimension', d.column_name,
       pg_catalog.lower(d.dimension_type) || ', '
         || coalesce('chunks of ' || coalesce(d.time_interval::text, d.integer_interval::text),
                     d.num_partitions || ' partitions')
FROM timescaledb_information.dimensions d
JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
  ON d.hypertable_schema = a.schema AND d.hypertable_name = a.name
ORDER BY d.dimension_number)sql";

// A policy on a continuous aggregate is one on the hypertable that keeps it.
constexpr const char* kPolicies = R"sql(
SELECT a.schema, a.name, 'policy', j.proc_name || ' (job ' || j.job_id || ')',
       'every ' || j.schedule_interval || CASE WHEN j.scheduled THEN ', ' ELSE ', paused, ' END
         || coalesce(j.config - 'hypertable_id' - 'mat_hypertable_id', '{}')::text
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
LEFT JOIN timescaledb_information.continuous_aggregates v
  ON v.view_schema = a.schema AND v.view_name = a.name
JOIN timescaledb_information.jobs j
  ON j.hypertable_schema IN (a.schema, v.materialization_hypertable_schema)
 AND j.hypertable_name IN (a.name, v.materialization_hypertable_name)
ORDER BY j.job_id)sql";

constexpr const char* kCompression = R"sql(
SELECT s.hypertable_schema, s.hypertable_name, 'compression', s.attname,
       CASE WHEN s.segmentby_column_index IS NOT NULL THEN 'segment by'
            ELSE 'order by' || CASE WHEN s.orderby_asc THEN '' ELSE ' desc' END END
FROM timescaledb_information.compression_settings s
JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
  ON s.hypertable_schema = a.schema AND s.hypertable_name = a.name
WHERE s.segmentby_column_index IS NOT NULL OR s.orderby_column_index IS NOT NULL
ORDER BY s.segmentby_column_index, s.orderby_column_index)sql";

constexpr const char* kGained = R"sql(
SELECT h.schema_name, h.table_name, 'compression', 'gained',
       pg_catalog.format('%s chunks, %s before, %s now: 1 to %s', pg_catalog.count(*),
         pg_catalog.pg_size_pretty(pg_catalog.sum(b.before)),
         pg_catalog.pg_size_pretty(pg_catalog.sum(b.after)),
         pg_catalog.round(pg_catalog.sum(b.before) / greatest(pg_catalog.sum(b.after), 1), 1))
FROM _timescaledb_catalog.compression_chunk_size s
CROSS JOIN LATERAL (SELECT
    s.uncompressed_heap_size + s.uncompressed_toast_size + s.uncompressed_index_size AS before,
    s.compressed_heap_size + s.compressed_toast_size + s.compressed_index_size AS after) b
JOIN _timescaledb_catalog.chunk c ON c.id = s.chunk_id
JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id
JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
  ON h.schema_name = a.schema AND h.table_name = a.name
GROUP BY 1, 2)sql";

constexpr const char* kNewestChunks = R"sql(
SELECT c.hypertable_schema, c.hypertable_name, 'chunk',
       pg_catalog.format('%I.%I', c.chunk_schema, c.chunk_name),
       coalesce(c.range_start::text, c.range_start_integer::text) || ' to '
         || coalesce(c.range_end::text, c.range_end_integer::text)
         || CASE WHEN c.is_compressed THEN ', compressed' ELSE '' END
FROM (SELECT i.*, pg_catalog.row_number() OVER (PARTITION BY hypertable_schema, hypertable_name
        ORDER BY range_start DESC, range_start_integer DESC) AS place
      FROM timescaledb_information.chunks i
      JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
        ON i.hypertable_schema = a.schema AND i.hypertable_name = a.name) c
WHERE c.place <= $3::int8 ORDER BY c.place)sql";

constexpr const char* kAggregates = R"sql(
SELECT v.view_schema, v.view_name, coalesce(p.user_view_schema, v.hypertable_schema),
       coalesce(p.user_view_name, v.hypertable_name), v.materialized_only, v.view_definition
FROM timescaledb_information.continuous_aggregates v
JOIN _timescaledb_catalog.continuous_agg c
  ON c.user_view_schema = v.view_schema AND c.user_view_name = v.view_name
LEFT JOIN _timescaledb_catalog.continuous_agg p
  ON p.mat_hypertable_id = c.parent_mat_hypertable_id
JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS a (schema, name)
  ON v.view_schema = a.schema AND v.view_name = a.name)sql";

struct Asked {
  std::vector<std::string> schemas;
  std::vector<std::string> names;

  void add(const Item& item) {
    const bool may_be = item.kind == "table" || item.kind == "view";
    if (!may_be || item.path.size() != 2) return;
    schemas.push_back(item.path[0]);
    names.push_back(item.path[1]);
  }
  std::vector<std::optional<std::string>> parameters() const {
    return {postgres::array_literal(schemas), postgres::array_literal(names)};
  }
};

std::vector<std::string> path_of(const Rows& rows, int row, int column = 0) {
  return {rows.string(row, column), rows.string(row, column + 1)};
}

using Items = std::map<std::vector<std::string>, Item*>;

Result<void> name_kinds(const Context& context, TimescaleSession& session, const Asked& asked,
                        const Items& items) {
  DBOPS_ASSIGN(const Edition* const edition, session.edition(context));
  std::string sql(kKinds);
  for (size_t at = sql.find("{}"); at != std::string::npos; at = sql.find("{}"))
    sql.replace(at, 2, edition->schema);
  DBOPS_ASSIGN(
      const Rows rows,
      session.core().link().ask(context, {.sql = sql.c_str(), .parameters = asked.parameters()}));
  for (int row = 0; row < rows.size(); ++row) {
    const auto found = items.find(path_of(rows, row, 1));
    if (found == items.end()) continue;
    Item& item = *found->second;
    item.kind = rows.string(row, 0);
    item.signature = format_count(rows.integer(row, 3).value_or(0)) + " chunks";
    if (!rows.null(row, 4)) item.rows = rows.integer(row, 4);
    if (!rows.null(row, 5)) item.bytes = rows.integer(row, 5);
  }
  return {};
}

using Descriptions = std::map<std::vector<std::string>, Description*>;

void add_features(const Rows& rows, const Descriptions& all) {
  for (int row = 0; row < rows.size(); ++row)
    if (const auto found = all.find(path_of(rows, row)); found != all.end())
      found->second->features.push_back(
          {rows.string(row, 2), rows.string(row, 3), rows.string(row, 4)});
}

void add_aggregates(const Rows& rows, const Descriptions& all) {
  for (int row = 0; row < rows.size(); ++row) {
    const auto found = all.find(path_of(rows, row));
    if (found == all.end()) continue;
    Description& description = *found->second;
    description.properties.emplace_back("source", format_path(path_of(rows, row, 2)));
    description.properties.emplace_back(
        "real time", rows.boolean(row, 4) ? "no: materialized rows only" : "yes");
    description.definition = rows.string(row, 5);
  }
}

Result<void> complete(const Context& context, TimescaleSession& session, const Asked& asked,
                      const Descriptions& all) {
  auto newest = asked.parameters();
  newest.emplace_back(std::to_string(kChunksShown));
  const std::vector<Question> questions = {{kDimensions, asked.parameters()},
                                           {kPolicies, asked.parameters()},
                                           {kCompression, asked.parameters()},
                                           {kGained, asked.parameters()},
                                           {kNewestChunks, newest},
                                           {kAggregates, asked.parameters()}};
  DBOPS_ASSIGN(const std::vector<Rows> answers, session.core().link().ask_all(context, questions));
  for (size_t i = 0; i + 1 < answers.size(); ++i) add_features(answers[i], all);
  add_aggregates(answers.back(), all);
  return {};
}

}  // namespace

Result<Catalog::Listing> TimescaleCatalog::list(const Context& context,
                                                const std::vector<std::string>& path,
                                                const Search& search) {
  DBOPS_ASSIGN(Listing listing, below_.list(context, path, search));
  Asked asked;
  Items items;
  for (Item& item : listing.items) {
    asked.add(item);
    items[item.path] = &item;
  }
  if (asked.names.empty()) return listing;
  DBOPS_ASSIGN(const Edition* const edition, session_.edition(context));
  if (edition->installed()) DBOPS_TRY(name_kinds(context, session_, asked, items));
  return listing;
}

Result<std::vector<Description>> TimescaleCatalog::describe(
    const Context& context, const std::vector<std::vector<std::string>>& paths) {
  DBOPS_ASSIGN(std::vector<Description> descriptions, below_.describe(context, paths));
  Asked asked;
  Items items;
  Descriptions all;
  for (Description& description : descriptions) {
    asked.add(description.item);
    items[description.item.path] = &description.item;
    all[description.item.path] = &description;
  }
  if (asked.names.empty()) return descriptions;
  DBOPS_ASSIGN(const Edition* const edition, session_.edition(context));
  if (!edition->installed()) return descriptions;
  DBOPS_TRY(name_kinds(context, session_, asked, items));
  // Each chunk is a child by inheritance: the newest are named below, with their ranges.
  for (Description& description : descriptions)
    if (description.item.kind == "hypertable")
      std::erase_if(description.features, [](const Feature& one) { return one.kind == "child"; });
  DBOPS_TRY(complete(context, session_, asked, all));
  return descriptions;
}

}  // namespace dbops::timescaledb
