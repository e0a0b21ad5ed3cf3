#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/redis/link.h"
#include "core/connector.h"
#include "net/tls.h"

namespace dbops::redis {

inline constexpr size_t kHostsMax = 32;  // in one URL
inline constexpr size_t kClientNameBytesMax = 64;

struct Address {
  std::string host = "127.0.0.1";
  uint16_t port = 6379;
  bool operator==(const Address& other) const = default;
  std::string text() const;  // As messages show it.
};

// What the URL and the settings say:
//   redis://[user[:password]@]host[:port][,host...][/database]   the first that answers
//   rediss://...?sslmode=verify-full&sslrootcert=FILE            over TLS
//   redis+sentinel://[user[:password]@]host[:port][,host...]/NAME[/database]   sentinels, which say
//     where the primary of that name is; rediss+sentinel:// over TLS; ?sentinel_password=... where
//     they want one
//   unix:/path/of/socket?db=1, unix://user:password@/path/of/socket
struct Target {
  std::vector<Address> hosts;  // At least one, but for a socket.
  std::string socket;          // Empty: hosts.
  std::string primary;         // Its name at the sentinels; empty: the hosts are no sentinels.
  std::optional<TlsOptions> tls;
  std::string user;
  Secret password;
  std::string sentinel_user;  // Sentinels have users and passwords of their own.
  Secret sentinel_password;
  std::string database = "0";
  bool read_replicas = false;         // Reads may be answered by them.
  std::string client_name = "dbops";  // As CLIENT LIST shows its links.

  std::string place() const;  // As messages name it: "127.0.0.1:6379,127.0.0.1:6380".
};

// Without I/O. Code::invalid_config; never quotes the URL.
Result<Target> read_target(const ConnectionOptions& options);

struct OpenLink {
  std::unique_ptr<Link> link = nullptr;
  std::string transport = {};  // "plain", "socket", "TLSv1.3"
  int protocol = 3;            // RESP's version
  bool cluster = false;        // It is a node of one.
  Address address = {};        // Where it leads to.
};

// As ROLE has it: "master", or "slave" with the state of its link to the primary ("connected" ...).
struct Role {
  bool primary = false;
  bool connected =
      false;  // Of a replica: it has all that the primary has, but for the last moment.
  std::vector<Address> replicas = {};  // Of a primary.
};
Result<Role> ask_role(const Context& context, Link& link);
// The replicas that the first sentinel which answers holds for healthy.
Result<std::vector<Address>> ask_replicas(const Context& context, std::chrono::milliseconds timeout,
                                          const Target& target);

// A link that is signed in, speaks version 3 where the server can, and is in its database. With
// sentinels: to the primary that they name, and that is one. Of several hosts the first that
// answers; where replicas are read from, the first that is a primary, if there is one.
Result<OpenLink> open_link(const Context& context, std::chrono::milliseconds timeout,
                           const Target& target);
// The same to that address, which is not the target's own.
Result<OpenLink> open_at(const Context& context, std::chrono::milliseconds timeout,
                         const Target& target, const Address& address);

}  // namespace dbops::redis
