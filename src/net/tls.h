// TLS over any transport, with OpenSSL.
#pragma once

#include <memory>
#include <string>

#include "net/transport.h"

namespace dbops {

// What is checked of the server's certificate; named as PostgreSQL's sslmode names it.
enum class TlsVerify : uint8_t {
  require,      // Nothing: whoever answers is believed.
  verify_ca,    // That a trusted authority has signed it.
  verify_full,  // And that it is for this host.
};

struct TlsOptions {
  TlsVerify verify = TlsVerify::verify_full;
  std::string root_file = {};  // Trusted authorities, PEM. Empty: the system's.
  std::string cert_file = {};  // What the client shows of itself, PEM; both or none.
  std::string key_file = {};
  // Of the one certificate that is believed, in place of authorities; as read_fingerprint() of
  // net/pin.h answers it.
  std::string fingerprint = {};
  std::string host = {};  // A name or an address.
};

// Shakes hands over `inner`. Code::tls says what is wrong with the certificate, a file, or the
// peer; otherwise what `inner` answers. The transport is used by one thread at a time.
Result<std::unique_ptr<Transport>> start_tls(const Context& context,
                                             std::unique_ptr<Transport> inner,
                                             const TlsOptions& options);

}  // namespace dbops
