// A thread that does something every now and then.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace dbops::http {

class Keeper {
 public:
  // `chore` is called on a thread of its own, every `interval`, until destruction.
  Keeper(std::chrono::milliseconds interval, std::function<void()> chore);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

 private:
  void work();

  const std::chrono::milliseconds interval_;
  const std::function<void()> chore_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace dbops::http
