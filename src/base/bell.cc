#include "base/bell.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace dbops {

Bell::Bell() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Bell::~Bell() {
  if (fd_ >= 0) close(fd_);
}

void Bell::ring() const noexcept {
  const int saved = errno;
  // Else it can only fail when the counter is full, and then the descriptor is readable already.
  while (eventfd_write(fd_, 1) < 0 && errno == EINTR) continue;
  errno = saved;
}

void Bell::hush() const noexcept {
  eventfd_t rings = 0;
  while (eventfd_read(fd_, &rings) < 0 && errno == EINTR) continue;
}

}  // namespace dbops
