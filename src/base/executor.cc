#include "base/executor.h"

#include <system_error>
#include <utility>

namespace dbops {

Executor::~Executor() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Executor::submit(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (queue_.size() >= idle_ && threads_.size() < threads_max_) {
    try {
      threads_.emplace_back([this] { work(); });
      ++idle_;
    } catch (const std::system_error&) {
      // The system has no thread to give: those that run take the task, if there are any.
      if (threads_.empty()) return false;
    }
  }
  // What an idle thread is about to take does not wait.
  if (queue_.size() >= idle_ + queue_max_) return false;
  queue_.push_back(std::move(task));
  ready_.notify_one();
  return true;
}

void Executor::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ready_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    std::function<void()> task = std::move(queue_.front());
    queue_.pop_front();
    --idle_;
    lock.unlock();
    task();
    task = nullptr;  // What it holds is destroyed outside the lock as well.
    lock.lock();
    ++idle_;
  }
}

}  // namespace dbops
