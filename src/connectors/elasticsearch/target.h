#pragma once

#include <string>
#include <vector>

#include "core/connector.h"
#include "net/tls.h"

namespace dbops::elasticsearch {

inline constexpr size_t kNodesMax = 32;  // hosts in one URL

// What the URL and the settings say:
//   elasticsearch://[user:password@]host[:port][,host[:port]...][/prefix]
//   elasticsearch+https://...?sslmode=verify-full&sslrootcert=FILE   over TLS
//   elasticsearch+https://?cloud_id=NAME:BASE64&api_key=...          in Elastic's cloud
struct Target {
  std::vector<std::string> nodes;   // "https://host:port", in the URL's order; at least one.
  std::vector<std::string> places;  // The same as messages name them: "host:port".
  std::string prefix;  // Of every path, where a proxy stands before; no '/' at its end.
  bool secure = false;
  TlsOptions tls;
  std::string user;      // As it was given; empty with a key or a token.
  Secret authorization;  // The header, whole; empty: none.
};

// Without I/O. Code::invalid_config; never quotes the URL.
Result<Target> read_target(const ConnectionOptions& options);

}  // namespace dbops::elasticsearch
