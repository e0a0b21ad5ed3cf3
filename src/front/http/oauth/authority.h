// OAuth 2.1 as a resource server: whose token is this, and what may it do?
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/executor.h"
#include "core/grants.h"
#include "front/http/oauth/claims.h"
#include "front/http/oauth/key_set.h"
#include "front/http/oauth/provider.h"

namespace dbops::http {

// Thread-safe.
class Authority {
 public:
  using Clock = std::chrono::system_clock;
  using Now = std::function<Clock::time_point()>;
  static constexpr size_t kAnswersMax = 10'000;  // tokens remembered; then all are forgotten
  static constexpr size_t kAskThreads = 4;       // that wait for the authorization server
  static constexpr size_t kAskingMax = 1024;     // tokens that wait for one of those
  // Keys are used for so long where the authorization server does not answer.
  static constexpr std::chrono::hours kKeysStaleMax{24};

  // Who it is. Code::authentication: a token to be refused, with the reason for its sender. Any
  // other code: it can't be told now.
  using Answer = Result<Caller>;

  explicit Authority(OAuthSettings settings, Now now = Clock::now);
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  // What is known without asking anyone; nullopt: ask().
  std::optional<Answer> look(std::string_view token);
  // Asks the authorization server where it is needed; blocks within settings().patience.
  Answer ask(std::string_view token);
  // The same on a thread of its own; `done` is called exactly once, perhaps at once: Code::busy.
  void ask_soon(std::string token, std::function<void(Answer)> done);

  const OAuthSettings& settings() const { return settings_; }

 private:
  struct Known {
    Answer answer;
    Clock::time_point until;
  };
  std::optional<Answer> recall(const std::string& hash, Clock::time_point now);
  Answer remember(const std::string& hash, Answer answer, Clock::time_point until);
  std::optional<Answer> look_signed(std::string_view token, const std::string& hash, bool settled);
  Answer read_signed(const Jws& jws, const std::string& hash,
                     const std::shared_ptr<const KeySet>& keys);
  Answer ask_provider(std::string_view token, const std::string& hash);
  Result<void> fetch_keys();
  Caller caller_of(const Identity& identity) const;
  Context patience() const;

  const OAuthSettings settings_;
  const Expected expected_;
  const Now now_;
  Provider provider_;
  std::mutex mutex_;
  std::map<std::string, Known, std::less<>> known_;  // By the token's SHA-256.
  std::shared_ptr<const KeySet> keys_;
  Clock::time_point keys_at_;                  // When they were fetched ...
  std::optional<Clock::time_point> tried_at_;  // ... and when that was last tried.
  bool underway_ = false;                      // Keys are being fetched.
  std::optional<Error> failure_;               // Of the last try.
  std::mutex fetching_;                        // Held while keys are fetched.
  Cancel cancel_ = Cancel::create();
  Executor executor_{kAskThreads, kAskingMax};  // Last: its threads use all of the above.
};

}  // namespace dbops::http
