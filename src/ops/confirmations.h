// Tokens by which a person's confirmation comes back with the call that it confirms.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/parameters.h"
#include "ops/state.h"

namespace dbops::ops {

// What a token is bound to: all that decides what the call will do, and who makes it.
struct ConfirmationSubject {
  std::string_view tool;
  std::string_view connection;
  std::string_view statement;  // Or an operation's name and arguments.
  const Parameters& parameters;
  std::string_view principal;
  std::string_view url = {};  // The connection's: under its name the configuration may put another.
};

// A token is `expiry | nonce | HMAC-SHA256 over both and the subject`, in base64. Nothing is stored
// until it is redeemed; then the state remembers it, for all who share state and key. Thread-safe.
class Confirmations {
 public:
  static constexpr size_t kRedeemedMax = 4096;  // tokens redeemed within one life, of one principal
  // A used token is remembered for so long after its end: clocks of replicas differ.
  static constexpr std::chrono::minutes kClocksDiffer{5};

  Confirmations(std::chrono::seconds life, SharedState shared);

  std::chrono::seconds life() const { return life_; }
  std::string issue(const ConfirmationSubject& subject) const;
  // Uses the token up, whatever becomes of the call. Code::expired, with the reason, when it is not
  // one that was issued for this subject, is too old, or was used. Code::busy beyond kRedeemedMax.
  // What State answers where that can't be remembered: nothing may be done then.
  Result<void> redeem(std::string_view token, const ConfirmationSubject& subject);
  // Uses up a token that the person said no to: nobody can redeem it any more. REQUIRES: it is one
  // that issue() made for this principal. Errors as redeem(), but that it may be used already.
  Result<void> decline(std::string_view token, std::string_view principal);

 private:
  // False: it was used up before.
  Result<bool> use_up(std::string_view signature, uint64_t expiry_ms, std::string_view principal);
  std::string sign(std::string_view head, const ConfirmationSubject& subject) const;

  const std::chrono::seconds life_;
  const std::shared_ptr<State> state_;
  const std::string key_;
};

// The parameters as bytes, different for different parameters.
std::string canonical_bytes(const Parameters& parameters);

}  // namespace dbops::ops
