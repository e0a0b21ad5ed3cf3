// Pub/sub for a while: what is published on some channels between now and a limit.
#pragma once

#include <chrono>
#include <memory>

#include "base/stream.h"
#include "connectors/redis/link.h"

namespace dbops::redis {

struct Channels {
  std::vector<std::string> names;
  std::vector<std::string> patterns;  // "news.*"
};

// Messages as they come, with channel and pattern, until there are `messages_max` or `span` is
// over. The link is given up with the stream: a server takes little else on one that has
// subscribed. Code::invalid_argument without a channel; errors of the server as server_error() has
// them. The stream borrows the link.
Result<std::unique_ptr<Stream>> collect_messages(const Context& context, Link& link,
                                                 const Channels& channels,
                                                 std::chrono::seconds span, int64_t messages_max);

}  // namespace dbops::redis
