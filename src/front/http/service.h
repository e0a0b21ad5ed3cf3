// What becomes of a request, from its head to its answer, whatever carries it.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string_view>

#include "base/awake.h"
#include "front/http/endpoint.h"
#include "front/http/exchange.h"
#include "front/http/gate.h"
#include "front/http/pages.h"
#include "front/http/passes.h"
#include "front/http/rates.h"
#include "front/http/sessions.h"
#include "front/http/settings.h"
#include "mcp/server.h"

namespace dbops::http {

// Thread-safe.
struct Service {
  // `the_server` must outlive it.
  Service(mcp::Server& the_server, const Settings& the_settings);

  // What can be said of a request before its body; nullopt: go on. Finds out who asks.
  std::optional<Response> answer_early(Request& request) const;
  // REQUIRES: answer_early() said nothing, and request.login has its answer, where there is one.
  void handle(Request& request, std::string_view body,
              const std::shared_ptr<Exchange>& exchange) const;
  // To be called every second or so.
  void look_after();

  mcp::Server& server;
  const Settings settings;
  const std::shared_ptr<Gauge> calls = std::make_shared<Gauge>();
  const std::shared_ptr<Gauge> answers = std::make_shared<Gauge>();
  Sessions sessions;
  Passes passes;
  Gate gate;
  Rates rates;
  Answers counts;
  const Endpoint endpoint;
  const Pages pages;
  std::unique_ptr<Awake> awake;        // nullptr: processors halt as they please.
  std::atomic<bool> draining = false;  // Calls are taken, but better sent elsewhere ...
  std::atomic<bool> stopping = false;  // ... or are no longer taken.
};

}  // namespace dbops::http
