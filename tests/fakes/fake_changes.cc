#include "fakes/fake_changes.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

namespace dbops::fakes {

Changes::Changes() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
Changes::~Changes() { close(event_); }

void Changes::tell(std::vector<Watcher::Place> places) {
  const std::lock_guard lock(mutex_);
  places_.insert(places_.end(), places.begin(), places.end());
  eventfd_write(event_, 1);
}

void Changes::hang_up() {
  const std::lock_guard lock(mutex_);
  hung_up_ = true;
  eventfd_write(event_, 1);
}

void Changes::refuse(std::optional<Error> error) {
  const std::lock_guard lock(mutex_);
  refusal_ = std::move(error);
}

Result<void> Changes::begin() {
  const std::lock_guard lock(mutex_);
  if (refusal_) return fail(*refusal_);
  ++begun;
  return {};
}

Result<std::vector<Watcher::Place>> Changes::next(const Context& context) {
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      eventfd_t count = 0;
      eventfd_read(event_, &count);
      if (std::exchange(hung_up_, false)) return fail(Code::disconnected, "it hung up");
      if (!places_.empty()) return std::exchange(places_, {});
    }
    DBOPS_TRY(context.wait(event_, POLLIN));
  }
}

}  // namespace dbops::fakes
