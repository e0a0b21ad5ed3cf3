#pragma once

#include <string>

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

// For servers that explain no distinct.
Explained find_of_distinct(const bson_t& command);

}  // namespace dbops::mongodb
