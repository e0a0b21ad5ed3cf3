#include "net/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace dbops {
namespace {

tl::unexpected<Error> transport_error(std::string_view doing, int number) {
  const bool lost = number == ECONNRESET || number == EPIPE || number == ECONNABORTED ||
                    number == ETIMEDOUT || number == ENOTCONN;
  Error error{.code = lost ? Code::disconnected : Code::io,
              .message = std::string(doing) + ": " + std::generic_category().message(number)};
  error.session_broken = true;
  return fail(std::move(error));
}

class FdTransport final : public Transport {
 public:
  FdTransport(int read_fd, int write_fd) : read_fd_(read_fd), write_fd_(write_fd) {
    set_non_blocking(read_fd_);
    set_non_blocking(write_fd_);
    int type = 0;
    socklen_t size = sizeof type;
    socket_ = getsockopt(write_fd_, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
  }
  ~FdTransport() override {
    close(read_fd_);
    if (write_fd_ != read_fd_) close(write_fd_);
  }
  FdTransport(const FdTransport&) = delete;
  FdTransport& operator=(const FdTransport&) = delete;

  Result<size_t> read(const Context& context, std::span<char> into) override {
    DBOPS_TRY(context.alive());
    for (;;) {
      const ssize_t got = ::read(read_fd_, into.data(), into.size());
      if (got >= 0) return static_cast<size_t>(got);
      if (errno == EAGAIN) {
        DBOPS_TRY(context.wait(read_fd_, POLLIN));
      } else if (errno != EINTR) {
        return transport_error("reading", errno);
      }
    }
  }

  Result<void> write(const Context& context, std::string_view bytes) override {
    while (!bytes.empty()) {
      DBOPS_TRY(context.alive());
      const ssize_t written = socket_ ? send(write_fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL)
                                      : ::write(write_fd_, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<size_t>(written));
      } else if (errno == EAGAIN) {
        DBOPS_TRY(context.wait(write_fd_, POLLOUT));
      } else if (errno != EINTR) {
        return transport_error("writing", errno);
      }
    }
    return {};
  }

  bool hung_up() const override { return socket_hung_up(read_fd_); }
  int read_fd() const override { return read_fd_; }
  bool holds() const override {
    pollfd looked = {.fd = read_fd_, .events = POLLIN, .revents = 0};
    return poll(&looked, 1, 0) > 0;
  }
  bool peer_left() const override {
    pollfd looked = {.fd = write_fd_, .events = 0, .revents = 0};
    return poll(&looked, 1, 0) > 0 && (looked.revents & (POLLERR | POLLHUP)) != 0;
  }

 private:
  static void set_non_blocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

  const int read_fd_;
  const int write_fd_;
  bool socket_ = false;  // A write to one whose peer is gone must not raise SIGPIPE.
};

}  // namespace

bool socket_hung_up(int fd) {
  pollfd looked = {.fd = fd, .events = POLLRDHUP, .revents = 0};
  return poll(&looked, 1, 0) > 0;
}

std::unique_ptr<Transport> fd_transport(int read_fd, int write_fd) {
  return std::make_unique<FdTransport>(read_fd, write_fd);
}

}  // namespace dbops
