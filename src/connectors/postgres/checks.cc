#include "connectors/postgres/checks.h"

#include <array>

namespace dbops::postgres {
namespace {

// Thresholds stand in the statements: they are read together with the figure they are for.

constexpr const char* kConnections = R"sql(
SELECT CASE WHEN used >= 0.95 * most THEN 'critical' WHEN used >= 0.8 * most THEN 'warning'
            ELSE 'ok' END, '',
       pg_catalog.format('%s of %s connections in use (%s active, %s idle, %s idle in transaction)',
                         used, most, active, idle, idle_in),
       CASE WHEN used >= 0.8 * most
            THEN 'end what is idle, use a pooler, or raise max_connections' ELSE '' END
FROM (SELECT pg_catalog.count(*) AS used,
             pg_catalog.count(*) FILTER (WHERE state = 'active') AS active,
             pg_catalog.count(*) FILTER (WHERE state = 'idle') AS idle,
             pg_catalog.count(*) FILTER (WHERE state LIKE 'idle in%') AS idle_in,
             pg_catalog.current_setting('max_connections')::int AS most
      FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend') c)sql";

constexpr const char* kHiddenSessions = R"sql(
SELECT 'info', current_user, 'what sessions of other roles do is hidden from this role',
       'GRANT pg_monitor TO the role'
WHERE NOT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE'))sql";

constexpr const char* kLongTransactions = R"sql(
SELECT CASE WHEN age > interval '1 hour' THEN 'critical' ELSE 'warning' END,
       'session ' || pid,
       pg_catalog.format('%s of %s: in a transaction for %s, %s', state, usename,
                         pg_catalog.date_trunc('second', age), pg_catalog.left(query, 100)),
       'it keeps VACUUM from cleaning up: end it (terminate_session), or make it shorter'
FROM (SELECT *, pg_catalog.now() - xact_start AS age FROM pg_catalog.pg_stat_activity
      WHERE xact_start IS NOT NULL AND pid <> pg_catalog.pg_backend_pid()
        AND backend_type = 'client backend') a
WHERE age > interval '5 minutes' OR state LIKE 'idle in%' AND age > interval '1 minute'
ORDER BY age DESC LIMIT 20)sql";

constexpr const char* kBlocked = R"sql(
SELECT CASE WHEN waited > interval '1 minute' THEN 'critical' ELSE 'warning' END,
       'session ' || pid,
       pg_catalog.format('waits for %s behind session %s: %s',
                         pg_catalog.date_trunc('second', waited),
                         pg_catalog.array_to_string(blockers, ', '), pg_catalog.left(query, 100)),
       'look at what the blocking session does (operation locks), and end it if need be'
FROM (SELECT pid, query, pg_catalog.now() - state_change AS waited,
             pg_catalog.pg_blocking_pids(pid) AS blockers
      FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock') b
WHERE pg_catalog.cardinality(blockers) > 0
ORDER BY waited DESC LIMIT 20)sql";

constexpr const char* kPrepared = R"sql(
SELECT 'warning', gid,
       pg_catalog.format('prepared for %s by %s and not finished',
                         pg_catalog.date_trunc('second', pg_catalog.now() - prepared), owner),
       'COMMIT PREPARED or ROLLBACK PREPARED it: it holds locks, and VACUUM back'
FROM pg_catalog.pg_prepared_xacts WHERE prepared < pg_catalog.now() - interval '5 minutes'
ORDER BY prepared LIMIT 20)sql";

constexpr const char* kInvalidIndexes = R"sql(
SELECT 'warning', x.indexrelid::pg_catalog.regclass::text,
       'is invalid: writes keep it up to date, reads don''t use it',
       'DROP INDEX CONCURRENTLY and make it again, or REINDEX INDEX CONCURRENTLY'
FROM pg_catalog.pg_index x
WHERE NOT x.indisvalid AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = x.indexrelid)
LIMIT 20)sql";

// Same table, columns, order, operators, collations, condition and method: one of them is enough.
constexpr const char* kDuplicateIndexes = R"sql(
SELECT 'warning', pg_catalog.max(i::pg_catalog.regclass::text),
       'does the same as ' || pg_catalog.min(i::pg_catalog.regclass::text) || ', and takes '
         || pg_catalog.pg_size_pretty(pg_catalog.max(pg_catalog.pg_relation_size(i))),
       'drop the one that no constraint needs'
FROM (SELECT x.indexrelid AS i, x.indrelid, c.relam, x.indkey::text AS keys,
             x.indclass::text AS classes, x.indcollation::text AS collations,
             x.indoption::text AS options, COALESCE(x.indpred::text, '') AS condition,
             COALESCE(x.indexprs::text, '') AS expressions, x.indisunique
      FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname !~ '^pg_' AND x.indisvalid) d
GROUP BY indrelid, relam, keys, classes, collations, options, condition, expressions, indisunique
HAVING pg_catalog.count(*) > 1 LIMIT 20)sql";

constexpr const char* kUnusedIndexes = R"sql(
SELECT 'info', s.indexrelid::pg_catalog.regclass::text,
       pg_catalog.format('%s, not used since statistics began (%s)',
                         pg_catalog.pg_size_pretty(pg_catalog.pg_relation_size(s.indexrelid)),
                         COALESCE(d.stats_reset::date::text, 'never reset')),
       'if no standby uses it either, drop it: every write pays for it'
FROM pg_catalog.pg_stat_user_indexes s JOIN pg_catalog.pg_index x ON x.indexrelid = s.indexrelid
JOIN pg_catalog.pg_stat_database d ON d.datname = pg_catalog.current_database()
WHERE s.idx_scan = 0 AND NOT x.indisunique AND x.indisvalid
  AND pg_catalog.pg_relation_size(s.indexrelid) > 1048576
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = s.indexrelid)
ORDER BY pg_catalog.pg_relation_size(s.indexrelid) DESC LIMIT 20)sql";

constexpr const char* kDeadRows = R"sql(
SELECT CASE WHEN n_dead_tup > n_live_tup THEN 'critical' ELSE 'warning' END,
       relid::pg_catalog.regclass::text,
       pg_catalog.format('%s dead rows beside %s live ones; last vacuum %s', n_dead_tup, n_live_tup,
                         COALESCE(GREATEST(last_vacuum, last_autovacuum)::timestamp(0)::text,
                                  'never')),
       'VACUUM it; look for long transactions that hold it back, and at autovacuum''s settings'
FROM pg_catalog.pg_stat_user_tables
WHERE n_dead_tup > 10000 AND n_dead_tup > 0.2 * n_live_tup
ORDER BY n_dead_tup DESC LIMIT 20)sql";

constexpr const char* kStaleStatistics = R"sql(
SELECT 'warning', relid::pg_catalog.regclass::text,
       pg_catalog.format('%s rows changed since its statistics were taken (%s); it has %s',
                         n_mod_since_analyze,
                         COALESCE(GREATEST(last_analyze, last_autoanalyze)::timestamp(0)::text,
                                  'never'),
                         n_live_tup),
       'ANALYZE it: plans are made from old figures'
FROM pg_catalog.pg_stat_user_tables
WHERE n_mod_since_analyze > 10000 AND n_mod_since_analyze > 0.2 * n_live_tup
ORDER BY n_mod_since_analyze DESC LIMIT 20)sql";

constexpr const char* kWraparound = R"sql(
SELECT CASE WHEN age > 1200000000 THEN 'critical' ELSE 'warning' END, name,
       pg_catalog.format('its oldest row is %s transactions old; at 2 billion writes stop',
                         age),
       'VACUUM FREEZE it; look for what holds autovacuum back'
FROM (SELECT c.oid::pg_catalog.regclass::text AS name, pg_catalog.age(c.relfrozenxid) AS age
      FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm', 't')
      UNION ALL
      SELECT 'database ' || d.datname, pg_catalog.age(d.datfrozenxid)
      FROM pg_catalog.pg_database d) a
WHERE age > 500000000 ORDER BY age DESC LIMIT 20)sql";

constexpr const char* kSequences = R"sql(
SELECT CASE WHEN share > 0.95 THEN 'critical' ELSE 'warning' END,
       pg_catalog.format('%s.%s', schemaname, sequencename),
       pg_catalog.format('%s%% used: at %s of %s', pg_catalog.round(100 * share), last_value,
                         max_value),
       'make the column and the sequence bigint before it runs out'
FROM (SELECT *, last_value::numeric / max_value AS share FROM pg_catalog.pg_sequences
      WHERE NOT cycle AND increment_by > 0 AND last_value IS NOT NULL) s
WHERE share > 0.75 ORDER BY share DESC LIMIT 20)sql";

constexpr const char* kCache = R"sql(
SELECT CASE WHEN share < 0.9 THEN 'warning' ELSE 'ok' END, datname,
       pg_catalog.format('%s%% of the blocks read came from the cache (shared_buffers %s)',
                         pg_catalog.round(100 * share, 1),
                         pg_catalog.current_setting('shared_buffers')),
       CASE WHEN share < 0.9 THEN 'raise shared_buffers, or look for scans of whole tables'
            ELSE '' END
FROM (SELECT datname, blks_hit::numeric / NULLIF(blks_hit + blks_read, 0) AS share
      FROM pg_catalog.pg_stat_database
      WHERE datname = pg_catalog.current_database() AND blks_hit + blks_read > 100000) d)sql";

constexpr const char* kTemporaryFiles = R"sql(
SELECT CASE WHEN temp_bytes > 10737418240 THEN 'warning' ELSE 'info' END, datname,
       pg_catalog.format('%s files, %s, were written by what did not fit into work_mem (since %s)',
                         temp_files, pg_catalog.pg_size_pretty(temp_bytes),
                         COALESCE(stats_reset::date::text, 'the start')),
       'raise work_mem for the statements that need it (explain with analyze shows them)'
FROM pg_catalog.pg_stat_database
WHERE datname = pg_catalog.current_database() AND temp_bytes > 1073741824)sql";

constexpr const char* kSlots = R"sql(
SELECT CASE WHEN NOT active AND kept > 10737418240 THEN 'critical'
            WHEN NOT active THEN 'warning' ELSE 'ok' END, slot_name,
       pg_catalog.format('%s slot, %s; the server keeps %s of WAL for it', slot_type,
                         CASE WHEN active THEN 'in use' ELSE 'nobody reads it' END,
                         pg_catalog.pg_size_pretty(kept)),
       CASE WHEN active THEN ''
            ELSE 'drop it if its reader is gone for good: WAL fills the disk' END
FROM (SELECT *, pg_catalog.pg_wal_lsn_diff(
               CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_receive_lsn()
                    ELSE pg_catalog.pg_current_wal_lsn() END, restart_lsn) AS kept
      FROM pg_catalog.pg_replication_slots) s
ORDER BY kept DESC NULLS LAST LIMIT 20)sql";

constexpr const char* kStandbys = R"sql(
SELECT CASE WHEN lag > interval '1 minute' THEN 'warning' ELSE 'ok' END,
       COALESCE(NULLIF(application_name, ''), client_addr::text, 'standby'),
       pg_catalog.format('%s, %s, %s behind', state, sync_state, COALESCE(lag, interval '0')),
       CASE WHEN lag > interval '1 minute' THEN 'look at its disk, network and long reads'
            ELSE '' END
FROM (SELECT *, replay_lag AS lag FROM pg_catalog.pg_stat_replication) r LIMIT 20)sql";

constexpr const char* kRecovery = R"sql(
SELECT CASE WHEN behind > interval '1 minute' THEN 'warning' ELSE 'info' END, '',
       pg_catalog.format('this server is a standby; its last change is from %s ago',
                         COALESCE(behind, interval '0')),
       CASE WHEN behind > interval '1 minute' THEN 'reads may be old: look at the primary'
            ELSE '' END
FROM (SELECT pg_catalog.date_trunc('second',
               pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp()) AS behind) b
WHERE pg_catalog.pg_is_in_recovery())sql";

constexpr const char* kSettings = R"sql(
SELECT v.severity, s.name, pg_catalog.format('is %s: %s', s.setting, v.message), v.hint
FROM pg_catalog.pg_settings s JOIN (VALUES
  ('fsync', 'off', 'critical', 'a crash may destroy the data', 'set it on'),
  ('full_page_writes', 'off', 'critical', 'a crash may destroy the data', 'set it on'),
  ('autovacuum', 'off', 'critical', 'tables bloat, and writes stop at wraparound', 'set it on'),
  ('track_counts', 'off', 'critical', 'autovacuum does not know what to do', 'set it on'),
  ('password_encryption', 'md5', 'warning', 'passwords are stored weakly',
   'set it to scram-sha-256'),
  ('synchronous_commit', 'off', 'info', 'the last moments before a crash may be lost',
   'set it on where that matters'),
  ('shared_buffers', '16384', 'info', 'the default of 128 MB', 'a quarter of memory suits most'),
  ('log_min_duration_statement', '-1', 'info', 'slow statements are not logged',
   'set it to what is slow for you')
) AS v(name, setting, severity, message, hint) ON v.name = s.name AND v.setting = s.setting
UNION ALL
SELECT 'warning', name, 'was changed, and waits for a restart', 'restart the server'
FROM pg_catalog.pg_settings WHERE pending_restart
LIMIT 20)sql";

constexpr const char* kUnvalidated = R"sql(
SELECT 'warning', conrelid::pg_catalog.regclass || '.' || conname,
       'is NOT VALID: rows from before it were never checked', 'ALTER TABLE ... VALIDATE CONSTRAINT'
FROM pg_catalog.pg_constraint WHERE NOT convalidated AND conrelid <> 0 LIMIT 20)sql";

// Columns of the key as a set, for an index serves in any order of its first columns.
constexpr const char* kUnindexedKeys = R"sql(
SELECT CASE WHEN c.reltuples > 100000 THEN 'warning' ELSE 'info' END,
       k.conrelid::pg_catalog.regclass || '.' || k.conname,
       pg_catalog.format('no index on (%s): deleting from %s, or joining, reads all of %s',
         (SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY x.place)
          FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS x(number, place)
          JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.number),
         k.confrelid::pg_catalog.regclass, k.conrelid::pg_catalog.regclass),
       'CREATE INDEX CONCURRENTLY on these columns'
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND k.conparentid = 0 AND c.reltuples > 1000
  AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_index x WHERE x.indrelid = k.conrelid AND x.indisvalid
      AND x.indpred IS NULL
      AND (x.indkey::int2[])[0:pg_catalog.cardinality(k.conkey) - 1] @> k.conkey)
ORDER BY c.reltuples DESC LIMIT 20)sql";

constexpr std::string_view kMonitor = "GRANT pg_monitor TO the role";

constexpr auto kChecks = std::to_array<Check>({
    {"connections", kConnections},
    {"activity", kHiddenSessions},
    {"activity", kLongTransactions},
    {"activity", kBlocked},
    {"activity", kPrepared},
    {"indexes", kInvalidIndexes},
    {"indexes", kDuplicateIndexes},
    {"indexes", kUnusedIndexes},
    {"tables", kDeadRows},
    {"tables", kStaleStatistics},
    {"tables", kWraparound},
    {"sequences", kSequences},
    {"cache", kCache},
    {"cache", kTemporaryFiles},
    {"replication", kRecovery},
    {"replication", kSlots, 0, kMonitor},
    {"replication", kStandbys, 0, kMonitor},
    {"settings", kSettings},
    {"constraints", kUnvalidated},
    {"constraints", kUnindexedKeys},
});

}  // namespace

std::span<const Check> checks() { return kChecks; }

}  // namespace dbops::postgres
