#pragma once

#include <memory>
#include <string>

#include "connectors/redis/link.h"
#include "core/connector.h"

namespace dbops::redis {

// What redis://[user[:password]@]host[:port][/database] says.
struct Target {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  std::string user;
  Secret password;
  std::string database = "0";
};

// Without I/O. Code::invalid_config; never quotes the URL.
Result<Target> read_target(const ConnectionOptions& options);

// A link that is signed in, speaks version 3 where the server can, and is in its database.
Result<std::unique_ptr<Link>> open_link(const Context& context, const ConnectionOptions& options,
                                        const Target& target);

}  // namespace dbops::redis
