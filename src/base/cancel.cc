#include "base/cancel.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <system_error>

namespace dbops {

struct Cancel::State {
  State() : event(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  }
  ~State() { close(event); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::atomic<bool> requested{false};
  int event;
};

Cancel Cancel::create() {
  Cancel cancel;
  cancel.state_ = std::make_shared<State>();
  return cancel;
}

void Cancel::request() const noexcept {
  if (!state_ || state_->requested.exchange(true)) return;
  const int saved = errno;
  // Can only fail when the counter is full, and then the descriptor is readable already.
  [[maybe_unused]] const int written = eventfd_write(state_->event, 1);
  errno = saved;
}

bool Cancel::requested() const noexcept { return state_ && state_->requested.load(); }

int Cancel::fd() const noexcept { return state_ ? state_->event : -1; }

}  // namespace dbops
