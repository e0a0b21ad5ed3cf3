// Search by words ($text), and by vector where the server has indexes for cosmosSearch.
#pragma once

#include "connectors/mongodb/catalog.h"
#include "connectors/mongodb/queries.h"
#include "core/searcher.h"

namespace dbops::mongodb {

// Belongs to one session.
class MongoSearcher final : public Searcher {
 public:
  MongoSearcher(MongoQueries& queries, MongoCatalog& catalog)
      : queries_(queries), catalog_(catalog) {}

  // `path` is a collection, with its database before it or not. Code::unsupported where it has no
  // index for the search.
  Result<std::unique_ptr<Stream>> search(const Context& context,
                                         const SearchRequest& request) override;

 private:
  MongoQueries& queries_;
  MongoCatalog& catalog_;
};

}  // namespace dbops::mongodb
