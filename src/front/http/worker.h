// A thread that reads and writes: connections, and a loop for the calls that are worked on right
// here.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/loop.h"
#include "front/http/certificates.h"
#include "front/http/connection.h"
#include "front/http/service.h"

namespace dbops::http {

class Worker {
 public:
  static constexpr size_t kReadBytes = 64u << 10;  // at once, of one connection

  // Code::exhausted. `tls`: nullptr: without. `closed` is called after a connection
  // was closed, on the worker's thread. All must outlive it.
  static Result<std::unique_ptr<Worker>> start(Service& service, const Certificates* tls,
                                               std::function<void()> closed);
  // Ends the tasks that are left, then the connections.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // From any thread.

  // Takes over a client's socket, which does not block.
  void adopt(int fd);
  // How many it has.
  size_t connections() const { return count_; }
  // All calls are asked to stop, and still answered.
  void stop_all();
  Loop& loop() { return *loop_; }

  // For its connections. wake(): from any thread: it goes on soon.
  void wake(std::shared_ptr<Connection> connection);
  void remove(Connection& connection);
  using Clock = Connection::Clock;
  // One has to be looked at earlier.
  void expect(Clock::time_point due) { due_ = std::min(due_, due); }
  // As of its present turn, or a moment before.
  Clock::time_point now() {
    if (!now_) now_ = Clock::now();
    return *now_;
  }
  // For what is read and looked at within one call.
  std::span<char> scratch() { return scratch_; }

 private:
  Worker(Service& service, const Certificates* tls, std::function<void()> closed,
         std::unique_ptr<Loop> loop);
  void work();
  void add(int fd);
  void go_on_with_woken();
  void look_after(Clock::time_point now);
  std::chrono::milliseconds patience();

  Service& service_;
  const Certificates* const certificates_;
  const std::function<void()> closed_;
  const std::unique_ptr<Loop> loop_;
  std::vector<char> scratch_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> removed_;  // Kept until nobody is within one.
  std::atomic<size_t> count_ = 0;                     // Those that were given over, too.
  std::optional<Clock::time_point> now_;
  Clock::time_point due_;  // No connection's is earlier.
  Clock::time_point keep_alive_at_;
  std::vector<std::shared_ptr<Connection>> woken_;     // On this thread.
  std::vector<std::shared_ptr<Connection>> going_on_;  // Taken from there.
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace dbops::http
