// Where the contract of PostgreSQL, and of what is built on it, is tested: a database of its own on
// the server that ./test started.
#pragma once

#include <string>

#include "contract/quirks.h"

namespace dbops::contract {

struct PostgresServer {
  const Connector& connector;
  std::string variable;      // Of the environment, with its URL; with _TLS behind it, over TLS.
  std::string prepare = {};  // Run in each database, in the admin tier, before anything else.
};

// What both have in common.
Quirks postgres_quirks(const PostgresServer& server);

}  // namespace dbops::contract
