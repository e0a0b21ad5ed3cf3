#pragma once

#include <memory>

#include "connectors/mongodb/catalog.h"
#include "connectors/mongodb/diagnostics.h"
#include "connectors/mongodb/explainer.h"
#include "connectors/mongodb/loader.h"
#include "connectors/mongodb/queries.h"
#include "connectors/mongodb/searcher.h"
#include "connectors/mongodb/watcher.h"

namespace dbops::mongodb {

// One link to a server that speaks MongoDB's protocol. Used by one thread at a time.
class MongoSession final : public Session {
 public:
  MongoSession(std::unique_ptr<Link> link, const Target& target, Tier tier)
      : link_(std::move(link)),
        queries_(*link_, target, tier),
        catalog_(*link_),
        explainer_(queries_),
        diagnostics_(*link_, target.database),
        loader_(queries_, catalog_),
        searcher_(queries_, catalog_),
        watcher_(queries_) {}

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override { return link_->broken(); }
  bool hung_up() const override { return link_->hung_up(); }
  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }
  Searcher* searcher() override { return &searcher_; }
  Watcher* watcher() override { return &watcher_; }

  MongoQueries& commands() { return queries_; }

 private:
  std::unique_ptr<Link> link_;
  MongoQueries queries_;
  MongoCatalog catalog_;
  MongoExplainer explainer_;
  MongoDiagnostics diagnostics_;
  MongoLoader loader_;
  MongoSearcher searcher_;
  MongoWatcher watcher_;
};

}  // namespace dbops::mongodb
