// Everybody whom this server can know: by tokens of its own, and by those of an authorization
// server.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/secret.h"
#include "front/http/oauth/authority.h"
#include "front/http/tokens.h"

namespace dbops::http {

// Immutable but for what the authority remembers. Thread-safe.
class Identities {
 public:
  // OAuth that is not used() is none. `guarded`: a token is asked for though none is good.
  Identities(std::vector<Token> tokens, OAuthSettings oauth, bool guarded = false);

  // Whoever comes without a token is refused.
  bool guarded() const { return guarded_; }
  // There is a token that is good.
  bool any() const { return !tokens_.empty() || authority_; }
  const Tokens& tokens() const { return tokens_; }
  // nullptr: OAuth is not used.
  Authority* authority() const { return authority_.get(); }

 private:
  const Tokens tokens_;
  const std::unique_ptr<Authority> authority_;
  const bool guarded_;
};

// One token that the authorization server is asked about. `ask` and `answer` belong to the thread
// of its connection.
class Login {
 public:
  Login(std::shared_ptr<const Identities> identities, Secret token)
      : identities_(std::move(identities)), token_(std::move(token)) {}

  // `done` is called once answer() has something to say, from any thread, perhaps at once.
  void ask(std::function<void()> done) const;
  // nullopt: not yet.
  std::optional<Authority::Answer> answer() const;

 private:
  // Apart from the rest: who asks must not be the one that ends the identities, and waits then for
  // itself.
  struct Slot {
    std::mutex mutex;
    std::optional<Authority::Answer> answer;
  };
  const std::shared_ptr<const Identities> identities_;
  const Secret token_;
  const std::shared_ptr<Slot> slot_ = std::make_shared<Slot>();
};

}  // namespace dbops::http
