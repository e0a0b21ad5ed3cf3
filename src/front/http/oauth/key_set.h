// The public keys of an authorization server: a JSON Web Key Set (RFC 7517), and signatures checked
// by it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "front/http/oauth/jws.h"

namespace dbops::http {

inline constexpr size_t kKeysMax = 100;      // of one set that are looked at
inline constexpr size_t kRsaBitsMin = 2048;  // RFC 7518, section 3.3
inline constexpr size_t kRsaBitsMax = 8192;  // a larger one would cost too much to check
inline constexpr size_t kSignatureBytesMax = kRsaBitsMax / 8;

// Immutable, thread-safe.
class KeySet {
 public:
  KeySet();
  ~KeySet();
  KeySet(KeySet&&) noexcept;
  KeySet& operator=(KeySet&&) noexcept;

  // The keys that can verify one of `algorithms`; others are passed over, as RFC 7517, section 5,
  // wants it. Code::protocol where the text is no key set.
  static Result<KeySet> parse(std::string_view json, std::span<const Algorithm> algorithms);

  size_t size() const;
  enum class Found : uint8_t {
    valid,    // One of the keys has signed it.
    forged,   // The key that it names has not.
    unknown,  // It names no key of these, or names none and none of these has signed it.
  };
  Found verify(const Jws& jws) const;

 private:
  struct Key;
  std::vector<Key> keys_;
};

}  // namespace dbops::http
