// The channel on which a database tells of its DDL, and what makes it do so. docs/changes.md has
// the same text for who installs it by hand; a test compares them.
#pragma once

namespace dbops::postgres::watch_sql {

inline constexpr const char* kChannel = "dbops_changes";

// An index, trigger, policy or rule is a change of its table. Nobody knows a changed object's name
// of before, so an ALTER that may have renamed or moved something is told of as a change of its
// schema or anywhere; only the text of a statement that no function ran shows that it has not. A
// failure in here must not become one of the statement that is told of.
inline constexpr const char* kInstall = R"sql(CREATE SCHEMA IF NOT EXISTS dbops_watch;
CREATE OR REPLACE FUNCTION dbops_watch.tell() RETURNS event_trigger LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
  change jsonb;
  callers text;
  renamed boolean;
  moved boolean;
BEGIN
  GET DIAGNOSTICS callers = PG_CONTEXT;
  moved := tg_tag LIKE 'ALTER %' AND
    (callers LIKE E'%\n%' OR current_query() ~* E'\\m(schema|extension)\\M');
  renamed := moved OR (tg_tag LIKE 'ALTER %' AND current_query() ~* E'\\mrename\\M');
  IF tg_event = 'sql_drop' THEN
    FOR change IN
      SELECT DISTINCT jsonb_build_object('schema', address_names[1],
               'name', CASE WHEN object_type <> 'index' THEN address_names[2] END)
      FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary
    LOOP
      PERFORM pg_notify('dbops_changes', change::text);
    END LOOP;
  ELSE
    FOR change IN
      SELECT DISTINCT jsonb_build_object(
               'schema', CASE WHEN NOT moved THEN coalesce(space.nspname, command.schema_name) END,
               'name', CASE WHEN NOT renamed THEN coalesce(relation.relname, routine.proname) END)
      FROM pg_event_trigger_ddl_commands() AS command
      LEFT JOIN pg_index AS i ON classid = 'pg_class'::regclass AND i.indexrelid = objid
      LEFT JOIN pg_trigger AS t ON classid = 'pg_trigger'::regclass AND t.oid = objid
      LEFT JOIN pg_policy AS p ON classid = 'pg_policy'::regclass AND p.oid = objid
      LEFT JOIN pg_rewrite AS r ON classid = 'pg_rewrite'::regclass AND r.oid = objid
      LEFT JOIN pg_proc AS routine ON classid = 'pg_proc'::regclass AND routine.oid = objid
      LEFT JOIN pg_class AS relation ON relation.oid =
        coalesce(i.indrelid, t.tgrelid, p.polrelid, r.ev_class,
                 CASE WHEN classid = 'pg_class'::regclass THEN objid END)
      LEFT JOIN pg_namespace AS space ON space.oid =
        coalesce(relation.relnamespace, CASE WHEN classid = 'pg_namespace'::regclass THEN objid END)
      WHERE command.command_tag NOT IN ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES')
        AND command.schema_name IS DISTINCT FROM 'pg_temp'
        AND relation.relpersistence IS DISTINCT FROM 't'
    LOOP
      PERFORM pg_notify('dbops_changes', change::text);
    END LOOP;
  END IF;
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'dbops_watch: nobody was told of this change: %', sqlerrm;
END $$;
DROP EVENT TRIGGER IF EXISTS dbops_watch_ddl;
DROP EVENT TRIGGER IF EXISTS dbops_watch_drop;
CREATE EVENT TRIGGER dbops_watch_ddl ON ddl_command_end EXECUTE FUNCTION dbops_watch.tell();
CREATE EVENT TRIGGER dbops_watch_drop ON sql_drop EXECUTE FUNCTION dbops_watch.tell();
)sql";

inline constexpr const char* kRemove = R"sql(DROP EVENT TRIGGER IF EXISTS dbops_watch_ddl;
DROP EVENT TRIGGER IF EXISTS dbops_watch_drop;
DROP SCHEMA IF EXISTS dbops_watch CASCADE;
)sql";

// Those that work: disabled ones, and those of replication alone, tell nobody.
inline constexpr const char* kInstalled = R"sql(
SELECT evtname AS trigger, evtevent AS event, evtowner::regrole::text AS owner
FROM pg_catalog.pg_event_trigger
WHERE evtname IN ('dbops_watch_ddl', 'dbops_watch_drop') AND evtenabled IN ('O', 'A') ORDER BY 1)sql";

}  // namespace dbops::postgres::watch_sql
