#include "front/http/bind.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace dbops::http {
namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> parse_address(std::string host, uint16_t port) {
  if (host == "localhost") host = "127.0.0.1";
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Address address;
  sockaddr_in v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
    return address;
  }
  sockaddr_in6 v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
    return address;
  }
  return fail(Code::invalid_argument, "\"" + host + "\" is no address to listen on",
              "use 127.0.0.1, ::1, localhost, or an address of this machine");
}

tl::unexpected<Error> listen_error(int number, const std::string& host, uint16_t port) {
  const std::string message = "can't listen on " + host + " port " + std::to_string(port) + ": " +
                              std::generic_category().message(number);
  if (number == EADDRINUSE) return fail(Code::busy, message, "choose another port, or 0 for any");
  if (number == EACCES) return fail(Code::denied, message, "choose a port from 1024 on");
  if (number == EADDRNOTAVAIL)
    return fail(Code::invalid_argument, message, "this machine has no such address");
  return fail(Code::io, message);
}

uint16_t port_of(int fd) {
  Address address;
  address.size = sizeof address.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.size) != 0) return 0;
  if (address.storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.storage, sizeof v4);
    return ntohs(v4.sin_port);
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.storage, sizeof v6);
  return ntohs(v6.sin6_port);
}

}  // namespace

Result<Bound> bind_tcp(const std::string& host, uint16_t port) {
  DBOPS_ASSIGN(const Address address, parse_address(host, port));
  const int family = address.storage.ss_family;
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return listen_error(errno, host, port);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      listen(fd, SOMAXCONN) != 0) {
    const int number = errno;
    close(fd);
    return listen_error(number, host, port);
  }
  return Bound{.fd = fd, .port = port_of(fd), .ipv6 = family == AF_INET6};
}

size_t raise_open_files(size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return limit.rlim_cur;
}

}  // namespace dbops::http
