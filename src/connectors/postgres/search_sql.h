// The statement that answers a search, made of the server's own names and of parameters.
#pragma once

#include <string>

#include "connectors/postgres/searchable.h"
#include "core/search_rows.h"

namespace dbops::postgres {

struct SearchSql {
  SearchStatement statement;
  std::string configuration;      // That reads the text; empty: there is none.
  const SearchIndex* index = {};  // Of vectors, that the server may go through.
};

// REQUIRES: a text, a vector or both. Code::not_found for a field; Code::unsupported where there is
// nothing to search in, or for both no primary key; Code::invalid_argument for a vector of other
// dimensions.
Result<SearchSql> search_sql(const Searchable& relation, const SearchRequest& request);

}  // namespace dbops::postgres
