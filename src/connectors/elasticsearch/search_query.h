// A search that fits every engine, as one of Elasticsearch's.
#pragma once

#include <string>
#include <vector>

#include "connectors/elasticsearch/mapping.h"
#include "connectors/elasticsearch/rows.h"
#include "core/searcher.h"

namespace dbops::elasticsearch {

// What is shown of a hit: its document, without vectors; or those of `fields` alone.
enum class Shown : uint8_t { documents, fields };

struct SearchQuery {
  OwnedRequest request;
  std::vector<std::string> warnings;
};

// `fields` are those of the index's mapping. Words must all be there, each in any of the fields;
// Code::not_found for a field, Code::unsupported where none can be searched so,
// Code::invalid_argument for a text without words or a vector of other dimensions.
Result<SearchQuery> search_query(const std::vector<Field>& fields, const SearchRequest& request,
                                 bool opensearch, Shown shown = Shown::documents);

}  // namespace dbops::elasticsearch
