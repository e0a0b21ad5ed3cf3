#include "base/awake.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/log.h"

namespace dbops {
namespace {

constexpr int32_t kNone = 0;             // us: no processor halts
constexpr int32_t kAny = 2'000'000'000;  // us: the kernel's own default

}  // namespace

Result<std::unique_ptr<Awake>> Awake::open(const char* device) {
  const int fd = ::open(device, O_WRONLY | O_CLOEXEC);
  if (fd >= 0) return std::unique_ptr<Awake>(new Awake(fd));
  const int error = errno;
  return fail(error == EACCES || error == EPERM ? Code::denied : Code::io,
              std::string(device) + " can't be opened: " + std::strerror(error),
              "give this user the right to write it, or leave keep_cpus_awake out of [server]");
}

Awake::~Awake() { close(fd_); }

bool Awake::hold() {
  const std::lock_guard lock(mutex_);
  if (holders_ == 0 && !ask_for(kNone)) return false;
  ++holders_;
  return true;
}

void Awake::release() {
  const std::lock_guard lock(mutex_);
  if (--holders_ == 0) ask_for(kAny);
}

bool Awake::ask_for(int32_t latency_us) {
  if (write(fd_, &latency_us, sizeof latency_us) == sizeof latency_us) return true;
  if (!std::exchange(refused_, true))
    log::warning("the processors can't be told whether to stay awake: " +
                 std::string(std::strerror(errno)));
  return false;
}

}  // namespace dbops
