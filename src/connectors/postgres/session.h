#pragma once

#include "connectors/postgres/catalog.h"
#include "connectors/postgres/core.h"
#include "connectors/postgres/diagnostics.h"
#include "connectors/postgres/explainer.h"
#include "connectors/postgres/queries.h"

namespace dbops::postgres {

// One link and all that it can do. Used by one thread at a time.
class PostgresSession final : public Session {
 public:
  explicit PostgresSession(std::unique_ptr<Core> core);

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override {
    const Link& link = core_->link();
    return link.broken() || link.swollen() || link.hung_up();
  }

  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }

  // For the operations of this connector.
  Core& core() { return *core_; }
  PostgresQueries& statements() { return queries_; }

 private:
  std::unique_ptr<Core> core_;
  PostgresQueries queries_;
  PostgresCatalog catalog_;
  PostgresExplainer explainer_;
  PostgresDiagnostics diagnostics_;
};

}  // namespace dbops::postgres
