// What the HTTP server is told of the authorization server that it trusts; docs/configuration.md
// lists the same.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/secret.h"
#include "core/grants.h"
#include "front/http/oauth/jws.h"

namespace dbops::http {

struct OAuthSettings {
  std::string issuer = {};    // As its metadata and tokens spell it; empty: OAuth is not used.
  std::string resource = {};  // This server's URL as clients know it: "https://db.example.com/mcp".
  std::vector<std::string> audiences = {};  // Of tokens; empty: `resource` alone.
  std::vector<Algorithm> algorithms = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
  // Whether the authorization server is asked of every token (RFC 7662), which also notices those
  // that were revoked; else tokens are JWTs, checked by its keys.
  bool introspect = false;
  // Empty: as the issuer's metadata says.
  std::string jwks_uri = {};
  std::string introspection_endpoint = {};
  // Who this server is there, for introspection.
  std::string client_id = {};
  std::function<Result<Secret>(const Context&)> client_secret = {};
  std::string ca_file =
      {};  // Authorities that may have signed its certificate; empty: the system's.

  // Of all who come with its tokens; of those of a subject; of those with a scope, any of its.
  Restrictions policy = {};
  std::map<std::string, Restrictions, std::less<>> subjects = {};
  std::map<std::string, Restrictions, std::less<>> scopes = {};

  std::chrono::seconds skew{30};                   // that its clock may differ from this one
  std::chrono::milliseconds keys_refetch{30'000};  // least time between two fetches of keys
  std::chrono::milliseconds keys_life{3'600'000};  // after which keys are fetched again
  std::chrono::milliseconds answer_life{60'000};   // for which an introspection's answer is kept
  std::chrono::milliseconds patience{5'000};       // for all requests that one token needs

  bool used() const { return !issuer.empty(); }
};

// Whether secrets may be sent there: https, or http to this machine. No query, no fragment, no
// user; a URL of the issuer or one of its endpoints.
bool is_safe_url(const std::string& url);

}  // namespace dbops::http
