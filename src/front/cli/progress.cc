#include "front/cli/progress.h"

#include <unistd.h>

#include <chrono>
#include <string>

#include "base/text.h"
#include "front/cli/terminal.h"

namespace dbops::cli {
namespace {

constexpr std::chrono::milliseconds kFirst{1000};  // a call shorter than this is not commented
constexpr std::chrono::milliseconds kEvery{200};   // between two drawings
constexpr std::string_view kWipeLine = "\r\x1b[K";

}  // namespace

Progress::Progress(bool enabled) {
  if (enabled) thread_ = std::thread([this] { draw(); });
}

void Progress::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Progress::draw() {
  std::unique_lock lock(mutex_);
  bool drawn = false;
  while (!wake_.wait_for(lock, drawn ? kEvery : kFirst, [this] { return stopping_; })) {
    const uint64_t rows = rows_.load(std::memory_order_relaxed);
    const auto elapsed = watch_.elapsed();
    const double seconds = std::chrono::duration<double>(elapsed).count();
    std::string line(kWipeLine);
    if (rows == 0) {
      line += "waiting for the first row, ";
    } else {
      line += format_count(static_cast<int64_t>(rows)) + " rows, ";
      line += format_count(static_cast<int64_t>(static_cast<double>(rows) / seconds)) + " rows/s, ";
    }
    line += std::to_string(static_cast<int64_t>(seconds)) + " s (Ctrl-C stops)";
    write_message(STDERR_FILENO, line);
    drawn = true;
  }
  if (drawn) write_message(STDERR_FILENO, kWipeLine);
}

}  // namespace dbops::cli
