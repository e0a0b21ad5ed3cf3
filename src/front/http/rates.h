// How many calls a principal may make in a minute.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace dbops::http {

// One bucket for each principal: it holds a minute's calls and fills evenly. Thread-safe.
class Rates {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr size_t kPrincipalsMax = 4096;  // remembered; full buckets are forgotten first

  // 0: no limit.
  explicit Rates(uint32_t calls_per_minute) : per_minute_(calls_per_minute) {}

  // Takes so many calls at once: nullopt; or none of them, and how long to wait.
  std::optional<std::chrono::seconds> take(std::string_view principal, size_t calls,
                                           Clock::time_point now);

 private:
  // When the bucket would be full again; it tells how much is in it.
  using Buckets = std::map<std::string, Clock::time_point, std::less<>>;

  const uint32_t per_minute_;
  std::mutex mutex_;
  Buckets full_at_;
};

}  // namespace dbops::http
