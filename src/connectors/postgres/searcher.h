// Search by words, over tsvectors; and by vector, over pgvector's.
#pragma once

#include "connectors/postgres/queries.h"
#include "core/searcher.h"

namespace dbops::postgres {

// Belongs to one session; borrows its core and queries.
class PostgresSearcher final : public Searcher {
 public:
  PostgresSearcher(Core& core, PostgresQueries& queries) : core_(core), queries_(queries) {}

  // Words: a tsvector with an index, the expression of one, a tsvector without, else the columns of
  // text, read row by row. Vectors: the operator is that of the column's index, else the cosine's.
  Result<std::unique_ptr<Stream>> search(const Context& context,
                                         const SearchRequest& request) override;

 private:
  Result<void> check_words(const Context& context, const std::string& configuration,
                           const std::string& text);
  Core& core_;
  PostgresQueries& queries_;
};

}  // namespace dbops::postgres
