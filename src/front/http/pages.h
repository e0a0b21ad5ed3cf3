// /healthz, /readyz and /metrics: for whoever runs the server.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "front/http/exchange.h"
#include "front/http/gate.h"
#include "front/http/sessions.h"
#include "mcp/server.h"

namespace dbops::http {

// How many answers went out, by status. Thread-safe.
class Answers {
 public:
  void count(unsigned status);
  void write(std::string& out) const;

 private:
  static constexpr unsigned kStatusMin = 100;
  static constexpr unsigned kStatusMax = 599;
  std::array<std::atomic<uint64_t>, kStatusMax - kStatusMin + 1> counts_{};
};

// Thread-safe.
class Pages {
 public:
  // All must outlive it.
  Pages(const Settings& settings, const Gate& gate, const mcp::Server& server,
        const Sessions& sessions, const Gauge& calls, const Answers& answers)
      : settings_(settings),
        gate_(gate),
        server_(server),
        sessions_(sessions),
        calls_(calls),
        answers_(answers) {}

  // nullopt: the path is none of these. REQUIRES: Gate::check() let it pass.
  std::optional<Response> answer(Request& request, bool draining) const;

 private:
  std::optional<Response> refuse_metrics(Request& request) const;
  std::string metrics() const;

  const Settings& settings_;
  const Gate& gate_;
  const mcp::Server& server_;
  const Sessions& sessions_;
  const Gauge& calls_;
  const Answers& answers_;
};

}  // namespace dbops::http
