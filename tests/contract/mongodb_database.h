// MongoDB's sandbox: a database of its own on the server that ./test has started.
#pragma once

#include <memory>
#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::unique_ptr<Sandbox> make_mongodb_database();
std::unique_ptr<Sandbox> make_mongodb_set_database();  // On a replica set.
std::vector<BadTarget> mongodb_bad_targets(const Sandbox& sandbox);
ConnectionOptions mongodb_on_port(const Sandbox& sandbox, uint16_t port);
ConnectionOptions mongodb_over_tls(const Sandbox& sandbox);

}  // namespace dbops::contract
