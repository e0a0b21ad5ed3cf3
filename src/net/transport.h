#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/context.h"
#include "base/result.h"

namespace dbops {

// A two-way stream of bytes: pipes, a socket, or in tests one that fails on its N-th call.
// One thread may read while another writes.
class Transport {
 public:
  virtual ~Transport() = default;
  // Waits for at least one byte. Answers how many were read, 0 at the end of the stream.
  // Code::cancelled, Code::timeout, Code::disconnected, Code::io.
  virtual Result<size_t> read(const Context& context, std::span<char> into) = 0;
  // Writes all of it, or fails with the same codes; then an unknown part was written and the
  // transport is of no more use.
  virtual Result<void> write(const Context& context, std::string_view bytes) = 0;
  // The other end has gone: nobody will read what is written. Does not wait.
  virtual bool peer_left() const { return false; }
  // The other end has sent its last; what it sent may still be to be read. Does not wait.
  virtual bool hung_up() const { return false; }
  // For a wait on several at once: readable when there may be something to read beside what holds()
  // says; -1 where there is none.
  virtual int read_fd() const { return -1; }
  // It has something to read that needs no waiting, or the end. Does not wait.
  virtual bool holds() const { return false; }
  // What protects it on its way: "TLSv1.3", or "plain".
  virtual std::string_view protocol() const { return "plain"; }
};

// What Transport::hung_up() answers, of a socket.
bool socket_hung_up(int fd);

// Over descriptors that it owns (equal for a socket): made non-blocking, closed with it.
std::unique_ptr<Transport> fd_transport(int read_fd, int write_fd);

// A TCP connection to the first address that answers. Code::unknown_host, Code::unreachable,
// Code::timeout.
Result<std::unique_ptr<Transport>> connect_tcp(const Context& context, const std::string& host,
                                               uint16_t port);
// A connection to the socket at that path. Code::unreachable, Code::invalid_config.
Result<std::unique_ptr<Transport>> connect_unix(const Context& context, const std::string& path);

}  // namespace dbops
