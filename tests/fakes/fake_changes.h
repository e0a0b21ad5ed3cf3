// What a scripted server tells of changes to its catalogue.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "core/watcher.h"

namespace dbops::fakes {

// Thread-safe. For one session that listens at a time.
class Changes {
 public:
  Changes();
  ~Changes();
  Changes(const Changes&) = delete;
  Changes& operator=(const Changes&) = delete;

  // At once.
  void tell(std::vector<Watcher::Place> places);
  // The session that listens is lost.
  void hang_up();
  // Why nobody is told; nullopt: everybody is.
  void refuse(std::optional<Error> error);

  Result<void> begin();
  Result<std::vector<Watcher::Place>> next(const Context& context);

  std::atomic<bool> offered{false};  // The connector has watchers at all.
  std::atomic<int> begun{0};

 private:
  const int event_;
  std::mutex mutex_;
  std::vector<Watcher::Place> places_;
  std::optional<Error> refusal_;
  bool hung_up_ = false;
};

}  // namespace dbops::fakes
