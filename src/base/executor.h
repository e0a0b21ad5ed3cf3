#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace dbops {

// A fixed number of threads and a bounded queue before them. Threads start with the first task, so
// an idle program has none. Destruction finishes what was accepted. Thread-safe.
class Executor {
 public:
  Executor(size_t threads_max, size_t queue_max)
      : threads_max_(threads_max), queue_max_(queue_max) {}
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // False, with nothing done, when the queue is full. `task` must not throw.
  bool submit(std::function<void()> task);

 private:
  void work();
  const size_t threads_max_;
  const size_t queue_max_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<std::function<void()>> queue_;
  std::vector<std::thread> threads_;
  size_t idle_ = 0;
  bool closing_ = false;
};

}  // namespace dbops
