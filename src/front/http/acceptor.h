// Takes new connections, and gives each to the worker that has the fewest.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "front/http/worker.h"

namespace dbops::http {

class Acceptor final : public Loop::Watcher {
 public:
  // `fd`: a listening socket, given over. While all workers together have `connections_max` none is
  // taken. All must outlive it.
  Acceptor(int fd, const std::vector<std::unique_ptr<Worker>>& workers, size_t connections_max);
  // REQUIRES: stop() was called, or start() was not.
  ~Acceptor() override;

  // Code::exhausted, Code::io.
  Result<void> start();
  // From another thread than the workers': takes no more, and closes the socket.
  void stop();
  // From any thread: a connection was closed, or descriptors may have become free.
  void made_room();
  void ready(uint32_t events) override;

 private:
  void pause();
  void go_on();
  size_t connections() const;
  Loop& loop() const { return workers_.front()->loop(); }

  const std::vector<std::unique_ptr<Worker>>& workers_;
  const size_t connections_max_;
  int fd_;  // -1: closed.
  std::atomic<bool> paused_ = false;
};

}  // namespace dbops::http
