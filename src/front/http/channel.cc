#include "front/http/channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace dbops::http {
namespace {

using Then = Channel::Then;
using Moved = Channel::Moved;

bool is_for_later() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

class PlainChannel final : public Channel {
 public:
  explicit PlainChannel(int fd) : fd_(fd) {}
  ~PlainChannel() override { close(fd_); }

  int fd() const override { return fd_; }
  Moved read(std::span<char> into) override {
    const ssize_t count = recv(fd_, into.data(), into.size(), 0);
    if (count == 0) return {.then = Then::never};
    if (count < 0) return {.then = is_for_later() ? Then::later : Then::never};
    const auto bytes = static_cast<size_t>(count);
    // epoll(7): a stream that gives less than was asked for has given all it had.
    return {.bytes = bytes, .then = bytes < into.size() ? Then::later : Then::more};
  }
  Moved write(std::string_view bytes, bool more) override {
    const ssize_t count =
        send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | (more ? int{MSG_MORE} : 0));
    if (count < 0) return {.then = is_for_later() ? Then::later : Then::never};
    return {.bytes = static_cast<size_t>(count)};
  }
  void finish() override { shutdown(fd_, SHUT_WR); }
  bool is_layered() const override { return false; }

 private:
  const int fd_;
};

struct Free {
  void operator()(SSL* it) const noexcept { SSL_free(it); }
  void operator()(BIO_METHOD* it) const noexcept { BIO_meth_free(it); }
};

// OpenSSL's own writes to a socket whose peer has gone would raise SIGPIPE.
int write_socket(BIO* bio, const char* bytes, int size) {
  const int fd = *static_cast<const int*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto count = send(fd, bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  if (count < 0 && is_for_later()) BIO_set_retry_write(bio);
  return static_cast<int>(count);
}

int read_socket(BIO* bio, char* into, int size) {
  const int fd = *static_cast<const int*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto count = recv(fd, into, static_cast<size_t>(size), 0);
  if (count < 0 && is_for_later()) BIO_set_retry_read(bio);
  return static_cast<int>(count);
}

long control_socket(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* socket_method() {
  static const std::unique_ptr<BIO_METHOD, Free> method = [] {
    std::unique_ptr<BIO_METHOD, Free> made(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "client"));
    if (made) {
      BIO_meth_set_write(made.get(), write_socket);
      BIO_meth_set_read(made.get(), read_socket);
      BIO_meth_set_ctrl(made.get(), control_socket);
    }
    return made;
  }();
  return method.get();
}

class TlsChannel final : public Channel {
 public:
  TlsChannel(int fd, std::unique_ptr<SSL, Free> ssl, BIO* bio) : fd_(fd), ssl_(std::move(ssl)) {
    BIO_set_data(bio, &fd_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
    SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
    SSL_set_read_ahead(ssl_.get(), 1);
  }
  ~TlsChannel() override { close(fd_); }

  int fd() const override { return fd_; }
  Moved read(std::span<char> into) override {
    ERR_clear_error();
    return moved(SSL_read(ssl_.get(), into.data(), bounded(into.size())));
  }
  Moved write(std::string_view bytes, bool) override {
    ERR_clear_error();
    return moved(SSL_write(ssl_.get(), bytes.data(), bounded(bytes.size())));
  }
  void finish() override {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // Not before a handshake has ended: then it does nothing.
    shutdown(fd_, SHUT_WR);
  }
  bool is_layered() const override { return true; }

 private:
  static int bounded(size_t size) { return static_cast<int>(std::min<size_t>(size, INT_MAX)); }
  Moved moved(int count) {
    if (count > 0) return {.bytes = static_cast<size_t>(count)};
    const int state = SSL_get_error(ssl_.get(), count);
    ERR_clear_error();
    const bool later = state == SSL_ERROR_WANT_READ || state == SSL_ERROR_WANT_WRITE;
    return {.then = later ? Then::later : Then::never};
  }

  int fd_;  // OpenSSL knows its address.
  const std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace

std::unique_ptr<Channel> make_plain_channel(int fd) { return std::make_unique<PlainChannel>(fd); }

std::unique_ptr<Channel> make_tls_channel(int fd, const Certificates& certificates) {
  std::unique_ptr<SSL, Free> ssl(SSL_new(certificates.context().get()));  // Shares the context.
  BIO* const bio = socket_method() != nullptr ? BIO_new(socket_method()) : nullptr;
  if (!ssl || bio == nullptr) {
    BIO_free(bio);
    close(fd);
    return nullptr;
  }
  return std::make_unique<TlsChannel>(fd, std::move(ssl), bio);
}

}  // namespace dbops::http
