#include "front/http/service.h"

namespace dbops::http {

Service::Service(mcp::Server& the_server, const Settings& the_settings)
    : server(the_server),
      settings(the_settings),
      sessions(settings.sessions_max, settings.streams_max, settings.session_idle_max),
      gate(settings),
      rates(settings.calls_per_minute),
      endpoint(server, sessions, gate, passes, rates, settings.body_bytes_max),
      pages(settings, gate, server, sessions, *calls, counts) {}

std::optional<Response> Service::answer_early(Request& request) const {
  if (auto answer = gate.check(request)) return answer;
  if (auto answer = pages.answer(request, draining)) return answer;
  if (stopping) return refusal(kUnavailable, "shutting down");
  return endpoint.refuse_early(request);
}

void Service::handle(Request& request, std::string_view body,
                     const std::shared_ptr<Exchange>& exchange) const {
  if (request.login) {
    auto refused = stopping ? refusal(kUnavailable, "shutting down") : gate.finish_login(request);
    if (refused) return exchange->answer(std::move(*refused));
  }
  endpoint.handle(request, body, exchange);
}

void Service::look_after() {
  sessions.trim(Sessions::Clock::now());
  passes.trim(gate, Passes::Clock::now());
  server.tick();
}

}  // namespace dbops::http
