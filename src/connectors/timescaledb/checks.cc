#include "connectors/timescaledb/checks.h"

#include <array>

namespace dbops::timescaledb {
namespace {

using postgres::Check;

// Thresholds stand in the statements: they are read together with the figure they are for. The
// extension's functions are not called, for their schema may be outside the search path.

// The extension's own job 3 can't but fail under the Apache licence.
constexpr const char* kFailedJobs = R"sql(
SELECT CASE WHEN s.last_run_status = 'Failed' THEN 'critical' ELSE 'warning' END,
       'job ' || j.job_id,
       pg_catalog.format('%s: %s of %s runs failed%s', j.proc_name, s.total_failures, s.total_runs,
         (SELECT ', the last with: ' || pg_catalog.left(e.err_message, 200)
          FROM timescaledb_information.job_errors e WHERE e.job_id = j.job_id
          ORDER BY e.start_time DESC LIMIT 1)),
       'look at them with the operation job_errors; run_job tries again'
FROM timescaledb_information.jobs j JOIN timescaledb_information.job_stats s USING (job_id)
WHERE (s.last_run_status = 'Failed' OR s.total_failures > 0.1 * s.total_runs)
  AND (j.job_id >= 1000 OR pg_catalog.current_setting('timescaledb.license', true) = 'timescale')
ORDER BY s.last_run_status = 'Failed' DESC, s.total_failures DESC LIMIT 20)sql";

constexpr const char* kPausedJobs = R"sql(
SELECT 'info', 'job ' || job_id, proc_name || ' is paused', 'alter_job with scheduled = true'
FROM timescaledb_information.jobs WHERE NOT scheduled ORDER BY job_id LIMIT 20)sql";

constexpr const char* kWorkers = R"sql(
SELECT 'warning', '', pg_catalog.format('%s jobs for %s background workers', jobs, workers),
       'raise timescaledb.max_background_workers, and max_worker_processes with it'
FROM (SELECT (SELECT pg_catalog.count(*) FROM timescaledb_information.jobs WHERE scheduled) AS jobs,
             pg_catalog.current_setting('timescaledb.max_background_workers', true)::int AS workers) w
WHERE jobs > 4 * workers)sql";

constexpr const char* kChunkSizes = R"sql(
SELECT CASE WHEN largest > buffers OR many THEN 'warning' ELSE 'info' END, name,
       pg_catalog.format('%s chunks, the largest %s, %s on average', chunks,
                         pg_catalog.pg_size_pretty(largest), pg_catalog.pg_size_pretty(average)),
       CASE WHEN many THEN 'so many small chunks slow planning: set_chunk_interval to a longer one'
            ELSE 'a chunk that is written to should fit into a quarter of shared_buffers: '
                 'set_chunk_interval to a shorter one' END
FROM (SELECT c.name, pg_catalog.count(*) AS chunks, pg_catalog.max(c.bytes) AS largest,
             pg_catalog.avg(c.bytes)::int8 AS average,
             pg_catalog.pg_size_bytes(pg_catalog.current_setting('shared_buffers')) AS buffers,
             pg_catalog.count(*) > 1000 AND pg_catalog.avg(c.bytes) < 10 * 1024 * 1024 AS many
      FROM (SELECT hypertable_schema || '.' || hypertable_name AS name,
                   pg_catalog.pg_total_relation_size(
                     pg_catalog.format('%I.%I', chunk_schema, chunk_name)::pg_catalog.regclass)
                     AS bytes
            FROM timescaledb_information.chunks) c
      GROUP BY c.name) t
WHERE many OR largest > buffers / 4
ORDER BY largest DESC LIMIT 20)sql";

constexpr const char* kFutureChunks = R"sql(
SELECT 'info', hypertable_schema || '.' || hypertable_name,
       pg_catalog.format('%s chunks lie in the future, up to %s', pg_catalog.count(*),
                         pg_catalog.max(range_end)),
       'look whether the clocks of what writes are right'
FROM timescaledb_information.chunks WHERE range_start > pg_catalog.now() + interval '1 day'
GROUP BY 2 ORDER BY pg_catalog.count(*) DESC LIMIT 20)sql";

constexpr const char* kCompression = R"sql(
SELECT CASE WHEN before < 2 * after OR density < 100 THEN 'warning' ELSE 'ok' END, name,
       pg_catalog.format('%s compressed to %s in %s chunks: 1 to %s, %s rows a batch',
         pg_catalog.pg_size_pretty(before), pg_catalog.pg_size_pretty(after), chunks,
         pg_catalog.round(before / greatest(after, 1), 1), density::int8),
       CASE WHEN density < 100 THEN 'segment by columns with fewer values: a batch holds 1000 rows'
            WHEN before < 2 * after THEN 'segment by what a series is told by, order by its time'
            ELSE '' END
FROM (SELECT h.schema_name || '.' || h.table_name AS name, pg_catalog.count(*) AS chunks,
             pg_catalog.sum(s.uncompressed_heap_size + s.uncompressed_toast_size
                            + s.uncompressed_index_size) AS before,
             pg_catalog.sum(s.compressed_heap_size + s.compressed_toast_size
                            + s.compressed_index_size) AS after,
             pg_catalog.sum(s.numrows_pre_compression)
               / greatest(pg_catalog.sum(s.numrows_post_compression), 1) AS density
      FROM _timescaledb_catalog.compression_chunk_size s
      JOIN _timescaledb_catalog.chunk c ON c.id = s.chunk_id
      JOIN _timescaledb_catalog.hypertable h ON h.id = c.hypertable_id
      GROUP BY 1) t
ORDER BY density < 100 DESC, before DESC LIMIT 20)sql";

// Under the Apache licence there are no policies to miss.
constexpr const char* kMissingPolicies = R"sql(
WITH policies AS (
  SELECT h.hypertable_schema || '.' || h.hypertable_name AS name, h.num_chunks,
         h.compression_enabled,
         EXISTS (SELECT FROM timescaledb_information.jobs j
                 WHERE (j.hypertable_schema, j.hypertable_name)
                       = (h.hypertable_schema, h.hypertable_name)
                   AND j.proc_name IN ('policy_compression', 'policy_columnstore')) AS compresses,
         EXISTS (SELECT FROM timescaledb_information.jobs j
                 WHERE (j.hypertable_schema, j.hypertable_name)
                       = (h.hypertable_schema, h.hypertable_name)
                   AND j.proc_name = 'policy_retention') AS retains
  FROM timescaledb_information.hypertables h
  WHERE pg_catalog.current_setting('timescaledb.license', true) = 'timescale')
SELECT 'warning', name, 'compression is set up, and nothing compresses by itself',
       'add_policy with policy = compression'
FROM policies WHERE compression_enabled AND NOT compresses
UNION ALL
SELECT 'info', name, num_chunks || ' chunks, none of them ever compressed',
       'enable_compression, then add_policy with policy = compression'
FROM policies WHERE NOT compression_enabled AND num_chunks > 20
UNION ALL
SELECT 'info', name, num_chunks || ' chunks, and none is ever dropped',
       'add_policy with policy = retention, where old rows are of no use'
FROM policies WHERE NOT retains AND num_chunks > 100
LIMIT 20)sql";

constexpr const char* kStaleAggregates = R"sql(
SELECT 'warning', v.view_schema || '.' || v.view_name,
       CASE WHEN j.job_id IS NULL THEN 'no policy refreshes it'
            ELSE coalesce('was last refreshed ' || s.last_successful_finish,
                          'was never refreshed by its policy')
                 || ', and should be every ' || j.schedule_interval END,
       CASE WHEN j.job_id IS NULL THEN 'add_policy with policy = refresh'
            ELSE 'look at job ' || j.job_id || ' with the operation jobs' END
FROM timescaledb_information.continuous_aggregates v
LEFT JOIN timescaledb_information.jobs j
  ON j.proc_name = 'policy_refresh_continuous_aggregate'
 AND j.hypertable_schema IN (v.view_schema, v.materialization_hypertable_schema)
 AND j.hypertable_name IN (v.view_name, v.materialization_hypertable_name)
LEFT JOIN timescaledb_information.job_stats s USING (job_id)
WHERE j.job_id IS NULL
   OR coalesce(s.last_successful_finish, j.initial_start, '-infinity')
      < pg_catalog.now() - 3 * j.schedule_interval
ORDER BY 2 LIMIT 20)sql";

constexpr std::string_view kExtension = "CREATE EXTENSION timescaledb";

constexpr auto kChecks = std::to_array<Check>({
    {"jobs", kFailedJobs, 0, kExtension},
    {"jobs", kPausedJobs, 0, kExtension},
    {"jobs", kWorkers, 0, kExtension},
    {"chunks", kChunkSizes, 0, kExtension},
    {"chunks", kFutureChunks, 0, kExtension},
    {"compression", kCompression, 0, kExtension},
    {"policies", kMissingPolicies, 0, kExtension},
    {"policies", kStaleAggregates, 0, kExtension},
});

}  // namespace

std::span<const Check> checks() { return kChecks; }

}  // namespace dbops::timescaledb
