#pragma once

#include "connectors/postgres/catalog.h"
#include "connectors/postgres/core.h"
#include "connectors/postgres/diagnostics.h"
#include "connectors/postgres/explainer.h"
#include "connectors/postgres/loader.h"
#include "connectors/postgres/queries.h"
#include "connectors/postgres/searcher.h"
#include "connectors/postgres/watcher.h"

namespace dbops::postgres {

// A link of these options with its settings as they must be. Errors as Connector::connect().
Result<std::unique_ptr<Core>> open_core(const Context& context, const ConnectionOptions& options);

// One link and all that it can do. Used by one thread at a time. A database that is PostgreSQL and
// more derives its session from this: the operations of this connector then work on it too.
class PostgresSession : public Session {
 public:
  explicit PostgresSession(std::unique_ptr<Core> core);

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override {
    const Link& link = core_->link();
    return link.broken() || link.swollen();
  }
  bool hung_up() const override { return core_->link().hung_up(); }

  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }
  Searcher* searcher() override { return &searcher_; }
  Watcher* watcher() override { return &watcher_; }

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
  PostgresSearcher searcher_;
  PostgresWatcher watcher_;
};

}  // namespace dbops::postgres
