// Streams that stay open, each with the token it was opened by: it ends when that lets nobody in
// any more, and goes by what that grants now.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/secret.h"
#include "core/grants.h"
#include "front/http/gate.h"

namespace dbops::http {

// Thread-safe.
class Passes {
 public:
  using Clock = std::chrono::steady_clock;
  // How often tokens are looked at that may end outside this server's configuration.
  static constexpr std::chrono::seconds kRecheck{10};

  struct Pass {
    std::weak_ptr<const void> stream;  // Is over when this is gone.
    Secret token;                      // As it was sent; empty: none.
    std::string principal;
    // From any thread; the stream may be over already.
    std::function<void(const Caller&)> renew;
    std::function<void()> end;
  };

  void add(Pass pass);
  // Looks at all. Where the authorization server must be asked, what it says is heeded when it
  // comes; while it can't be reached a stream stays.
  void recheck(const Gate& gate);
  // recheck() where that is due; forgets streams that are over.
  void trim(const Gate& gate, Clock::time_point now);
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<const Pass>> passes_;
  Clock::time_point checked_ = Clock::now();
};

}  // namespace dbops::http
