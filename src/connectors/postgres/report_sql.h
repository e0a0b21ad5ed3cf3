// The statements of the operations that answer what one statement answers.
#pragma once

namespace dbops::postgres::report_sql {

// $1: true shows background processes as well.
inline constexpr const char* kSessions = R"sql(
SELECT pid, usename::text AS "user", datname::text AS database, application_name AS application,
       COALESCE(client_addr::text, 'local') AS client, backend_type AS type, state,
       wait_event_type || ': ' || wait_event AS waits_for,
       (pg_catalog.now() - xact_start)::interval(0) AS transaction_age,
       (pg_catalog.now() - query_start)::interval(0) AS query_age,
       pg_catalog.pg_blocking_pids(pid) AS blocked_by, pg_catalog.left(query, 1000) AS query
FROM pg_catalog.pg_stat_activity
WHERE backend_type = 'client backend' OR $1::bool
ORDER BY xact_start NULLS LAST, pid LIMIT 1000)sql";

// Who waits, for what, and behind whom: a row for each pair.
inline constexpr const char* kLocks = R"sql(
SELECT w.pid AS waiting, w.usename::text AS waiting_user, l.mode, l.locktype AS lock,
       l.relation::pg_catalog.regclass::text AS relation,
       (pg_catalog.now() - w.state_change)::interval(0) AS waited,
       pg_catalog.left(w.query, 500) AS waiting_query,
       b.pid AS blocking, b.usename::text AS blocking_user, b.state AS blocking_state,
       (pg_catalog.now() - b.xact_start)::interval(0) AS blocking_age,
       pg_catalog.left(b.query, 500) AS blocking_query
FROM pg_catalog.pg_stat_activity w
CROSS JOIN LATERAL pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS by(pid)
LEFT JOIN pg_catalog.pg_stat_activity b ON b.pid = by.pid
LEFT JOIN LATERAL (SELECT * FROM pg_catalog.pg_locks k WHERE k.pid = w.pid AND NOT k.granted
                   LIMIT 1) l ON true
WHERE w.wait_event_type = 'Lock' ORDER BY w.state_change, w.pid LIMIT 1000)sql";

// Figures as JSON: they differ from version to version.
inline constexpr const char* kProgress = R"sql(
SELECT 'vacuum' AS work, pid, relid::pg_catalog.regclass::text AS relation, phase,
       pg_catalog.to_jsonb(p) - '{pid,datid,datname,relid,phase}'::text[] AS figures
FROM pg_catalog.pg_stat_progress_vacuum p
UNION ALL
SELECT pg_catalog.lower(command), pid, relid::pg_catalog.regclass::text, phase,
       pg_catalog.to_jsonb(p) - '{pid,datid,datname,relid,phase,command}'::text[]
FROM pg_catalog.pg_stat_progress_create_index p
UNION ALL
SELECT pg_catalog.lower(command), pid, relid::pg_catalog.regclass::text, phase,
       pg_catalog.to_jsonb(p) - '{pid,datid,datname,relid,phase,command}'::text[]
FROM pg_catalog.pg_stat_progress_cluster p
LIMIT 1000)sql";

// $1: what the name contains, or NULL.
inline constexpr const char* kSettings = R"sql(
SELECT name, setting AS value, unit, context AS takes_effect, source, boot_val AS default_value,
       pending_restart, short_desc AS description
FROM pg_catalog.pg_settings
WHERE $1::text IS NULL OR pg_catalog.strpos(name, pg_catalog.lower($1)) > 0
   OR pg_catalog.strpos(pg_catalog.lower(short_desc), pg_catalog.lower($1)) > 0
ORDER BY name LIMIT 1000)sql";

inline constexpr const char* kDatabases = R"sql(
SELECT d.datname::text AS name, pg_catalog.pg_get_userbyid(d.datdba)::text AS owner,
       pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding,
       d.datcollate::text AS collation,
       CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT')
            THEN pg_catalog.pg_database_size(d.oid) END AS bytes,
       s.numbackends AS connections,
       pg_catalog.shobj_description(d.oid, 'pg_database') AS comment
FROM pg_catalog.pg_database d LEFT JOIN pg_catalog.pg_stat_database s ON s.datid = d.oid
WHERE NOT d.datistemplate ORDER BY d.datname LIMIT 1000)sql";

inline constexpr const char* kRoles = R"sql(
SELECT r.rolname::text AS name, r.rolcanlogin AS login, r.rolsuper AS superuser,
       r.rolcreatedb AS creates_databases, r.rolcreaterole AS creates_roles,
       r.rolreplication AS replicates, r.rolbypassrls AS bypasses_row_security,
       r.rolconnlimit AS connections_max, r.rolvaliduntil AS valid_until,
       ARRAY(SELECT g.rolname::text FROM pg_catalog.pg_auth_members m
             JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid
             ORDER BY 1) AS member_of
FROM pg_catalog.pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY r.rolname LIMIT 1000)sql";

// $1: a relation's oid.
inline constexpr const char* kGrants = R"sql(
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END
         AS role,
       pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges,
       pg_catalog.bool_or(a.is_grantable) AS may_grant, c."column"
FROM (SELECT acl, NULL::text AS "column" FROM (
        SELECT COALESCE(k.relacl, pg_catalog.acldefault('r', k.relowner)) AS acl
        FROM pg_catalog.pg_class k WHERE k.oid = $1::oid) whole
      UNION ALL
      SELECT t.attacl, t.attname::text FROM pg_catalog.pg_attribute t
      WHERE t.attrelid = $1::oid AND t.attacl IS NOT NULL) c
CROSS JOIN LATERAL pg_catalog.aclexplode(c.acl) a
GROUP BY a.grantee, c."column" ORDER BY c."column" NULLS FIRST, 1 LIMIT 1000)sql";

inline constexpr const char* kExtensions = R"sql(
SELECT a.name::text, e.extversion AS installed, a.default_version AS available,
       n.nspname::text AS schema, a.comment
FROM pg_catalog.pg_available_extensions a
LEFT JOIN pg_catalog.pg_extension e ON e.extname = a.name
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
ORDER BY e.extname IS NULL, a.name LIMIT 1000)sql";

inline constexpr const char* kPublications = R"sql(
SELECT p.pubname::text AS name, p.puballtables AS all_tables,
       pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                            CASE WHEN p.pubupdate THEN 'update' END,
                            CASE WHEN p.pubdelete THEN 'delete' END,
                            CASE WHEN p.pubtruncate THEN 'truncate' END) AS publishes,
       ARRAY(SELECT t.schemaname || '.' || t.tablename FROM pg_catalog.pg_publication_tables t
             WHERE t.pubname = p.pubname ORDER BY 1 LIMIT 1000) AS tables
FROM pg_catalog.pg_publication p ORDER BY p.pubname LIMIT 1000)sql";

// $1: a relation's oid. n_distinct below 0 is a share of the rows.
inline constexpr const char* kColumnStats = R"sql(
SELECT a.attname::text AS "column", pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       s.null_frac AS nulls_share,
       CASE WHEN s.n_distinct >= 0 THEN s.n_distinct::numeric
            WHEN c.reltuples >= 0 THEN pg_catalog.round((-s.n_distinct * c.reltuples)::numeric) END
         AS distinct_values,
       s.avg_width AS average_bytes, s.correlation,
       (s.histogram_bounds::text::text[])[1] AS low,
       (s.histogram_bounds::text::text[])[
         pg_catalog.array_upper(s.histogram_bounds::text::text[], 1)] AS high,
       (s.most_common_vals::text::text[])[1:10] AS common_values,
       s.most_common_freqs[1:10] AS common_shares
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
  SELECT * FROM pg_catalog.pg_stats t WHERE t.schemaname = n.nspname AND t.tablename = c.relname
    AND t.attname = a.attname ORDER BY t.inherited DESC LIMIT 1) s ON true
WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum LIMIT 1600)sql";

// $1: a session's id.
inline constexpr const char* kCancel =
    "SELECT pg_catalog.pg_cancel_backend(pid) AS done FROM pg_catalog.pg_stat_activity "
    "WHERE pid = $1::int4 AND pid <> pg_catalog.pg_backend_pid()";
inline constexpr const char* kTerminate =
    "SELECT pg_catalog.pg_terminate_backend(pid) AS done FROM pg_catalog.pg_stat_activity "
    "WHERE pid = $1::int4 AND pid <> pg_catalog.pg_backend_pid()";

}  // namespace dbops::postgres::report_sql
