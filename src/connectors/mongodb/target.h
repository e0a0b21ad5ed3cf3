#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/connector.h"
#include "net/tls.h"
#include "net/url.h"

namespace dbops::mongodb {

// How documents become rows.
struct Shape {
  bool flat = false;       // A column for each field, or one column `document`.
  bool canonical = false;  // Extended JSON with the type of every number, or as people write it.
};

// What becomes of a command whose plan reads a whole collection.
enum class ScanGuard : uint8_t { off, warn, refuse };

// What the URL and the settings say:
//   mongodb://[user[:password]@]host[:port][,host...][/database][?options]
//   mongodb+srv://[user[:password]@]name[/database][?options]   hosts from DNS, over TLS
struct Target {
  bool srv = false;
  std::string srv_service = "mongodb";  // What its SRV records are of, without the underscore.
  size_t srv_hosts_max = 0;             // Of those found, chosen at random; 0: all.
  std::vector<Url::Host> hosts;
  std::string user;
  Secret password;
  std::string database = "test";
  bool database_given = false;  // By the URL: users are then looked up in it, else in admin.
  std::vector<std::pair<std::string, std::string>> options;  // The driver's own.
  std::optional<TlsOptions> tls;                             // Without the host.
  Shape shape;
  ScanGuard guard = ScanGuard::off;
  bool causal = true;  // Reads see what this program wrote or saw on any member (causal.h).

  // Whether a certificate says who signs in (MONGODB-X509).
  bool by_certificate() const;
  // The level of the URL's read concern; empty where it has none.
  std::string read_concern() const;
  std::string place() const;  // As messages name it: "127.0.0.1:27017,h2:27018".
  // As libmongoc is to have it, without secrets: those are set on it later. What stands in DNS is
  // looked up before (seeds.h): libmongoc would wait for it without an end.
  std::string driver_url() const;
};

inline constexpr uint16_t kPort = 27017;
inline constexpr size_t kSrvServiceBytesMax = 62;  // With an underscore, the bound of DNS.
inline constexpr size_t kSrvHostsMax = 256;        // more than DNS is asked for
inline constexpr size_t kDatabaseBytesMax = 63;    // of a database's name; the server's bound

// Whether the limit of hosts may stand beside the other options, those of DNS too.
Result<void> check_srv_hosts(const Target& target);

// Without I/O. Code::invalid_config; never quotes the URL.
Result<Target> read_target(const ConnectionOptions& options);

}  // namespace dbops::mongodb
