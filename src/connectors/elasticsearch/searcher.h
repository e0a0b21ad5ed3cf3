// Search by words, by vector (kNN), and by both.
#pragma once

#include "connectors/elasticsearch/catalog.h"
#include "connectors/elasticsearch/queries.h"
#include "core/searcher.h"

namespace dbops::elasticsearch {

// Belongs to one session.
class ElasticSearcher final : public Searcher {
 public:
  ElasticSearcher(Link& link, const Server& server, ElasticCatalog& catalog, const Fence& fence)
      : link_(link), server_(server), catalog_(catalog), fence_(fence) {}

  // `path` is an index, an alias, or a pattern: then the id of a hit is an object with its index.
  Result<std::unique_ptr<Stream>> search(const Context& context,
                                         const SearchRequest& request) override;

 private:
  Link& link_;
  const Server& server_;
  ElasticCatalog& catalog_;
  const Fence& fence_;
};

}  // namespace dbops::elasticsearch
