#pragma once

#include "connectors/elasticsearch/catalog.h"
#include "connectors/elasticsearch/diagnostics.h"
#include "connectors/elasticsearch/explainer.h"
#include "connectors/elasticsearch/loader.h"
#include "connectors/elasticsearch/queries.h"
#include "connectors/elasticsearch/searcher.h"
#include "core/session.h"

namespace dbops::elasticsearch {

// A cluster, reached through its nodes. HTTP keeps nothing between two requests, so that nothing
// that happens to one can break the session. Used by one thread at a time.
class ElasticSession final : public Session {
 public:
  ElasticSession(Target target, Tier tier, Access access)
      : link_(std::move(target)),
        fence_(std::move(access)),
        queries_(link_, server_, tier, fence_),
        catalog_(link_, fence_),
        explainer_(queries_),
        diagnostics_(link_),
        loader_(link_, catalog_, tier),
        searcher_(link_, server_, catalog_, fence_) {}

  // Asks who is there. REQUIRES: called before anything else.
  Result<void> greet(const Context& context);

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override { return false; }
  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Explainer* explainer() override { return &explainer_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }
  Searcher* searcher() override { return &searcher_; }

  Link& link() { return link_; }
  const Server& server() const { return server_; }
  const Fence& fence() const { return fence_; }
  Tier tier() const { return queries_.tier(); }

 private:
  Result<void> ask_node(const Context& context);
  Tier granted(const Context& context, std::string& user, std::vector<Finding>& findings);

  Link link_;
  Server server_;
  const Fence fence_;
  ElasticQueries queries_;
  ElasticCatalog catalog_;
  ElasticExplainer explainer_;
  ElasticDiagnostics diagnostics_;
  ElasticLoader loader_;
  ElasticSearcher searcher_;
};

}  // namespace dbops::elasticsearch
