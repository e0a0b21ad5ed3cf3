#pragma once

#include <chrono>
#include <string>

namespace dbops {

// "2026-11-24T17:07:06.123Z".
std::string iso_time(std::chrono::system_clock::time_point at);
// "812 us", "4.2 ms", "1.3 s", "2 min 5 s".
std::string format_duration(std::chrono::microseconds span);

// Measures from its construction on.
class Stopwatch {
 public:
  std::chrono::microseconds elapsed() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 start_);
  }
  int64_t elapsed_ms() const { return elapsed().count() / 1000; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace dbops
