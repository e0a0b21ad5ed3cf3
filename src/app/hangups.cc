#include "app/hangups.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace dbops::app {
namespace {

std::atomic<int> event{-1};
static_assert(std::atomic<int>::is_always_lock_free);

void handle(int) {
  const int kept = errno;
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(event.load(), &one, sizeof one);
  errno = kept;
}

}  // namespace

int Hangups::arm() {
  if (event.load() >= 0) return event.load();
  event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event.load() < 0) return -1;
  struct sigaction action {};
  action.sa_handler = handle;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
  return event.load();
}

bool Hangups::take() {
  uint64_t count = 0;
  return read(event.load(), &count, sizeof count) == sizeof count;
}

}  // namespace dbops::app
