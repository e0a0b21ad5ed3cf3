// MCP over Streamable HTTP: the endpoint /mcp, and /healthz.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "mcp/server.h"

namespace dbops::http {

struct Settings {
  std::string host = "127.0.0.1";  // An address, or "localhost".
  uint16_t port = 0;               // 0: any that is free.
  // Without authentication anyone who can reach the port can use every connection.
  bool allow_remote_without_auth = false;
  std::vector<std::string> allowed_hosts = {};    // Beside loopback's; see Guard.
  std::vector<std::string> allowed_origins = {};  // Beside loopback's; see Guard.

  size_t body_bytes_max = 4u << 20;
  size_t header_bytes_max = 24u << 10;  // request line and headers; as much again for the answer's
  size_t connections_max = 2048;
  unsigned threads = 1;  // that read and write; calls run on the server's own
  size_t sessions_max = 4096;
  std::chrono::seconds session_idle_max{1800};

  std::chrono::milliseconds header_time_max{10'000};  // for a request's line and headers
  std::chrono::milliseconds body_time_max{60'000};    // for its body
  std::chrono::milliseconds idle_time_max{90'000};    // until the next request's head has come
  std::chrono::seconds keep_alive{15};                // between comments on a quiet stream
  std::chrono::milliseconds drain_time_max{5'000};    // that calls get to finish at the end
};

// Serves until it is destroyed. Thread-safe.
class Listener {
 public:
  // Code::forbidden beyond loopback without the setting for it; Code::invalid_argument for an
  // address that is none; Code::busy for a port that is taken; Code::denied, Code::io. `server`
  // must outlive it. Raises this process's soft limit on open files to what the connections may
  // need.
  static Result<std::unique_ptr<Listener>> start(mcp::Server& server, const Settings& settings);
  // Takes no more connections, lets calls finish within drain_time_max, cancels the rest, ends
  // streams and sessions.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  uint16_t port() const;

 private:
  struct State;

 public:
  // For start(): nobody else can name a State.
  explicit Listener(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace dbops::http
