// The TLS certificate of the server: read from PEM files, and read again while it serves.
#pragma once

#include <gnutls/abstract.h>

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"

namespace dbops::http {

// TLS 1.2 and 1.3 alone, with what GnuTLS holds to be secure.
inline constexpr const char* kTlsPriorities = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
inline constexpr size_t kPemBytesMax = 1u << 20;  // bytes of each file
inline constexpr unsigned kCertificatesMax = 16;  // in one chain

// Thread-safe.
class Certificates {
 public:
  // A chain, the server's own certificate first, and its key without a password. Each error names
  // its file: Code::invalid_argument for what is not understood or does not belong together, else
  // as Files::read().
  static Result<std::unique_ptr<Certificates>> load(std::string certificate_file,
                                                    std::string key_file);
  ~Certificates();

  // Reads both files again: handshakes from here on use them. After an error all is as it was.
  Result<void> reload();
  // To be called for each TLS session before its handshake. This must outlive the session.
  void attach(gnutls_session_t session);
  // gnutls_certificate_retrieve_function2, for sessions that were attached.
  static int retrieve(gnutls_session_t session, const gnutls_datum_t*, int,
                      const gnutls_pk_algorithm_t*, int, gnutls_pcert_st** chain,
                      unsigned* chain_size, gnutls_privkey_t* key);

 private:
  struct Pair;
  using Clock = std::chrono::steady_clock;
  // A handshake borrows its pair: one that was replaced is kept for longer than any may take.
  static constexpr std::chrono::minutes kKept{10};

  Certificates(std::string certificate_file, std::string key_file)
      : certificate_file_(std::move(certificate_file)), key_file_(std::move(key_file)) {}
  Result<std::shared_ptr<Pair>> read() const;

  const std::string certificate_file_;
  const std::string key_file_;
  std::mutex mutex_;
  std::shared_ptr<Pair> current_;
  std::deque<std::pair<Clock::time_point, std::shared_ptr<Pair>>> replaced_;
};

}  // namespace dbops::http
