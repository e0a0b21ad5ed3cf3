// Whom the server lets in: by host, by origin, by token; and what browsers are told of it (CORS).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/http/guard.h"
#include "front/http/response.h"
#include "front/http/settings.h"
#include "front/http/tokens.h"

namespace dbops::http {

// Immutable, thread-safe.
class Gate {
 public:
  explicit Gate(const Settings& settings)
      : guard_(settings.allowed_hosts, settings.allowed_origins), tokens_(settings.tokens) {}

  // What holds for every path: well-formed headers, host and origin. Answers a browser that asks
  // beforehand whether it may send a request. nullopt: go on.
  std::optional<Response> check(const Request& request) const;
  // Finds out who asks. A refusal where a token is needed and this is none.
  std::optional<Response> authenticate(Request& request) const;
  // Whether callers are told apart at all.
  bool has_tokens() const { return !tokens_.empty(); }

  // What lets a page of an allowed origin read the answer; nothing where no page asked. REQUIRES:
  // check() let it pass, or refused it.
  std::vector<std::pair<std::string_view, std::string>> cors(const Request& request) const;

 private:
  const Guard guard_;
  const Tokens tokens_;
};

// 403 with the challenge of RFC 6750, section 3.1. `scope`: all that the request needs.
Response insufficient_scope(std::string_view id, const Caller& caller, std::string_view scope);

}  // namespace dbops::http
