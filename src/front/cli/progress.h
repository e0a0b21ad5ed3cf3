// A line on stderr that says how a long call is getting on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "base/time.h"

namespace dbops::cli {

// Shows nothing in the first second, and nothing ever where it is not enabled. Wipes its line when
// it stops. add() is called by one thread; a thread of its own draws.
class Progress {
 public:
  explicit Progress(bool enabled);
  ~Progress() { stop(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void add_row() noexcept {
    rows_.store(rows_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void set_rows(uint64_t rows) noexcept { rows_.store(rows, std::memory_order_relaxed); }
  // Idempotent.
  void stop();

 private:
  void draw();
  std::atomic<uint64_t> rows_{0};
  Stopwatch watch_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace dbops::cli
