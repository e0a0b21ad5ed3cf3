// Looks after connections where the HTTP library does not: clients that leave while their
// connection sleeps, requests that trickle in, streams that are quiet.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "front/http/exchange.h"

namespace dbops::http {

// One TCP connection. Made and destroyed by its Keeper; used by the connection's thread.
class Peer {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Peer(int fd) : fd_(fd) {}

  // The connection is cut unless the next call comes within `span`.
  void allow(std::chrono::milliseconds span);
  // It works on this, for as long as it takes.
  void attend(std::shared_ptr<Exchange> exchange);

 private:
  friend class Keeper;
  const int fd_;
  std::mutex mutex_;
  Clock::time_point due_ = Clock::time_point::max();
  Clock::time_point since_;
  std::shared_ptr<Exchange> exchange_;
};

// Looks at all peers in turn, from one thread of its own.
class Keeper {
 public:
  static constexpr std::chrono::milliseconds kTurn{50};    // how often calls are looked at
  static constexpr std::chrono::milliseconds kRest{1000};  // ... and idle streams, and all else

  // `housekeeping` is called every kRest. REQUIRES: all peers are removed before destruction.
  Keeper(std::chrono::seconds keep_alive, std::function<void()> housekeeping);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  Peer* add(int fd);
  // After this the descriptor is no longer touched.
  void remove(Peer* peer);
  // As if every client had left.
  void dismiss_all();

 private:
  using Clock = Peer::Clock;
  void work();
  using Exchanges = std::vector<std::shared_ptr<Exchange>>;
  // Cuts connections that are overdue; answers the exchanges whose clients have left.
  Exchanges look(bool at_idle, Clock::time_point now);
  Exchanges exchanges();

  const std::chrono::seconds keep_alive_;
  const std::function<void()> housekeeping_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<Peer*, std::unique_ptr<Peer>> peers_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace dbops::http
