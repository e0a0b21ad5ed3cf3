// The TLS certificate of the server: read from PEM files, and read again while it serves.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"

namespace dbops::http {

inline constexpr size_t kPemBytesMax = 1u << 20;  // bytes of each file
inline constexpr size_t kCertificatesMax = 16;    // in one chain

// Thread-safe.
class Certificates {
 public:
  // A chain, the server's own certificate first, and its key without a password. Each error names
  // its file: Code::invalid_argument for what is not understood or does not belong together, else
  // as Files::read().
  static Result<std::unique_ptr<Certificates>> load(std::string certificate_file,
                                                    std::string key_file);

  // Reads both files again: handshakes from here on use them. After an error all is as it was.
  Result<void> reload();
  // For sessions that begin now: of a server, TLS 1.2 and 1.3 alone.
  std::shared_ptr<SSL_CTX> context() const;

 private:
  Certificates(std::string certificate_file, std::string key_file)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}
  Result<std::shared_ptr<SSL_CTX>> read() const;

  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace dbops::http
