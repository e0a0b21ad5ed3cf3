#include "connectors/timescaledb/session.h"

#include "connectors/timescaledb/checks.h"

namespace dbops::timescaledb {

TimescaleSession::TimescaleSession(std::unique_ptr<postgres::Core> core, ScanGuard guard)
    : PostgresSession(std::move(core)),
      queries_(*this, *PostgresSession::queries(), guard),
      catalog_(*this, *PostgresSession::catalog()),
      explainer_(*this, *PostgresSession::explainer()),
      diagnostics_(PostgresSession::core(), checks()) {}

Result<const Edition*> TimescaleSession::edition(const Context& context) {
  if (!edition_.installed()) {
    DBOPS_ASSIGN(edition_, read_edition(context, core()));
  }
  return &edition_;
}

Result<ServerInfo> TimescaleSession::info(const Context& context) {
  DBOPS_ASSIGN(ServerInfo info, PostgresSession::info(context));
  DBOPS_ASSIGN(const Edition* const edition, this->edition(context));
  if (edition->installed()) {
    info.version = edition->text() + ", on PostgreSQL " + info.version;
    info.product = "TimescaleDB";
  } else {
    info.findings.push_back({Severity::warning, "connection", info.database,
                             "the extension timescaledb is not installed in this database",
                             need_extension(*edition).error().hint});
  }
  return info;
}

}  // namespace dbops::timescaledb
