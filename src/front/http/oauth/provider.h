// The authorization server as it is asked over HTTP.
#pragma once

#include <boost/json/fwd.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "front/http/oauth/settings.h"
#include "net/http_client.h"

namespace dbops::http {

inline constexpr size_t kProviderBytesMax = 1u << 20;  // of one of its answers

// Blocks. Thread-safe. Errors of all: Code::unreachable, timeout, tls ... as the HTTP client says,
// Code::protocol for an answer that can't be used, Code::invalid_config where it is the
// configuration that it does not agree with. Messages name the URL, and neither token nor secret.
class Provider {
 public:
  // `settings` must outlive it.
  explicit Provider(const OAuthSettings& settings) : settings_(settings) {}

  // The text of its key set.
  Result<std::string> fetch_keys(const Context& context);
  // What it says of a token (RFC 7662).
  Result<boost::json::value> introspect(const Context& context, std::string_view token);

 private:
  struct Endpoints {
    std::string keys;
    std::string introspection;
  };
  Result<Endpoints> endpoints(const Context& context);
  Result<Endpoints> discover(const Context& context);
  Result<HttpReply> send(const Context& context, HttpRequest request);

  const OAuthSettings& settings_;
  std::mutex mutex_;
  std::optional<Endpoints> found_;   // By discovery.
  std::vector<HttpClient> clients_;  // Those that nobody uses, with their connections.
};

}  // namespace dbops::http
