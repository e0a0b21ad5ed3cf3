#include "front/http/keeper.h"

#include <utility>

namespace dbops::http {

Keeper::Keeper(std::chrono::milliseconds interval, std::function<void()> chore)
    : interval_(interval), chore_(std::move(chore)), thread_([this] { work(); }) {}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Keeper::work() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, interval_, [this] { return closing_; })) {
    lock.unlock();
    chore_();
    lock.lock();
  }
}

}  // namespace dbops::http
