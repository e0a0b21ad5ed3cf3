// What the server itself lets the user do.
#pragma once

#include "base/context.h"
#include "connectors/redis/link.h"

namespace dbops::redis {

// By queueing a write and a command of administrators in a transaction that is thrown away: the ACL
// is asked when a command is queued, and nothing runs. Tier::admin where the server has no such
// transactions for this user, so that it can't be told. The link is closed if it stays in one.
Result<Tier> ask_what_is_granted(const Context& context, Link& link);

}  // namespace dbops::redis
