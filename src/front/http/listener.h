// MCP over Streamable HTTP: the endpoint /mcp, and /healthz.
#pragma once

#include <cstdint>
#include <memory>

#include "base/result.h"
#include "front/http/settings.h"
#include "mcp/server.h"

namespace dbops::http {

// Serves until it is destroyed. Thread-safe.
class Listener {
 public:
  // Code::forbidden beyond loopback with neither tokens nor the setting for it;
  // Code::invalid_argument for an address that is none; what Certificates::load() and Awake::open()
  // say; Code::busy for a port that is taken; Code::denied, Code::io. `server` must outlive it.
  // Raises this process's soft limit on open files to what the connections may need.
  static Result<std::unique_ptr<Listener>> start(mcp::Server& server, const Settings& settings);
  // Takes no more connections, lets calls finish within drain_time_max, cancels the rest and
  // answers them, ends streams and sessions.
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  uint16_t port() const;
  // From here on the tokens, the authorization server and the policies of these settings hold;
  // requests under way end under those before, and open streams go by these, or end. Once a token
  // was asked for it always is: where these settings have none, nobody is let in.
  // Code::forbidden, with nothing changed, as start().
  Result<void> replace_callers(const Settings& settings);
  // Reads the TLS files again; connections go on as they are. Without TLS there is nothing to do.
  // Errors as Certificates::load().
  Result<void> reload_certificates();

 private:
  struct State;

 public:
  // For start(): nobody else can name a State.
  explicit Listener(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace dbops::http
