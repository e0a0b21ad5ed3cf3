// What the HTTP server can be told; docs/configuration.md lists the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "front/http/oauth/settings.h"
#include "front/http/tokens.h"

namespace dbops::http {

struct Settings {
  std::string host = "127.0.0.1";  // An address, or "localhost".
  uint16_t port = 0;               // 0: any that is free.
  // Who may call. None: anyone who can reach the port can use every connection ...
  std::vector<Token> tokens = {};
  OAuthSettings oauth = {};                     // ... beside the tokens of an authorization server.
  bool allow_remote_without_auth = false;       // ... also from another machine.
  std::vector<std::string> allowed_hosts = {};  // Beside loopback's; see Guard.
  std::vector<std::string> allowed_origins = {};  // Beside loopback's; see Guard.
  // PEM files; see Certificates. Both empty: no TLS.
  std::string tls_certificate = {};
  std::string tls_key = {};
  // More for /metrics, which is open on loopback; elsewhere it takes a token with that scope.
  std::function<std::string()> metrics = {};
  bool metrics_without_token = false;
  // No processor of this machine halts where that pays, see Waits. nullopt: if this user has the
  // right to that, and there are few.
  std::optional<bool> keep_cpus_awake = {};

  size_t body_bytes_max = 4u << 20;
  size_t header_bytes_max = 24u << 10;  // request line and headers
  size_t connections_max = 2048;
  unsigned threads = 1;  // that read and write; calls run on the server's own
  size_t sessions_max = 4096;
  size_t streams_max = 1024;      // event streams that belong to no call
  uint32_t calls_per_minute = 0;  // of one principal; 0: no limit
  std::chrono::seconds session_idle_max{1800};

  std::chrono::milliseconds header_time_max{10'000};  // for a request's line and headers
  std::chrono::milliseconds body_time_max{60'000};    // for its body
  std::chrono::milliseconds idle_time_max{90'000};    // until the next request's head has come
  std::chrono::milliseconds keep_alive{15'000};       // between comments on a quiet stream
  // At the end: how long /readyz says so while calls are still taken, and how long the last of them
  // get to finish.
  std::chrono::milliseconds drain_notice{0};
  std::chrono::milliseconds drain_time_max{5'000};
};

}  // namespace dbops::http
