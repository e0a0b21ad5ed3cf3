#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dbops::mcp {

inline constexpr size_t kSealedBytesMax = 64u << 10;  // bytes of a requestState

// Lets state travel through a client that can read it but not change it, use it for another request
// or keep it for ever: base64 of expiry and state, with an HMAC-SHA-256 over those and what they
// are bound to. Thread-safe.
class Seal {
 public:
  // `key`: at least 32 bytes of randomness, the same for all replicas.
  explicit Seal(std::string key) : key_(std::move(key)) {}

  std::string close(std::string_view state, std::string_view binding,
                    std::chrono::system_clock::time_point expiry) const;
  // nullopt for what this key did not close over this binding, or has expired.
  std::optional<std::string> open(std::string_view sealed, std::string_view binding,
                                  std::chrono::system_clock::time_point now) const;

 private:
  std::string mac(std::string_view payload, std::string_view binding) const;
  const std::string key_;
};

}  // namespace dbops::mcp
