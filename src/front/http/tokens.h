// Static bearer tokens: who may call, known by the SHA-256 of a secret alone.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "core/grants.h"

namespace dbops::http {

inline constexpr size_t kTokensMax = 1000;       // in one configuration
inline constexpr size_t kTokenBytesMax = 8192;   // of one as a client sends it
inline constexpr size_t kTokenRandomBytes = 32;  // so many that a plain hash can't be searched

struct Token {
  std::string hash;  // SHA-256 of its text, 32 raw bytes.
  Caller caller;
};

// A new token's text: "dbops_" and its randomness in base64url.
Secret make_token();
// "sha256:" and 64 hex digits, as the configuration holds it.
std::string format_token_hash(const Secret& token);
// The raw bytes of such a text; nullopt for any other.
std::optional<std::string> parse_token_hash(std::string_view text);

// Immutable, thread-safe.
class Tokens {
 public:
  explicit Tokens(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  bool empty() const { return tokens_.empty(); }
  // Who has this token; nullptr: nobody. Takes as long whichever it is.
  const Caller* find(std::string_view token) const;

 private:
  const std::vector<Token> tokens_;
};

// The token of an Authorization header (RFC 6750, section 2.1); nullopt where it holds none.
std::optional<std::string_view> read_bearer(std::string_view authorization);

}  // namespace dbops::http
