#include "front/http/acceptor.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>

namespace dbops::http {
namespace {

constexpr size_t kAcceptedAtOnce = 64;  // before others have a turn

}  // namespace

Acceptor::Acceptor(int fd, const std::vector<std::unique_ptr<Worker>>& workers,
                   size_t connections_max)
    : workers_(workers), connections_max_(connections_max), fd_(fd) {}

Acceptor::~Acceptor() {
  if (fd_ >= 0) close(fd_);
}

Result<void> Acceptor::start() {
  std::promise<Result<void>> done;
  loop().post([&] { done.set_value(loop().watch(fd_, EPOLLIN, *this)); });
  return done.get_future().get();
}

void Acceptor::stop() {
  std::promise<void> done;
  loop().post([&] {
    if (!paused_) loop().forget(fd_);
    close(fd_);
    fd_ = -1;
    paused_ = false;
    done.set_value();
  });
  done.get_future().wait();
}

size_t Acceptor::connections() const {
  size_t count = 0;
  for (const auto& worker : workers_) count += worker->connections();
  return count;
}

void Acceptor::pause() {
  loop().forget(fd_);
  paused_ = true;
}

void Acceptor::made_room() {
  if (paused_) loop().post([this] { go_on(); });
}

void Acceptor::go_on() {
  if (fd_ < 0 || !paused_.exchange(false)) return;
  if (!loop().watch(fd_, EPOLLIN, *this)) paused_ = true;
}

void Acceptor::ready(uint32_t) {
  for (size_t i = 0; i < kAcceptedAtOnce; ++i) {
    if (connections() >= connections_max_) {
      pause();
      // One may have been closed since they were counted.
      if (connections() < connections_max_) made_room();
      return;
    }
    const int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      // Out of descriptors: until one is closed.
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
      return;
    }
    const auto least = std::min_element(
        workers_.begin(), workers_.end(),
        [](const auto& a, const auto& b) { return a->connections() < b->connections(); });
    (*least)->adopt(fd);
  }
}

}  // namespace dbops::http
