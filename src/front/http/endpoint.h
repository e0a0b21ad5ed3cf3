// What an HTTP request to this server means: the decision tables of Streamable HTTP for both eras,
// without the HTTP library.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "front/http/exchange.h"
#include "front/http/guard.h"
#include "front/http/headers.h"
#include "front/http/sessions.h"
#include "mcp/server.h"

namespace dbops::http {

struct Request {
  std::string_view method;
  std::string_view path;  // Without the query.
  Headers headers;
};

// Thread-safe.
class Endpoint {
 public:
  static constexpr std::string_view kPath = "/mcp";

  // All must outlive it.
  Endpoint(mcp::Server& server, Sessions& sessions, const Guard& guard, size_t body_bytes_max)
      : server_(server), sessions_(sessions), guard_(guard), body_bytes_max_(body_bytes_max) {}

  // What can be said before the body: a refusal, or nothing.
  std::optional<Response> refuse_early(const Request& request) const;
  // REQUIRES: refuse_early() said nothing. Answers, or leaves it with the server.
  void handle(const Request& request, std::string_view body,
              const std::shared_ptr<Exchange>& exchange) const;

  // A refusal with a JSON-RPC error for its body.
  static Response refusal(unsigned status, std::string_view message);

 private:
  void post(const Request& request, std::string_view body,
            const std::shared_ptr<Exchange>& exchange) const;
  void modern(const Request& request, mcp::Message message,
              const std::shared_ptr<Exchange>& exchange) const;
  void handshake(const Request& request, mcp::Incoming incoming,
                 const std::shared_ptr<Exchange>& exchange) const;
  void legacy(const Request& request, mcp::Incoming incoming,
              const std::shared_ptr<Exchange>& exchange) const;
  // What a legacy request is answered through.
  std::shared_ptr<mcp::Outlet> outlet_of(const std::string& session, const mcp::Client& client,
                                         const std::shared_ptr<Exchange>& exchange) const;
  void resume(const Request& request, const std::shared_ptr<Exchange>& exchange) const;
  void open_stream(const Request& request, const std::shared_ptr<Exchange>& exchange) const;
  void end_session(const Request& request, const std::shared_ptr<Exchange>& exchange) const;

  mcp::Server& server_;
  Sessions& sessions_;
  const Guard& guard_;
  const size_t body_bytes_max_;
};

}  // namespace dbops::http
