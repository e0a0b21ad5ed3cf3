// Tokens by which a person's confirmation comes back with the call that it confirms.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/parameters.h"

namespace dbops::ops {

// What a token is bound to: all that decides what the call will do, and who makes it.
struct ConfirmationSubject {
  std::string_view tool;
  std::string_view connection;
  std::string_view statement;  // Or an operation's name and arguments.
  const Parameters& parameters;
  std::string_view principal;
};

// A token is `expiry | nonce | HMAC-SHA256 over both and the subject`, in base64; its key is random
// and lives as long as the process, so nothing is stored until a token is redeemed. Thread-safe.
class Confirmations {
 public:
  static constexpr size_t kRedeemedMax = 4096;  // tokens redeemed within one life

  explicit Confirmations(std::chrono::seconds life);

  std::chrono::seconds life() const { return life_; }
  std::string issue(const ConfirmationSubject& subject) const;
  // Uses the token up, whatever becomes of the call. Code::expired, with the reason, when it is not
  // one that was issued for this subject, is too old, or was used. Code::busy beyond kRedeemedMax.
  Result<void> redeem(std::string_view token, const ConfirmationSubject& subject);

 private:
  std::string sign(std::string_view head, const ConfirmationSubject& subject) const;
  uint64_t now_ms() const;

  const std::chrono::seconds life_;
  const std::string key_;
  const std::chrono::steady_clock::time_point start_;
  std::mutex mutex_;
  std::map<std::string, uint64_t> redeemed_;  // Signature to expiry: forgotten once that is past.
};

// The parameters as bytes, different for different parameters.
std::string canonical_bytes(const Parameters& parameters);

}  // namespace dbops::ops
