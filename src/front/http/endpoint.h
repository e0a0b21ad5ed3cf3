// What an HTTP request to this server means: the decision tables of Streamable HTTP for both eras,
// without the HTTP library.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "front/http/exchange.h"
#include "front/http/gate.h"
#include "front/http/passes.h"
#include "front/http/rates.h"
#include "front/http/sessions.h"
#include "mcp/server.h"

namespace dbops::http {

// Thread-safe.
class Endpoint {
 public:
  static constexpr std::string_view kPath = "/mcp";

  // All must outlive it.
  Endpoint(mcp::Server& server, Sessions& sessions, const Gate& gate, Passes& passes, Rates& rates,
           size_t body_bytes_max)
      : server_(server),
        sessions_(sessions),
        gate_(gate),
        passes_(passes),
        rates_(rates),
        body_bytes_max_(body_bytes_max) {}

  // What can be said before the body: a refusal, or nothing. Finds out who asks. REQUIRES:
  // Gate::check() let it pass.
  std::optional<Response> refuse_early(Request& request) const;
  // REQUIRES: refuse_early() said nothing. Answers, or leaves it with the server.
  void handle(const Request& request, std::string_view body,
              const std::shared_ptr<Exchange>& exchange) const;

 private:
  std::optional<Response> refuse_post(const Request& request) const;
  std::optional<Response> refuse_beyond(const Caller& caller, const mcp::Incoming& incoming) const;
  void post(const Request& request, std::string_view body,
            const std::shared_ptr<Exchange>& exchange) const;
  void modern(const Request& request, mcp::Message message,
              const std::shared_ptr<Exchange>& exchange) const;
  void handshake(const Request& request, mcp::Incoming incoming,
                 const std::shared_ptr<Exchange>& exchange) const;
  void legacy(const Request& request, mcp::Incoming incoming,
              const std::shared_ptr<Exchange>& exchange) const;
  // What a legacy request is answered through.
  std::shared_ptr<mcp::Outlet> outlet_of(std::string_view session, const mcp::Client& client,
                                         const std::shared_ptr<Exchange>& exchange) const;
  void resume(const Request& request, const std::shared_ptr<Exchange>& exchange) const;
  void open_stream(const Request& request, const std::shared_ptr<Exchange>& exchange) const;
  void watch_listener(const Request& request, const std::shared_ptr<mcp::Call>& call) const;
  void watch_stream(const Request& request, const std::shared_ptr<mcp::Client>& client,
                    const std::shared_ptr<Exchange>& exchange) const;
  void end_session(const Request& request, const std::shared_ptr<Exchange>& exchange) const;

  mcp::Server& server_;
  Sessions& sessions_;
  const Gate& gate_;
  Passes& passes_;
  Rates& rates_;
  const size_t body_bytes_max_;
};

}  // namespace dbops::http
