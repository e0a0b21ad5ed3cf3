// What runs in place of a name in a statement, as the catalogue has it.
#pragma once

namespace dbops::postgres {

// $1 functions, $2 operators, $3 types, $4 relations, by their names alone. A row for each function
// that one of them calls: the kind of the name (f, o, t, r), the name, its schema, whether it is
// found without that; the function, whether it is volatile, whether it is of pg_catalog or an
// extension, and whether it may be called as `row.name`. An aggregate calls its parts.
//
// What initdb made (oids below 16384) calls nothing volatile but by name and in its own views.
// The calls of a view, a policy and a domain's checks are read in the trees that the server keeps
// of them: what belongs to it is not in pg_depend. Whatever an extension
// brings is taken as it comes, but for functions that a statement calls by name.
inline constexpr const char* kWhatRuns = R"sql(
WITH RECURSIVE named(kind, name, schema, class, oid) AS (
  SELECT 'f', proname, pronamespace, 'pg_proc', oid
  FROM pg_catalog.pg_proc WHERE proname = ANY ($1::pg_catalog.name[])
  UNION ALL
  SELECT 'o', oprname, oprnamespace, 'pg_operator', oid
  FROM pg_catalog.pg_operator WHERE oid >= 16384 AND oprname = ANY ($2::pg_catalog.name[])
  UNION ALL
  SELECT 't', typname, typnamespace, 'pg_type', oid
  FROM pg_catalog.pg_type WHERE oid >= 16384 AND typname = ANY ($3::pg_catalog.name[])
  UNION ALL
  SELECT 't', t.typname, t.typnamespace, 'pg_cast', c.oid
  FROM pg_catalog.pg_type t JOIN pg_catalog.pg_cast c ON c.casttarget = t.oid
  WHERE c.oid >= 16384 AND t.typname = ANY ($3::pg_catalog.name[])
  UNION ALL
  SELECT 'r', relname, relnamespace, 'pg_class', oid
  FROM pg_catalog.pg_class WHERE oid >= 16384 AND relname = ANY ($4::pg_catalog.name[])
), reached(kind, name, schema, class, oid) AS (
  SELECT * FROM named
  UNION
  SELECT r.kind, r.name, r.schema, next.class, next.oid
  FROM reached r, LATERAL (
    SELECT CASE found[1] WHEN 'relid' THEN 'pg_class' WHEN 'resulttype' THEN 'pg_type'
                         ELSE 'pg_proc' END, found[2]::pg_catalog.oid
    FROM (
      SELECT w.ev_action::pg_catalog.text
      FROM pg_catalog.pg_rewrite w JOIN pg_catalog.pg_class c ON c.oid = w.ev_class
      WHERE r.class = 'pg_class' AND w.ev_class = r.oid AND c.relkind = 'v'
      UNION ALL
      SELECT p.polqual::pg_catalog.text
      FROM pg_catalog.pg_policy p JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
      WHERE r.class = 'pg_class' AND p.polrelid = r.oid AND c.relrowsecurity
        AND p.polcmd IN ('r', '*')
      UNION ALL
      SELECT c.conbin::pg_catalog.text
      FROM pg_catalog.pg_constraint c WHERE r.class = 'pg_type' AND c.contypid = r.oid
    ) AS trees(tree), pg_catalog.regexp_matches(tree,
      ':(relid|resulttype|funcid|opfuncid|aggfnoid|winfnoid) ([1-9][0-9]*)', 'g') AS found
    UNION ALL
    SELECT 'pg_proc', part
    FROM pg_catalog.pg_aggregate a, pg_catalog.unnest(ARRAY[
      a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn, a.aggmtransfn,
      a.aggminvtransfn, a.aggmfinalfn]::pg_catalog.oid[]) AS part
    WHERE r.class = 'pg_proc' AND a.aggfnoid = r.oid
    UNION ALL
    SELECT 'pg_proc', oprcode FROM pg_catalog.pg_operator
    WHERE r.class = 'pg_operator' AND oid = r.oid
    UNION ALL
    SELECT 'pg_proc', castfunc FROM pg_catalog.pg_cast WHERE r.class = 'pg_cast' AND oid = r.oid
    UNION ALL
    SELECT 'pg_type', part
    FROM pg_catalog.pg_type t, pg_catalog.unnest(ARRAY[t.typbasetype, t.typelem]) AS part
    WHERE r.class = 'pg_type' AND t.oid = r.oid
    UNION ALL
    SELECT 'pg_type', a.atttypid
    FROM pg_catalog.pg_type t JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid
    WHERE r.class = 'pg_type' AND t.oid = r.oid AND a.attnum > 0
  ) AS next(class, oid)
  WHERE r.oid >= 16384 AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = ('pg_catalog.' || r.class)::pg_catalog.regclass AND d.objid = r.oid
      AND d.deptype = 'e')
)
SELECT DISTINCT r.kind, r.name, n.nspname,
       n.nspname = ANY (pg_catalog.current_schemas(true)), p.proname,
       p.provolatile = 'v',
       its.known,
       p.pronargs > 0 AND p.pronargs - p.pronargdefaults <= 1 AND (p.provariadic <> 0 OR EXISTS (
         SELECT FROM pg_catalog.pg_type t
         WHERE t.oid = p.proargtypes[0] AND t.typtype IN ('c', 'd', 'p')))
FROM reached r JOIN pg_catalog.pg_namespace n ON n.oid = r.schema
JOIN pg_catalog.pg_proc p ON r.class = 'pg_proc' AND p.oid = r.oid
JOIN pg_catalog.pg_namespace own ON own.oid = p.pronamespace,
LATERAL (SELECT own.nspname = 'pg_catalog' OR EXISTS (
  SELECT FROM pg_catalog.pg_depend d WHERE d.deptype = 'e'
    AND d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid)) AS its(known)
WHERE NOT (own.nspname = 'pg_catalog' AND p.provolatile = 'i'))sql";

}  // namespace dbops::postgres
