#pragma once

#include "connectors/postgres/session.h"
#include "connectors/timescaledb/catalog.h"
#include "connectors/timescaledb/edition.h"
#include "connectors/timescaledb/explainer.h"
#include "connectors/timescaledb/guard.h"

namespace dbops::timescaledb {

// A session of PostgreSQL that knows hypertables. Used by one thread at a time.
class TimescaleSession final : public postgres::PostgresSession {
 public:
  TimescaleSession(std::unique_ptr<postgres::Core> core, ScanGuard guard);

  Result<ServerInfo> info(const Context& context) override;
  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }

  // Asked for once, and again as long as the extension is not there. The pointer lives with the
  // session.
  Result<const Edition*> edition(const Context& context);

 private:
  Edition edition_;
  GuardedQueries queries_;
  TimescaleCatalog catalog_;
  TimescaleExplainer explainer_;
  postgres::PostgresDiagnostics diagnostics_;
};

}  // namespace dbops::timescaledb
