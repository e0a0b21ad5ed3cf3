// What the server says of a relation that bears on a search: its columns, its key, its indexes.
#pragma once

#include <string>
#include <vector>

#include "connectors/postgres/core.h"

namespace dbops::postgres {

// An operator of pgvector's, and what of its distance is better the higher.
enum class Nearness : uint8_t { cosine, euclidean, manhattan, inner };

struct SearchColumn {
  enum class Type : uint8_t { other, text, document, words, vector };
  std::string name = {};
  std::string type = {};           // As people write it.
  Type type_class = Type::other;   // document: JSON; words: a tsvector.
  std::string vector_schema = {};  // Where pgvector's type and operators stand.
  std::string vector_type = {};    // "vector", "halfvec"
  int64_t dimensions = 0;          // Of a vector; 0: not declared.
  int key = 0;                     // Place in the primary key, from 1; 0: none.
  std::string configuration = {};  // What its tsvector was made by, where that can be told.
  bool masked = false;             // By the connection's policy.
};

struct SearchIndex {
  std::string name = {};
  std::string method = {};                // "gin", "gist", "hnsw", "ivfflat"
  std::string column = {};                // Empty: an expression.
  std::string expression = {};            // SQL over the relation's columns.
  std::vector<std::string> columns = {};  // Those that the index reads.
  std::string configuration = {};         // Of the expression's tsvector.
  Nearness nearness = Nearness::cosine;
  bool of_vectors = false;
};

struct Searchable {
  std::vector<std::string> path = {};  // Whole.
  std::vector<SearchColumn> columns;
  std::vector<SearchIndex> indexes;
  std::string configuration = {};  // Where nothing says another: default_text_search_config.
  int64_t vector_version = 0;      // pgvector's, 8 for 0.8; 0: it is not there.

  const SearchColumn* column(const std::string& name) const;
};

// Two round trips. Code::not_found with the nearest name, Code::forbidden where the policy hides
// it, Code::invalid_argument for what has no rows.
Result<Searchable> look_at(const Context& context, Core& core,
                           const std::vector<std::string>& path);

}  // namespace dbops::postgres
