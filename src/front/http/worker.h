// A thread that reads and writes: an HTTP daemon of its own, and a loop for the calls that are
// worked on right here.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "base/loop.h"

struct MHD_Daemon;

namespace dbops::http {

class Worker {
 public:
  // Code::exhausted, Code::io. `daemon`: made without a thread, with epoll; given over.
  static Result<std::unique_ptr<Worker>> start(MHD_Daemon* daemon);
  // Ends the tasks that are left, then the daemon. REQUIRES: quiesce() was called.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Takes no more connections. From another thread.
  void quiesce();

 private:
  Worker(MHD_Daemon* daemon, std::unique_ptr<Loop> loop);
  void work();

  MHD_Daemon* const daemon_;
  const std::unique_ptr<Loop> loop_;
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace dbops::http
