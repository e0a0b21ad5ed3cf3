#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace dbops::http {

struct Bound {
  int fd = -1;  // Listens, non-blocking; the caller's to close.
  uint16_t port = 0;
  bool ipv6 = false;
};

// Listens on an address (or "localhost") and port (0: any free). Code::invalid_argument,
// Code::busy for a port that is taken, Code::denied, Code::io.
Result<Bound> bind_tcp(const std::string& host, uint16_t port);

// Lets this process have that many files open, as far as the system allows. Answers how many it
// may.
size_t raise_open_files(size_t wanted);

}  // namespace dbops::http
