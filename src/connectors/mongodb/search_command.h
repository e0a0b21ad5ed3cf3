// A search that fits every engine, as one of the server's aggregations.
#pragma once

#include <string>
#include <vector>

#include "connectors/mongodb/bson.h"
#include "core/searcher.h"

namespace dbops::mongodb {

// What a collection's indexes say of searching it.
struct SearchIndexes {
  struct Vectors {
    std::string field;
    int64_t dimensions = 0;  // 0: not told.
  };
  bool text = false;
  std::vector<Vectors> vectors = {};

  void add(const bson_t& index);  // As listIndexes has it.
};

// The command answers documents {id, score, document}. What the search leaves out is added to
// `warnings`. REQUIRES: a text or a vector, not both.
Result<Bson> search_command(const std::string& database, const std::string& collection,
                            const SearchIndexes& indexes, const SearchRequest& request,
                            std::vector<std::string>& warnings);

}  // namespace dbops::mongodb
