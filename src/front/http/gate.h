// Whom the server lets in: by host, by origin, by token; and what browsers are told of it (CORS).
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "front/http/guard.h"
#include "front/http/identities.h"
#include "front/http/response.h"
#include "front/http/settings.h"
#include "front/http/tokens.h"

namespace dbops::http {

// Thread-safe.
class Gate {
 public:
  explicit Gate(const Settings& settings)
      : guard_(settings.allowed_hosts, settings.allowed_origins),
        scheme_(settings.tls_certificate.empty() ? "http" : "https"),
        identities_(std::make_shared<Identities>(settings.tokens, settings.oauth)) {}

  // What holds for every path: well-formed headers, host and origin. Answers a browser that asks
  // beforehand whether it may send a request. nullopt: go on.
  std::optional<Response> check(const Request& request) const;
  // Finds out who asks. A refusal where a token is needed and this is none. Where the authorization
  // server must be asked first, request.login is set: finish_login() is the second half.
  std::optional<Response> authenticate(Request& request) const;
  // REQUIRES: request.login has its answer.
  std::optional<Response> finish_login(Request& request) const;
  // The same by this server's own tokens alone, for what is no business of OAuth's.
  std::optional<Response> authenticate_by_tokens(Request& request) const;
  // Whether there are such tokens.
  bool has_tokens() const { return !identities()->tokens().empty(); }
  // Whose token (empty: none was sent) this is now, of who was let in earlier. `done` is called
  // once, perhaps at once; Code::authentication: it is nobody's any more.
  void recognise(std::string_view token, std::function<void(const Authority::Answer&)> done) const;
  // 403 with the challenge of RFC 6750, section 3.1. `scope`: all that the request needs.
  Response insufficient_scope(std::string_view id, const Caller& caller,
                              std::string_view scope) const;
  // The metadata of this server as a protected resource; nullopt: that is not what is asked for.
  std::optional<Response> metadata(const Request& request) const;
  // Whether a token is asked for.
  bool is_guarded() const { return identities()->guarded(); }
  // Requests that come from now on are let in by these.
  void replace(std::shared_ptr<const Identities> identities);

  // What lets a page of an allowed origin read the answer; nothing where no page asked, or where
  // that can't be told.
  std::vector<std::pair<std::string_view, std::string>> cors(const Request& request) const;

 private:
  std::shared_ptr<const Identities> identities() const;
  static Response challenge(const Identities& identities, std::string_view refused);
  static std::optional<Response> admit(Request& request, const Identities& identities,
                                       const Authority::Answer& answer);

  const Guard guard_;
  const std::string_view scheme_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Identities> identities_;
};

}  // namespace dbops::http
