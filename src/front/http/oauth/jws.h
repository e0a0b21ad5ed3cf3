// A signed token as it is sent: JSON Web Signature, compact serialization (RFC 7515), taken apart
// and not yet believed.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dbops::http {

// The algorithms that may sign a token (RFC 7518, RFC 8037): those with public keys only, so that
// no verifying key can be taken for a shared secret.
enum class Algorithm : uint8_t { rs256, es256, eddsa };
std::string_view name(Algorithm algorithm) noexcept;
std::optional<Algorithm> parse_algorithm(std::string_view text) noexcept;

struct Jws {
  Algorithm algorithm = Algorithm::rs256;
  std::string key_id = {};            // "kid"; empty: not given.
  std::string_view signed_part = {};  // Of the token: header, dot, payload.
  std::string payload = {};           // Bytes; JSON where the token is a JWT.
  std::string signature = {};         // Raw bytes.
};

inline constexpr size_t kKeyIdBytesMax = 256;

// Whether it may be one at all: an opaque token has no two dots.
bool looks_signed(std::string_view token);
// Code::authentication with what is wrong: it is none, its algorithm is not one of the above
// ("none" included), or it demands what is not understood ("crit"). The answer points into `token`.
Result<Jws> parse_jws(std::string_view token);

}  // namespace dbops::http
