#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/text.h"
#include "net/resolve.h"
#include "net/transport.h"

namespace dbops {
namespace {

struct Address {
  sockaddr_storage bytes;
  socklen_t size;
  int family;
};

// REQUIRES: `host` is an address that resolve() answered.
Result<Address> to_address(const std::string& host, uint16_t port) {
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
      failed != 0)
    return fail(Code::unknown_host, host + ": " + gai_strerror(failed));
  Address address{{}, found->ai_addrlen, found->ai_family};
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  return address;
}

// Code::unreachable with the system's words, or what the context says.
Result<int> connect_to(const Context& context, const Address& address) {
  const int fd = socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto refused = [&](int number) {
    if (fd >= 0) close(fd);
    return fail(Code::unreachable, std::generic_category().message(number));
  };
  if (fd < 0) return refused(errno);
  if (address.family != AF_UNIX) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  }
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address.bytes), address.size) == 0) return fd;
  if (errno != EINPROGRESS && errno != EINTR) return refused(errno);
  if (auto ready = context.wait(fd, POLLOUT); !ready) {
    close(fd);
    return fail(std::move(ready).error());
  }
  int failed = 0;
  socklen_t size = sizeof failed;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) < 0) failed = errno;
  if (failed != 0) return refused(failed);
  return fd;
}

// A part of the time for each address, so that one that swallows packets leaves some to the others.
Context share(const Context& context, size_t addresses_left) {
  Context part = context;
  if (const auto left = context.deadline.remaining())
    part.deadline = Deadline::after(*left / static_cast<int64_t>(addresses_left));
  return part;
}

}  // namespace

Result<std::unique_ptr<Transport>> connect_tcp(const Context& context, const std::string& host,
                                               uint16_t port) {
  DBOPS_ASSIGN(const std::vector<std::string> hosts, resolve(context, host));
  const std::string place = escape_control(host) + ":" + std::to_string(port);
  Error last;
  for (size_t i = 0; i < hosts.size(); ++i) {
    DBOPS_ASSIGN(const Address address, to_address(hosts[i], port));
    const auto fd = connect_to(share(context, hosts.size() - i), address);
    if (fd) return fd_transport(*fd, *fd);
    last = fd.error();
    if (last.code == Code::cancelled) return fail(std::move(last));
  }
  last.message = "can't connect to " + place + ": " + last.message;
  last.hint = last.code == Code::timeout
                  ? "check host and port, and whether a firewall drops the connection"
                  : "check that the server runs and listens at this host and port";
  last.retryable = true;
  return fail(std::move(last));
}

Result<std::unique_ptr<Transport>> connect_unix(const Context& context, const std::string& path) {
  const std::string shown = "the socket " + escape_control(path);
  sockaddr_un name = {};
  if (path.empty() || path.size() >= sizeof name.sun_path)
    return fail(Code::invalid_config, shown + " has a path that no socket can have",
                "it has from 1 to " + std::to_string(sizeof name.sun_path - 1) + " bytes");
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.data(), path.size());
  Address address{{}, sizeof name, AF_UNIX};
  std::memcpy(&address.bytes, &name, sizeof name);
  auto fd = connect_to(context, address);
  if (fd) return fd_transport(*fd, *fd);
  Error error = std::move(fd).error();
  error.message = "can't connect to " + shown + ": " + error.message;
  error.hint =
      "check that the server runs, that its socket is there, and that this user may use it";
  return fail(std::move(error));
}

}  // namespace dbops
