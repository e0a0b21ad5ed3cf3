#pragma once

#include "base/json.h"
#include "connectors/elasticsearch/queries.h"
#include "connectors/elasticsearch/rows.h"
#include "core/arguments.h"

namespace dbops::elasticsearch {

// What is searched for, in parts of JSON.
struct SearchParts {
  std::string text;     // A query; empty: none.
  std::string filters;  // An array of queries that hold beside it.
  std::string vector;   // An array of numbers; empty: none.
  std::string vector_field;
  int64_t size = 0;  // hits
};
// As members of a search's body, in the server's own dialect of kNN. Text and vector together are
// found by either, their scores added.
void write_query(const SearchParts& parts, bool opensearch, JsonWriter& out);

// What build_search() takes.
std::vector<Argument> search_arguments();

// A search from its parts, in the server's own dialect of kNN:
//   text in fields, a filter of field and value (a list: any of them; an object: a range; null: the
//   field is missing), a vector near to, groups with their counts, an order, highlights.
// Code::invalid_argument where the parts do not go together.
Result<OwnedRequest> build_search(Arguments& arguments, const Server& server);

// The request as a statement, its body laid out one member a line.
std::string to_statement(const OwnedRequest& request);

}  // namespace dbops::elasticsearch
