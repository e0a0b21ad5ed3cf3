#include "connectors/sqlite/watch.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace dbops::sqlite {
namespace {

constexpr std::chrono::milliseconds kTick{50};
// How long the thread keeps ticking without work: waking it costs a call more than a tick does.
constexpr int kIdleTicks = 20;

class Watcher {
 public:
  ~Watcher() {
    {
      const std::lock_guard lock(mutex_);
      closing_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }

  void add(sqlite3* db, const Context& context) {
    const std::lock_guard lock(mutex_);
    watched_.push_back({db, &context});
    if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
    if (asleep_) wake_.notify_one();
  }

  // Once it returns, `db` is no longer touched: an interrupt happens under the same lock.
  void remove(sqlite3* db) {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(watched_.rbegin(), watched_.rend(),
                                 [&](const Watched& each) { return each.db == db; });
    if (at != watched_.rend()) watched_.erase(std::next(at).base());
  }

 private:
  struct Watched {
    sqlite3* db;
    const Context* context;
  };

  void work() {
    std::unique_lock lock(mutex_);
    for (int idle = 0; !closing_;) {
      idle = watched_.empty() ? idle + 1 : 0;
      for (const Watched& each : watched_)
        if (!each.context->alive()) sqlite3_interrupt(each.db);
      if (idle < kIdleTicks) {
        wake_.wait_for(lock, kTick, [this] { return closing_; });
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
  std::vector<Watched> watched_;
  bool asleep_ = false;
  bool closing_ = false;
};

Watcher& watcher() {
  static Watcher watcher;
  return watcher;
}

}  // namespace

Watch::Watch(sqlite3* db, const Context& context) : db_(db) {
  if (context.cancel.fd() < 0 && !context.deadline.remaining()) db_ = nullptr;
  if (db_ != nullptr) watcher().add(db_, context);
}

Watch::~Watch() {
  if (db_ != nullptr) watcher().remove(db_);
}

}  // namespace dbops::sqlite
