// An HTTP request and the answer to it, without what carries them.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/grants.h"
#include "front/http/headers.h"

namespace dbops::http {

class Login;  // front/http/identities.h

// RFC 9110, section 15; RFC 6585.
inline constexpr unsigned kOk = 200;
inline constexpr unsigned kAccepted = 202;
inline constexpr unsigned kNoContent = 204;
inline constexpr unsigned kBadRequest = 400;
inline constexpr unsigned kUnauthorized = 401;
inline constexpr unsigned kForbidden = 403;
inline constexpr unsigned kNotFound = 404;
inline constexpr unsigned kMethodNotAllowed = 405;
inline constexpr unsigned kNotAcceptable = 406;
inline constexpr unsigned kConflict = 409;
inline constexpr unsigned kTooLarge = 413;
inline constexpr unsigned kPathTooLong = 414;
inline constexpr unsigned kUnsupportedType = 415;
inline constexpr unsigned kMisdirected = 421;
inline constexpr unsigned kTooMany = 429;
inline constexpr unsigned kHeadTooLarge = 431;
inline constexpr unsigned kNotImplemented = 501;
inline constexpr unsigned kUnavailable = 503;
inline constexpr unsigned kVersionUnknown = 505;

struct Request {
  std::string_view method;
  std::string_view path;    // Without the query.
  std::string_view scheme;  // Of a target in absolute form; its host is then headers.host.
  Headers headers;
  Acceptable accepts = {};  // Once Endpoint::refuse_early() has let it pass.
  Caller caller = {};       // Who asks, once Gate::authenticate() has let it pass.
  // The authorization server must say who that is; nullptr: it is known.
  std::shared_ptr<const Login> login = {};
};

// What goes back, once it is decided. The body of an event stream is written as its events come.
struct Response {
  unsigned status = kOk;
  std::string_view content_type = {};  // Static storage; empty: no body.
  std::string body = {};
  std::string session = {};  // Mcp-Session-Id; empty: not sent.
  // Nothing more is read: where the request ends, and the next begins, can't be known for certain.
  bool close = false;
  // Others. The names: static storage.
  std::vector<std::pair<std::string_view, std::string>> headers = {};
};

// With a JSON-RPC error for its body. `id`: its JSON text; empty: none could be read.
Response refusal(unsigned status, std::string_view id, const mcp::Failure& failure);
Response refusal(unsigned status, std::string_view message);
// The same with the methods that are allowed.
Response not_allowed(std::string_view message, std::string_view methods);
// ... and with the time after which to try again.
Response refusal_for(std::chrono::seconds wait, unsigned status, std::string_view id,
                     std::string_view message);

}  // namespace dbops::http
