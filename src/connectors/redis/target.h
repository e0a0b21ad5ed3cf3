#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connectors/redis/link.h"
#include "core/connector.h"
#include "net/tls.h"

namespace dbops::redis {

// What the URL and the settings say:
//   redis://[user[:password]@]host[:port][/database]
//   rediss://...?sslmode=verify-full&sslrootcert=FILE   over TLS
//   unix:/path/of/socket?db=1, unix://user:password@/path/of/socket
struct Target {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  std::string socket;  // Empty: host and port.
  std::optional<TlsOptions> tls;
  std::string user;
  Secret password;
  std::string database = "0";

  std::string place() const;  // As messages name it: "127.0.0.1:6379".
};

// Without I/O. Code::invalid_config; never quotes the URL.
Result<Target> read_target(const ConnectionOptions& options);

struct OpenLink {
  std::unique_ptr<Link> link = nullptr;
  std::string transport = {};  // "plain", "socket", "TLSv1.3"
  int protocol = 3;            // RESP's version
};

// A link that is signed in, speaks version 3 where the server can, and is in its database.
Result<OpenLink> open_link(const Context& context, const ConnectionOptions& options,
                           const Target& target);

}  // namespace dbops::redis
