// The bytes of one client's connection, as they are or through TLS. Nothing here waits.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "front/http/certificates.h"

namespace dbops::http {

// For one thread at a time. Closes its socket when it is destroyed.
class Channel {
 public:
  enum class Then : uint8_t {
    more,   // There may be more to read, or room to write: go on.
    later,  // Not before the socket says so.
    never,  // The client closed it, or it broke.
  };
  struct Moved {
    size_t bytes = 0;
    Then then = Then::more;
  };

  virtual ~Channel() = default;
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  virtual int fd() const = 0;
  virtual Moved read(std::span<char> into) = 0;
  // `more`: other bytes follow at once.
  virtual Moved write(std::string_view bytes, bool more) = 0;
  // Says that nothing more will be written.
  virtual void finish() = 0;
  // Whether what was read may wait inside, and whether reading may have to write: then either
  // readiness of the socket is worth a try of both.
  virtual bool is_layered() const = 0;

 protected:
  Channel() = default;
};

// Both take over the descriptor of a connected socket that does not block.
std::unique_ptr<Channel> make_plain_channel(int fd);
// Shakes hands by and by, as it is read. nullptr, with the descriptor closed: out of memory.
std::unique_ptr<Channel> make_tls_channel(int fd, const Certificates& certificates);

}  // namespace dbops::http
