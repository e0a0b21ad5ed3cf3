#pragma once

#include <memory>

#include "connectors/sqlite/catalog.h"
#include "connectors/sqlite/database.h"
#include "connectors/sqlite/diagnostics.h"
#include "connectors/sqlite/explainer.h"
#include "connectors/sqlite/loader.h"
#include "connectors/sqlite/queries.h"
#include "connectors/sqlite/searcher.h"

namespace dbops::sqlite {

// One connection to a file with all its capabilities. Used by one thread at a time.
class SqliteSession final : public Session {
 public:
  explicit SqliteSession(std::unique_ptr<Database> database);

  Result<ServerInfo> info(const Context& context) override;
  // Reads the file's change counter; Code::disconnected when another file stands there now.
  Result<void> ping(const Context& context) override;
  bool broken() const override { return database_->broken(); }

  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }
  Searcher* searcher() override { return &searcher_; }

  Database& database() { return *database_; }

 private:
  std::unique_ptr<Database> database_;
  SqliteQueries queries_;
  SqliteCatalog catalog_;
  SqliteExplainer explainer_;
  SqliteDiagnostics diagnostics_;
  SqliteLoader loader_;
  SqliteSearcher searcher_;
};

}  // namespace dbops::sqlite
