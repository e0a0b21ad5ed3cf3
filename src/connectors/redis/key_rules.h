// The connection's policy, whose tables are keys here.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connectors/redis/link.h"
#include "core/access.h"

namespace dbops::redis {

// Immutable. Thread-safe.
class KeyRules {
 public:
  explicit KeyRules(Access access) : access_(std::move(access)) {}

  // Code::invalid_config for rules that mean nothing here: of schemas, or of columns.
  static Result<void> check_rules(const Access& access);

  bool restrict() const { return access_.restricts_data(); }
  // Keys, and channels by the same patterns.
  bool allows(std::string_view name) const;
  Result<void> check(std::string_view name) const;
  // Code::forbidden for a command that names a key which is not allowed, or of which it can't be
  // told what it reaches. `verb` as classify() has it. SCAN is let through where hide() is used.
  enum class Scans : uint8_t { hidden, refused };
  Result<void> check_command(std::string_view verb, std::span<const std::string> words,
                             Scans scans) const;
  // Takes the keys that are not allowed out of a list of keys.
  void hide(RespReply& keys) const;

 private:
  const Access access_;
};

// Channels on which the server itself says what happens to which key.
bool tells_of_keys_by(std::string_view channel);

}  // namespace dbops::redis
