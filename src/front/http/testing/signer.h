// A signing key of an authorization server, for tests: makes tokens and shows its public half.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "front/http/oauth/jws.h"

namespace dbops::http::testing {

class Signer {
 public:
  Signer(Algorithm algorithm, std::string id);
  ~Signer();
  Signer(Signer&&) noexcept;

  // As a JWK, with "alg" and "use".
  std::string jwk() const;
  // A token of these claims (JSON), with its own header.
  std::string token(std::string_view claims) const;
  // ... with another header, as it is written.
  std::string token(std::string_view header, std::string_view claims) const;
  // PEM, for whoever mistakes it for a secret.
  std::string public_pem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// {"keys": [...]}
std::string key_set(std::initializer_list<const Signer*> signers);
// Of a token signed by HMAC with `secret`.
std::string hmac_token(std::string_view header, std::string_view claims, std::string_view secret);
// Of any claims without a signature.
std::string unsigned_token(std::string_view header, std::string_view claims);

}  // namespace dbops::http::testing
