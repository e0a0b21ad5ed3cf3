#include "connectors/sqlite/watcher.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace dbops::sqlite {
namespace {

// How long the thread keeps ticking without work: waking it costs a call more than a tick does.
constexpr int kIdleTicks = 20;

class Thread {
 public:
  ~Thread() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void add(Watched& watched) {
    const std::lock_guard lock(mutex_);
    watched_.push_back(&watched);
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    if (asleep_) wake_.notify_one();
  }

  void remove(Watched& watched) {
    const std::lock_guard lock(mutex_);
    watched_.erase(std::find(watched_.begin(), watched_.end(), &watched));
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (int idle = 0; !closing_;) {
      idle = watched_.empty() ? idle + 1 : 0;
      for (Watched* watched : watched_) watched->tick();
      if (idle < kIdleTicks) {
        wake_.wait_for(lock, Watcher::kTick, [this] { return closing_; });
        continue;
      }
      asleep_ = true;
      wake_.wait(lock, [this] { return closing_ || !watched_.empty(); });
      asleep_ = false;
      idle = 0;
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::thread thread_;
  std::vector<Watched*> watched_;
  bool asleep_ = false;
  bool closing_ = false;
};

Thread& thread() {
  static Thread thread;
  return thread;
}

}  // namespace

void Watcher::watch(Watched& watched) { thread().add(watched); }
void Watcher::unwatch(Watched& watched) { thread().remove(watched); }

}  // namespace dbops::sqlite
