// Redis' sandbox: a numbered database of the server that ./test has started.
#pragma once

#include <memory>
#include <vector>

#include "contract/quirks.h"

namespace dbops::contract {

std::unique_ptr<Sandbox> make_redis_database();
std::vector<BadTarget> redis_bad_targets(const Sandbox& sandbox);
ConnectionOptions redis_on_port(const Sandbox& sandbox, uint16_t port);
ConnectionOptions redis_over_tls(const Sandbox& sandbox);

}  // namespace dbops::contract
