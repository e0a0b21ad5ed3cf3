#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// What is explained for a command: itself where it reads; for one that writes, the read that finds
// its documents.
struct Explained {
  Bson command;
  std::string note;  // What of the command is not in the plan; empty: all is.
};

// Code::unsupported for a command that has no plan, Code::invalid_argument where it has several.
Result<Explained> to_explain(const bson_t& command);

// The same of each part of a command that finds documents, at most so many: the parts of update,
// delete and bulkWrite, or the command itself. Empty for one that finds none.
std::vector<Explained> parts_to_explain(const bson_t& command, size_t parts_max);

// For servers that explain no distinct.
Explained find_of_distinct(const bson_t& command);

}  // namespace dbops::mongodb
