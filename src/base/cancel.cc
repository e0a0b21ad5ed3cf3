#include "base/cancel.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/bell.h"

namespace dbops {

struct Cancel::State {
  ~State() {
    if (const int fd = event.load(); fd >= 0) close(fd);
  }
  void ring() const noexcept {
    const int saved = errno;
    // Can only fail when the counter is full, and then the descriptor is readable already.
    if (const int fd = event.load(); fd >= 0) static_cast<void>(eventfd_write(fd, 1));
    errno = saved;
  }

  std::atomic<bool> requested{false};
  std::atomic<int> event{-1};
  std::shared_ptr<const Bell> bell;
};

Cancel Cancel::create() {
  Cancel cancel;
  cancel.state_ = std::make_shared<State>();
  if (cancel.fd() < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return cancel;
}

Cancel Cancel::create(std::shared_ptr<const Bell> bell) {
  Cancel cancel;
  cancel.state_ = std::make_shared<State>();
  cancel.state_->bell = std::move(bell);
  return cancel;
}

void Cancel::request() const noexcept {
  if (!state_ || state_->requested.exchange(true)) return;
  state_->ring();
  if (state_->bell) state_->bell->ring();
}

bool Cancel::requested() const noexcept { return state_ && state_->requested.load(); }

int Cancel::fd() const noexcept {
  if (!state_) return -1;
  if (const int fd = state_->event.load(); fd >= 0) return fd;
  const int made = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (made < 0) return -1;
  int none = -1;
  if (!state_->event.compare_exchange_strong(none, made)) {
    close(made);  // Another thread was first.
    return none;
  }
  // request() either sees the descriptor or came before it did.
  if (requested()) state_->ring();
  return made;
}

}  // namespace dbops
