// What a token, or the authorization server's answer about it, claims: checked, and made into who
// asks.
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace dbops::http {

inline constexpr size_t kSubjectBytesMax = 255;   // OpenID Connect Core 1.0, section 2
inline constexpr size_t kGrantedScopesMax = 100;  // of one token that are looked at

struct Expected {
  std::string issuer;
  std::vector<std::string> audiences;  // One of them must be the token's.
  std::chrono::seconds skew{30};       // that clocks may differ
};

struct Identity {
  std::string subject;
  std::vector<std::string> scopes;
  std::chrono::system_clock::time_point until;  // When it has expired, the skew included.
};

// Of a JWT (RFC 7519, RFC 9068): issuer, audience and expiry are needed. Code::authentication with
// what is wrong.
Result<Identity> read_claims(const boost::json::object& claims, const Expected& expected,
                             std::chrono::system_clock::time_point now);
// Of an introspection's answer (RFC 7662): active and the audience are needed; an issuer or times
// hold where they are given.
Result<Identity> read_introspection(const boost::json::object& answer, const Expected& expected,
                                    std::chrono::system_clock::time_point now);

}  // namespace dbops::http
