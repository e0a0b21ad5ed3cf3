// The questions behind advice.h. Each is bounded by kRowsMax.
#pragma once

namespace dbops::timescaledb::advice_sql {

// The chunks that {} lists. Bits of their status: 1 compressed, 2 with rows out of order, 4 frozen,
// 8 with rows that came after.
inline constexpr const char* kHealth = R"sql(
SELECT * FROM (SELECT schema, name, range_start, range_end, rows, dead_rows, bytes, analyzed, state,
       nullif(pg_catalog.concat_ws('; ',
         CASE WHEN status & 10 > 0 THEN 'rows came after it was compressed: compress_chunks' END,
         CASE WHEN rows IS NULL THEN 'never analyzed: ANALYZE the hypertable' END,
         CASE WHEN rows = 0 AND status = 0 THEN 'has no rows' END,
         CASE WHEN dead_rows > 1000 AND dead_rows > 0.2 * rows
              THEN pg_catalog.round(100.0 * dead_rows / greatest(dead_rows + rows, 1))
                   || ' percent of its rows are dead: VACUUM it' END,
         CASE WHEN bytes > buffers / 4 AND status = 0
              THEN 'larger than a quarter of shared_buffers: see chunk_intervals' END,
         CASE WHEN future THEN 'lies in the future' END,
         CASE WHEN invalid > 0 THEN invalid || ' of its indexes are not valid: REINDEX' END), '')
         AS problem
FROM (
  SELECT c.chunk_schema AS schema, c.chunk_name AS name, k.status,
         coalesce(c.range_start::text, c.range_start_integer::text) AS range_start,
         coalesce(c.range_end::text, c.range_end_integer::text) AS range_end,
         nullif(r.reltuples, -1)::int8 AS rows, coalesce(s.n_dead_tup, 0) AS dead_rows,
         pg_catalog.pg_total_relation_size(r.oid) AS bytes,
         greatest(s.last_analyze, s.last_autoanalyze) AS analyzed,
         CASE WHEN k.status & 4 > 0 THEN 'frozen' WHEN k.status & 10 > 0 THEN 'partly compressed'
              WHEN k.status & 1 > 0 THEN 'compressed' ELSE 'rows' END AS state,
         pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) AS buffers,
         c.range_start > pg_catalog.now() + interval '1 day' AS future,
         (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i
          WHERE i.indrelid = r.oid AND NOT i.indisvalid) AS invalid
  FROM {} AS l (id)
  JOIN pg_catalog.pg_class r ON r.oid = l.id
  JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
  JOIN timescaledb_information.chunks c ON c.chunk_schema = n.nspname AND c.chunk_name = r.relname
  JOIN _timescaledb_catalog.chunk k ON k.schema_name = n.nspname AND k.table_name = r.relname
  LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = r.oid) h) p
ORDER BY problem IS NULL, range_start, name LIMIT 1000)sql";

// The chunks that are written to should fit into a quarter of shared_buffers, all hypertables'
// together. What is measured are the newest ten that are neither compressed nor still filling.
inline constexpr const char* kIntervals = R"sql(
WITH chunks AS (
  SELECT c.hypertable_schema AS schema, c.hypertable_name AS name, c.is_compressed,
         pg_catalog.pg_total_relation_size(
           pg_catalog.format('%I.%I', c.chunk_schema, c.chunk_name)::pg_catalog.regclass) AS bytes,
         pg_catalog.row_number() OVER (
           PARTITION BY c.hypertable_schema, c.hypertable_name
           ORDER BY c.is_compressed, c.range_start DESC, c.range_start_integer DESC) AS place
  FROM timescaledb_information.chunks c),
measured AS (
  SELECT h.hypertable_schema AS schema, h.hypertable_name AS name, h.num_chunks AS chunks,
         d.time_interval, d.integer_interval,
         (SELECT pg_catalog.avg(c.bytes) FROM chunks c
          WHERE (c.schema, c.name) = (h.hypertable_schema, h.hypertable_name)
            AND NOT c.is_compressed AND c.place BETWEEN 2 AND 11) AS bytes,
         pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) / 4
           / (SELECT greatest(pg_catalog.count(*), 1)
              FROM timescaledb_information.hypertables WHERE num_chunks > 0) AS room
  FROM timescaledb_information.hypertables h
  JOIN timescaledb_information.dimensions d
    ON (d.hypertable_schema, d.hypertable_name) = (h.hypertable_schema, h.hypertable_name)
   AND d.dimension_number = 1),
wanted AS (
  SELECT *, CASE WHEN bytes BETWEEN room / 4 AND room THEN 1 ELSE room * 0.7 / bytes END AS factor
  FROM measured)
SELECT schema, name, chunks, coalesce(time_interval::text, integer_interval::text) AS "interval",
       bytes::int8 AS bytes_a_chunk, room AS bytes_that_fit,
       CASE WHEN bytes IS NULL OR factor = 1 THEN NULL
            WHEN time_interval IS NULL
            THEN pg_catalog.round(integer_interval * factor)::text
            ELSE (SELECT pg_catalog.max(step)::text FROM pg_catalog.unnest(
                    '{15 min,1 hour,2 hours,4 hours,6 hours,12 hours,1 day,2 days,7 days,14 days,30 days}'
                    ::pg_catalog.interval[]) AS step
                  WHERE step = '15 min' OR step <= time_interval * least(factor, 1000)) END AS advised,
       CASE WHEN bytes IS NULL THEN 'no chunk is full and uncompressed: nothing to measure'
            WHEN factor = 1 THEN 'it suits'
            WHEN factor < 1 THEN 'chunks that are written to do not fit into memory'
            ELSE 'many small chunks make plans slow and compress badly' END AS why
FROM wanted ORDER BY factor = 1, schema, name LIMIT 1000)sql";

// Of the hypertable $1 with the time column $2; {} lists its chunks. A segment should have a
// hundred rows in each chunk at least, and a batch of compressed rows holds a thousand.
inline constexpr const char* kColumns = R"sql(
WITH size AS (
  SELECT greatest(pg_catalog.count(*), 1) AS chunks, pg_catalog.sum(greatest(r.reltuples, 0)) AS rows
  FROM {} AS l (id) JOIN pg_catalog.pg_class r ON r.oid = l.id),
columns AS (
  SELECT a.attnum, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
         a.attname = $2::text AS is_time,
         CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * z.rows ELSE s.n_distinct END AS values,
         z.rows / z.chunks AS rows,
         t.typcategory IN ('S', 'E') OR t.typname IN ('int2', 'int4', 'int8', 'uuid', 'oid') AS tells,
         EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid
                 AND i.indkey[0] = a.attnum) AS leads
  FROM size z
  JOIN pg_catalog.pg_attribute a
    ON a.attrelid = $1::pg_catalog.regclass AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_stats s
    ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
   AND s.inherited),
rated AS (
  SELECT *, tells AND NOT is_time AND values > 1 AND rows / values >= 100 AS fits FROM columns),
placed AS (
  SELECT *, pg_catalog.row_number() OVER (ORDER BY fits DESC NULLS LAST, leads DESC, values DESC,
                                          attnum) AS place FROM rated)
SELECT name AS "column", type, values::int8 AS values,
       CASE WHEN NOT is_time THEN (rows / nullif(values, 0))::int8 END AS rows_a_segment,
       CASE WHEN is_time THEN 'order_by, desc' WHEN fits AND place = 1 THEN 'segment_by'
            ELSE 'neither' END AS advice,
       CASE WHEN is_time THEN 'rows of one segment are asked for by time'
            WHEN values IS NULL THEN 'no statistics: ANALYZE the hypertable'
            WHEN NOT tells THEN 'measured values compress best one after the other'
            WHEN values <= 1 THEN 'one value alone'
            WHEN NOT fits THEN 'fewer than 100 rows of each value in a chunk: batches stay empty'
            WHEN place = 1 AND leads THEN 'tells series apart, and an index begins with it'
            WHEN place = 1 THEN 'tells series apart, with enough rows of each in a chunk'
            ELSE 'would do as well, but together segments may get too small' END AS why
FROM placed ORDER BY NOT is_time, place LIMIT 1000)sql";

// A chunk of the hypertable ($1 schema, $2 name) that a trial can take: the fullest that is not
// compressed and has at most $3 bytes. Its path, the length of its range, what is not compressed
// yet in all.
inline constexpr const char* kTrialChunk = R"sql(
SELECT pg_catalog.format('%I.%I', c.chunk_schema, c.chunk_name),
       coalesce((c.range_end - c.range_start)::text,
                (c.range_end_integer - c.range_start_integer)::text),
       c.range_start IS NULL, s.bytes, pg_catalog.sum(s.bytes) OVER ()::int8
FROM timescaledb_information.chunks c
CROSS JOIN LATERAL (SELECT pg_catalog.pg_total_relation_size(
    pg_catalog.format('%I.%I', c.chunk_schema, c.chunk_name)::pg_catalog.regclass) AS bytes) s
WHERE c.hypertable_schema = $1::text AND c.hypertable_name = $2::text AND NOT c.is_compressed
ORDER BY s.bytes > $3::int8, s.bytes DESC LIMIT 1)sql";

}  // namespace dbops::timescaledb::advice_sql
