// The questions behind the operations that only look. Each is bounded by kRowsMax.
#pragma once

namespace dbops::timescaledb::report_sql {

inline constexpr const char* kHypertables = R"sql(
SELECT h.hypertable_schema AS schema, h.hypertable_name AS name, d.column_name AS time,
       coalesce(d.time_interval::text, d.integer_interval::text) AS chunk_interval,
       h.num_dimensions AS dimensions, h.num_chunks AS chunks,
       s.total_bytes AS bytes, h.compression_enabled AS compression,
       (SELECT pg_catalog.count(*) FROM timescaledb_information.chunks c
        WHERE (c.hypertable_schema, c.hypertable_name) = (h.hypertable_schema, h.hypertable_name)
          AND c.is_compressed) AS compressed_chunks,
       (SELECT pg_catalog.string_agg(j.proc_name, ', ' ORDER BY j.job_id)
        FROM timescaledb_information.jobs j
        WHERE (j.hypertable_schema, j.hypertable_name) = (h.hypertable_schema, h.hypertable_name))
         AS policies
FROM timescaledb_information.hypertables h
LEFT JOIN timescaledb_information.dimensions d
  ON (d.hypertable_schema, d.hypertable_name) = (h.hypertable_schema, h.hypertable_name)
 AND d.dimension_number = 1
LEFT JOIN LATERAL (
  SELECT pg_catalog.sum(pg_catalog.pg_total_relation_size(
           pg_catalog.format('%I.%I', c.chunk_schema, c.chunk_name)::pg_catalog.regclass))::int8
         AS total_bytes
  FROM timescaledb_information.chunks c
  WHERE (c.hypertable_schema, c.hypertable_name) = (h.hypertable_schema, h.hypertable_name)) s ON true
ORDER BY 1, 2 LIMIT 1000)sql";

// Tables that could be hypertables: rows that come in and stay, an index on their time, size, and
// nothing in the way. A unique index must hold the time's column.
inline constexpr const char* kCandidates = R"sql(
SELECT t.schema, t.name, t.time, t.type, t.rows, t.bytes, pg_catalog.round(t.inserts, 3) AS inserts,
       t.obstacles,
       (40 * t.inserts + CASE WHEN t.indexed THEN 20 ELSE 0 END
        + CASE WHEN t.bytes > 100 * 1024 * 1024 THEN 20 WHEN t.bytes > 10 * 1024 * 1024 THEN 10
               ELSE 0 END
        + CASE WHEN t.obstacles IS NULL THEN 20 ELSE 0 END)::int AS score
FROM (
  SELECT n.nspname AS schema, c.relname AS name, a.attname AS time,
         pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
         nullif(c.reltuples, -1)::int8 AS rows,
         pg_catalog.pg_total_relation_size(c.oid) AS bytes,
         coalesce(s.n_tup_ins::numeric
                  / nullif(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0), 0) AS inserts,
         EXISTS (SELECT FROM pg_catalog.pg_index x
                 WHERE x.indrelid = c.oid AND a.attnum = ANY (x.indkey)) AS indexed,
         (SELECT pg_catalog.string_agg(w.what, ', ') FROM (
            SELECT 'unique index ' || i.relname || ' lacks ' || a.attname AS what
            FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid
            WHERE x.indrelid = c.oid AND x.indisunique AND NOT a.attnum = ANY (x.indkey)
            UNION ALL
            SELECT 'inherits or is inherited from' WHERE EXISTS (
              SELECT FROM pg_catalog.pg_inherits h WHERE c.oid IN (h.inhparent, h.inhrelid))
            UNION ALL
            SELECT 'foreign key ' || k.conname || ' of ' || k.conrelid::pg_catalog.regclass
                   || ' points to it'
            FROM pg_catalog.pg_constraint k WHERE k.confrelid = c.oid AND k.contype = 'f'
            UNION ALL
            SELECT 'exclusion constraint ' || k.conname || ' lacks ' || a.attname
            FROM pg_catalog.pg_constraint k
            WHERE k.conrelid = c.oid AND k.contype = 'x' AND NOT a.attnum = ANY (k.conkey)
            UNION ALL
            SELECT 'trigger ' || g.tgname || ' has a transition table'
            FROM pg_catalog.pg_trigger g
            WHERE g.tgrelid = c.oid AND coalesce(g.tgoldtable, g.tgnewtable) IS NOT NULL
            UNION ALL
            SELECT 'rule ' || u.rulename FROM pg_catalog.pg_rewrite u WHERE u.ev_class = c.oid) w)
           AS obstacles,
         pg_catalog.row_number() OVER (
           PARTITION BY c.oid
           ORDER BY EXISTS (SELECT FROM pg_catalog.pg_index x
                            WHERE x.indrelid = c.oid AND a.attnum = ANY (x.indkey)) DESC,
                    a.attnotnull DESC, a.attnum) AS place
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   AND a.atttypid IN ('timestamptz'::pg_catalog.regtype, 'timestamp'::pg_catalog.regtype,
                      'date'::pg_catalog.regtype)
  LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid
  WHERE c.relkind = 'r' AND NOT c.relispartition
    AND n.nspname !~ '^(pg_|_?timescaledb_)' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM timescaledb_information.hypertables h
                    WHERE h.hypertable_schema = n.nspname AND h.hypertable_name = c.relname)) t
WHERE t.place = 1
ORDER BY score DESC, t.bytes DESC, 1, 2 LIMIT 1000)sql";

// {} is where the extension keeps functions of its own. An aggregate of an aggregate has that one
// as its source, not the hypertable that keeps it. Rows behind `refreshed_to` are not in yet;
// `changed_ranges` are those before it whose rows changed since.
inline constexpr const char* kAggregates = R"sql(
SELECT v.view_schema AS schema, v.view_name AS name,
       coalesce(p.user_view_schema || '.' || p.user_view_name,
                v.hypertable_schema || '.' || v.hypertable_name) AS source,
       NOT v.materialized_only AS real_time, v.compression_enabled AS compression,
       CASE WHEN w.mark <= -210866803200000000 THEN NULL
            WHEN d.time_interval IS NULL THEN w.mark::text
            ELSE {}.to_timestamp(w.mark)::text END AS refreshed_to,
       (SELECT pg_catalog.count(*) FROM (
          SELECT lowest_modified_value AS low
          FROM _timescaledb_catalog.continuous_aggs_materialization_invalidation_log
          WHERE materialization_id = a.mat_hypertable_id
          UNION ALL
          SELECT lowest_modified_value
          FROM _timescaledb_catalog.continuous_aggs_hypertable_invalidation_log
          WHERE hypertable_id = a.raw_hypertable_id) i
        WHERE i.low > -9223372036854775808 AND i.low < w.mark) AS changed_ranges,
       j.job_id AS refresh_job, j.schedule_interval AS refreshed_every,
       j.config ->> 'start_offset' AS start_offset, j.config ->> 'end_offset' AS end_offset,
       s.last_successful_finish AS last_refreshed
FROM timescaledb_information.continuous_aggregates v
JOIN _timescaledb_catalog.continuous_agg a
  ON a.user_view_schema = v.view_schema AND a.user_view_name = v.view_name
CROSS JOIN LATERAL (SELECT {}.cagg_watermark(a.mat_hypertable_id) AS mark) w
LEFT JOIN _timescaledb_catalog.continuous_agg p
  ON p.mat_hypertable_id = a.parent_mat_hypertable_id
LEFT JOIN timescaledb_information.dimensions d
  ON d.hypertable_schema = v.materialization_hypertable_schema
 AND d.hypertable_name = v.materialization_hypertable_name AND d.dimension_number = 1
LEFT JOIN timescaledb_information.jobs j
  ON j.proc_name = 'policy_refresh_continuous_aggregate'
 AND j.hypertable_schema IN (v.view_schema, v.materialization_hypertable_schema)
 AND j.hypertable_name IN (v.view_name, v.materialization_hypertable_name)
LEFT JOIN timescaledb_information.job_stats s USING (job_id)
ORDER BY 1, 2 LIMIT 1000)sql";

inline constexpr const char* kJobs = R"sql(
SELECT j.job_id AS job, j.proc_schema || '.' || j.proc_name AS procedure,
       j.hypertable_schema || '.' || j.hypertable_name AS hypertable, j.owner::text AS owner,
       j.scheduled, j.schedule_interval AS every, j.config, s.last_run_status AS last_status,
       s.last_run_started_at AS last_start, s.last_run_duration AS last_duration,
       s.next_start, s.total_runs AS runs, s.total_failures AS failures
FROM timescaledb_information.jobs j LEFT JOIN timescaledb_information.job_stats s USING (job_id)
ORDER BY j.job_id LIMIT 1000)sql";

inline constexpr const char* kJobErrors = R"sql(
SELECT job_id AS job, proc_schema || '.' || proc_name AS procedure, start_time AS started,
       finish_time AS finished, sqlerrcode AS code, err_message AS message
FROM timescaledb_information.job_errors
WHERE job_id = $1::int OR $1::int IS NULL
ORDER BY start_time DESC LIMIT 1000)sql";

// One's own are kept where timescaledb.enable_job_execution_logging is on; since 2.15.
inline constexpr const char* kJobHistory = R"sql(
SELECT job_id AS job, proc_schema || '.' || proc_name AS procedure, succeeded, start_time AS started,
       finish_time - start_time AS took, sqlerrcode AS code, err_message AS message
FROM timescaledb_information.job_history
WHERE job_id = $1::int OR $1::int IS NULL
ORDER BY start_time DESC LIMIT 1000)sql";

inline constexpr const char* kCompression = R"sql(
SELECT h.schema_name AS schema, h.table_name AS name, pg_catalog.count(*) AS compressed_chunks,
       pg_catalog.sum(s.uncompressed_heap_size + s.uncompressed_toast_size
                      + s.uncompressed_index_size)::int8 AS bytes_before,
       pg_catalog.sum(s.compressed_heap_size + s.compressed_toast_size
                      + s.compressed_index_size)::int8 AS bytes_after,
       pg_catalog.round(pg_catalog.sum(s.uncompressed_heap_size + s.uncompressed_toast_size
                                       + s.uncompressed_index_size)
         / nullif(pg_catalog.sum(s.compressed_heap_size + s.compressed_toast_size
                                 + s.compressed_index_size), 0), 2) AS ratio,
       pg_catalog.sum(s.numrows_pre_compression)::int8 AS rows,
       pg_catalog.round(pg_catalog.sum(s.numrows_pre_compression)
         / nullif(pg_catalog.sum(s.numrows_post_compression), 0), 1) AS rows_a_batch
FROM _timescaledb_catalog.compression_chunk_size s
JOIN _timescaledb_catalog.chunk c ON c.id = s.chunk_id
JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id
GROUP BY 1, 2 ORDER BY 1, 2 LIMIT 1000)sql";

}  // namespace dbops::timescaledb::report_sql
