#pragma once

#include "connectors/postgres/catalog.h"
#include "connectors/postgres/core.h"
#include "connectors/postgres/diagnostics.h"
#include "connectors/postgres/explainer.h"
#include "connectors/postgres/loader.h"
#include "connectors/postgres/queries.h"

namespace dbops::postgres {

// One link and all that it can do. Used by one thread at a time.
class PostgresSession final : public Session {
 public:
  explicit PostgresSession(std::unique_ptr<Core> core);

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override { return core_->link().broken() || core_->link().swollen(); }

  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }

  // For the operations of this connector.
  Core& core() { return *core_; }
  PostgresQueries& statements() { return queries_; }

 private:
  std::unique_ptr<Core> core_;
  PostgresQueries queries_;
  PostgresCatalog catalog_;
  PostgresExplainer explainer_;
  PostgresDiagnostics diagnostics_;
  PostgresLoader loader_;
};

}  // namespace dbops::postgres
