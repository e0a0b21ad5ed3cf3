#pragma once

#include "connectors/postgres/session.h"
#include "connectors/timescaledb/catalog.h"
#include "connectors/timescaledb/edition.h"
#include "connectors/timescaledb/explainer.h"

namespace dbops::timescaledb {

// A session of PostgreSQL that knows hypertables. Used by one thread at a time.
class TimescaleSession final : public postgres::PostgresSession {
 public:
  explicit TimescaleSession(std::unique_ptr<postgres::Core> core);

  Result<ServerInfo> info(const Context& context) override;
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }

  // Asked for once, and again as long as the extension is not there. The pointer lives with the
  // session.
  Result<const Edition*> edition(const Context& context);

 private:
  Edition edition_;
  TimescaleCatalog catalog_;
  TimescaleExplainer explainer_;
  postgres::PostgresDiagnostics diagnostics_;
};

}  // namespace dbops::timescaledb
