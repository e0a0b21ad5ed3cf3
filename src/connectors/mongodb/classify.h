#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"
#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

struct Class {
  std::string verb;         // The command's name.
  Tier tier = Tier::admin;  // The least that may run it.
  std::string reason = {};  // Empty for a read.
  std::string danger = {};
  bool transactional = false;  // The server takes it in a transaction.
  bool link = false;           // It would change what the link is: no tier may.
};

// By closed tables of commands and of pipelines' stages; what they don't know needs admin. Looks at
// every level for what writes ($out, $merge) or runs JavaScript ($where, $function, $accumulator,
// code). REQUIRES: the document is no deeper than kBsonDepthMax.
Class classify(const bson_t& command);

// For completion, sorted.
std::vector<std::string_view> known_commands();

}  // namespace dbops::mongodb
