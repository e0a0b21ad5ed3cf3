#include "connectors/timescaledb/edition.h"

namespace dbops::timescaledb {
namespace {

constexpr const char* kEdition = R"sql(
SELECT e.extversion, pg_catalog.quote_ident(n.nspname),
       coalesce(pg_catalog.current_setting('timescaledb.license', true), 'apache'),
       (SELECT pg_catalog.quote_ident(k.nspname) FROM pg_catalog.pg_extension t
        JOIN pg_catalog.pg_namespace k ON k.oid = t.extnamespace
        WHERE t.extname = 'timescaledb_toolkit'),
       coalesce((SELECT nspname FROM pg_catalog.pg_namespace
                 WHERE nspname = '_timescaledb_functions'), '_timescaledb_internal')
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'timescaledb')sql";

}  // namespace

std::string Edition::text() const {
  return version + (licensed() ? ", all features" : ", Apache edition");
}

Result<Edition> read_edition(const Context& context, postgres::Core& core) {
  DBOPS_TRY(core.make_ready(context));
  DBOPS_ASSIGN(const postgres::Rows rows, core.link().ask(context, {.sql = kEdition}));
  if (rows.size() == 0) return Edition();
  return Edition{.version = rows.string(0, 0),
                 .schema = rows.string(0, 1),
                 .internals = rows.string(0, 4),
                 .toolkit = rows.string(0, 3),
                 .license = rows.string(0, 2)};
}

Result<void> need_extension(const Edition& edition) {
  if (edition.installed()) return {};
  return fail(Code::unsupported, "the extension timescaledb is not installed in this database",
              "CREATE EXTENSION timescaledb, in the admin tier, on a server that preloads it");
}

Result<void> need_license(const Edition& edition, std::string_view what) {
  DBOPS_TRY(need_extension(edition));
  if (edition.licensed()) return {};
  return fail(Code::unsupported,
              std::string(what) +
                  " is not in this server's edition of TimescaleDB: its licence is \"" +
                  edition.license + "\", and the Apache edition lacks it",
              "use a build under the Timescale licence (timescaledb.license = timescale)");
}

}  // namespace dbops::timescaledb
