#include "net/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/text.h"
#include "net/pin.h"

namespace dbops {
namespace {

constexpr size_t kReadBytes = 32u << 10;   // bytes asked of the transport at once
constexpr size_t kWriteBytes = 64u << 10;  // bytes made into records before they are sent

struct Free {
  void operator()(SSL_CTX* it) const noexcept { SSL_CTX_free(it); }
  void operator()(SSL* it) const noexcept { SSL_free(it); }
};

// The first of OpenSSL's errors, which is forgotten with all others.
std::string last_error() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason == nullptr ? "the peer broke off" : reason;
}

tl::unexpected<Error> tls_error(std::string message, std::string hint) {
  return fail(Error{.code = Code::tls,
                    .message = "TLS: " + std::move(message),
                    .hint = std::move(hint),
                    .session_broken = true});
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

tl::unexpected<Error> bad_file(std::string_view setting, const std::string& file) {
  return tls_error(
      std::string(setting) + ' ' + escape_control(file) + " can't be used: " + last_error(),
      "give a file in PEM format that this user can read");
}

Result<std::unique_ptr<SSL_CTX, Free>> make_context(const TlsOptions& options) {
  std::unique_ptr<SSL_CTX, Free> made(SSL_CTX_new(TLS_client_method()));
  if (!made || SSL_CTX_set_min_proto_version(made.get(), TLS1_2_VERSION) != 1)
    return tls_error("OpenSSL can't be used: " + last_error(), "");
  if (options.verify != TlsVerify::require) {
    SSL_CTX_set_verify(made.get(), SSL_VERIFY_PEER, nullptr);
    if (options.root_file.empty())
      SSL_CTX_set_default_verify_paths(made.get());
    else if (SSL_CTX_load_verify_file(made.get(), options.root_file.c_str()) != 1)
      return bad_file("sslrootcert", options.root_file);
  }
  if (!options.fingerprint.empty()) trust_only(made.get(), options.fingerprint);
  if (options.cert_file.empty()) return made;
  if (SSL_CTX_use_certificate_chain_file(made.get(), options.cert_file.c_str()) != 1)
    return bad_file("sslcert", options.cert_file);
  if (SSL_CTX_use_PrivateKey_file(made.get(), options.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return bad_file("sslkey", options.key_file);
  return made;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::unique_ptr<Transport> inner, std::unique_ptr<SSL, Free> ssl)
      : inner_(std::move(inner)), ssl_(std::move(ssl)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_.get());
  }

  Result<void> shake_hands(const Context& context) {
    for (;;) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const int state = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
      // What is wrong is told to the peer, too, if it can still be reached.
      auto sent = flush(context);
      if (state == SSL_ERROR_NONE) return sent;
      if (state != SSL_ERROR_WANT_READ) return refusal();
      DBOPS_TRY(sent);
      DBOPS_ASSIGN(const bool more, pull(context));
      if (!more)
        return tls_error("the server closed the connection in the midst of the handshake",
                         "look whether it speaks TLS at this port, and its log");
    }
  }

  Result<size_t> read(const Context& context, std::span<char> into) override {
    const int size = static_cast<int>(std::min<size_t>(into.size(), INT_MAX));
    for (;;) {
      ERR_clear_error();
      const int got = SSL_read(ssl_.get(), into.data(), size);
      if (got > 0) return static_cast<size_t>(got);
      const int state = SSL_get_error(ssl_.get(), got);
      if (state == SSL_ERROR_ZERO_RETURN) return 0;
      if (state != SSL_ERROR_WANT_READ) return refusal();
      DBOPS_TRY(flush(context));
      DBOPS_ASSIGN(const bool more, pull(context));
      // Without a farewell somebody on the way may have cut it; a reply cut short tells by itself.
      if (!more) return 0;
    }
  }

  Result<void> write(const Context& context, std::string_view bytes) override {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, kWriteBytes);
      ERR_clear_error();
      // A memory BIO takes all there is.
      if (SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size())) <= 0) return refusal();
      DBOPS_TRY(flush(context));
      bytes.remove_prefix(part.size());
    }
    return {};
  }

  bool hung_up() const override { return inner_->hung_up(); }
  int read_fd() const override { return inner_->read_fd(); }
  bool holds() const override {
    return SSL_pending(ssl_.get()) > 0 || BIO_pending(SSL_get_rbio(ssl_.get())) > 0 ||
           inner_->holds();
  }
  bool peer_left() const override { return inner_->peer_left(); }
  std::string_view protocol() const override { return SSL_get_version(ssl_.get()); }

 private:
  // Why the handshake failed, or the stream can't be read on.
  tl::unexpected<Error> refusal() const {
    const long verified = SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK)
      return tls_error(last_error(), "look whether the server speaks TLS 1.2 or 1.3 at this port");
    ERR_clear_error();
    const std::string why = X509_verify_cert_error_string(verified);
    const bool name =
        verified == X509_V_ERR_HOSTNAME_MISMATCH || verified == X509_V_ERR_IP_ADDRESS_MISMATCH;
    return tls_error("the server's certificate is not trusted: " + why,
                     name ? "write the host into the URL as the certificate names it"
                          : "set sslrootcert to the authority that has signed it");
  }

  Result<void> flush(const Context& context) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes);
    if (size <= 0) return {};
    auto sent = inner_->write(context, {bytes, static_cast<size_t>(size)});
    (void)BIO_reset(SSL_get_wbio(ssl_.get()));
    return sent;
  }

  // False at the end of the stream.
  Result<bool> pull(const Context& context) {
    DBOPS_ASSIGN(const size_t size, inner_->read(context, buffer_));
    if (size == 0) return false;
    BIO_write(SSL_get_rbio(ssl_.get()), buffer_.data(), static_cast<int>(size));
    return true;
  }

  std::unique_ptr<Transport> inner_;
  std::unique_ptr<SSL, Free> ssl_;
  std::array<char, kReadBytes> buffer_;
};

}  // namespace

Result<std::unique_ptr<Transport>> start_tls(const Context& context,
                                             std::unique_ptr<Transport> inner,
                                             const TlsOptions& options) {
  ERR_clear_error();
  DBOPS_ASSIGN(const auto settings, make_context(options));
  std::unique_ptr<SSL, Free> ssl(SSL_new(settings.get()));  // Shares the settings.
  if (!ssl) return tls_error("OpenSSL can't be used: " + last_error(), "");
  const bool address = is_address(options.host);
  if (!address) SSL_set_tlsext_host_name(ssl.get(), options.host.c_str());
  if (options.verify == TlsVerify::verify_full) {
    const int set =
        address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), options.host.c_str())
                : SSL_set1_host(ssl.get(), options.host.c_str());
    if (set != 1) return tls_error("the host can't be checked: " + last_error(), "");
  }
  auto transport = std::make_unique<TlsTransport>(std::move(inner), std::move(ssl));
  DBOPS_TRY(transport->shake_hands(context));
  return transport;
}

}  // namespace dbops
