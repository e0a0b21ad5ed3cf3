// Where PostgreSQL's contract is tested: a database of its own on the server that ./test started.
#pragma once

#include <memory>
#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::unique_ptr<Sandbox> make_postgres_database();
std::vector<BadTarget> postgres_bad_targets(const Sandbox& sandbox);
ConnectionOptions postgres_on_port(const Sandbox& sandbox, uint16_t port);
ConnectionOptions postgres_over_tls(const Sandbox& sandbox);

}  // namespace dbops::contract
