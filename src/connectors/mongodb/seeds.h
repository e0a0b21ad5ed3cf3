// MongoDB's "initial DNS seedlist discovery": what stands in DNS behind a mongodb+srv: URL.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "connectors/mongodb/target.h"
#include "net/records.h"

namespace dbops::mongodb {

// The target with the hosts that DNS has for its name, and with the options that it has there and
// the URL doesn't; one with hosts of its own as it is. Ends with the context.
// Codes of find_services(); Code::protocol: what DNS says is none of MongoDB's.
Result<Target> find_seeds(const Context& context, const Target& target);

// The same of what DNS has answered; where the target has a limit of hosts, `chance` chooses them.
// REQUIRES: target.srv.
Result<Target> with_seeds(Target target, const std::vector<Service>& services,
                          const std::vector<std::string>& texts, std::mt19937& chance);

}  // namespace dbops::mongodb
