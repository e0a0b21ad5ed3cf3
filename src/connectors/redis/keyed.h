// Commands on one key each, wherever a cluster keeps it.
#pragma once

#include "connectors/redis/nodes.h"

namespace dbops::redis {

struct Keyed {
  std::string key;
  Link::Command command;
};

// A pipeline to each node that keeps any of the keys, one after the other; redirections are
// followed, kRedirectsMax times a command. Replies in the order of the commands; errors of a server
// are replies. An error is about a link: Effect::unknown where some of the commands may have run,
// else Effect::none; `session_broken` where it is the seed's, for another is opened anew.
Result<std::vector<RespReply>> call_keyed(const Context& context, Nodes& nodes,
                                          std::vector<Keyed> commands);

}  // namespace dbops::redis
