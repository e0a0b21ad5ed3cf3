#include "front/http/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <string_view>

#include "base/file.h"
#include "base/text.h"

namespace dbops::http {
namespace {

// Of TLS 1.2; those of 1.3 all have forward secrecy and authenticate what they encrypt.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

struct Free {
  void operator()(BIO* it) const noexcept { BIO_free(it); }
  void operator()(X509* it) const noexcept { X509_free(it); }
  void operator()(EVP_PKEY* it) const noexcept { EVP_PKEY_free(it); }
};
using Bytes = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

std::string shown(const std::string& file) { return '"' + escape_control(file) + '"'; }

Result<std::string> read_file(const std::string& file, std::string_view what) {
  auto text = real_files().read(file, kPemBytesMax);
  if (text) return text;
  Error error = std::move(text).error();
  error.message = "the TLS " + std::string(what) + " " + shown(file) + ": " + error.message;
  return fail(std::move(error));
}

tl::unexpected<Error> not_understood(std::string_view what, const std::string& file,
                                     std::string hint) {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string message = "the TLS " + std::string(what) + " " + shown(file) + " is not understood";
  if (reason != nullptr) message.append(": ").append(reason);
  ERR_clear_error();
  return fail(Code::invalid_argument, std::move(message), std::move(hint));
}

Bytes bytes_of(const std::string& text) {
  return Bytes(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// In place of OpenSSL's own, which would ask at the terminal.
int no_password(char*, int, int, void*) { return -1; }

// The first certificate is the server's own. False, with OpenSSL's error, if it has one.
bool use_chain(SSL_CTX* context, const std::string& text) {
  const Bytes bytes = bytes_of(text);
  if (!bytes) return false;
  const Certificate own(PEM_read_bio_X509(bytes.get(), nullptr, no_password, nullptr));
  if (!own || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  for (size_t count = 1; count <= kCertificatesMax; ++count) {
    Certificate next(PEM_read_bio_X509(bytes.get(), nullptr, no_password, nullptr));
    if (!next) {
      const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
      if (at_end) ERR_clear_error();
      return at_end;
    }
    if (count == kCertificatesMax || SSL_CTX_add0_chain_cert(context, next.get()) != 1)
      return false;
    static_cast<void>(next.release());  // It is the context's now.
  }
  return false;
}

}  // namespace

Result<std::shared_ptr<SSL_CTX>> Certificates::read() const {
  DBOPS_ASSIGN(const std::string chain, read_file(certificate_file_, "certificate"));
  DBOPS_ASSIGN(const std::string key_text, read_file(key_file_, "key"));
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), kCiphers) != 1)
    return fail(Code::exhausted, "OpenSSL can't be used");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  if (!use_chain(context.get(), chain))
    return not_understood("certificate", certificate_file_,
                          "it is a PEM file: the server's certificate, then those that signed it");
  const Bytes key_bytes = bytes_of(key_text);
  const Key key(key_bytes ? PEM_read_bio_PrivateKey(key_bytes.get(), nullptr, no_password, nullptr)
                          : nullptr);
  if (!key) return not_understood("key", key_file_, "it is a PEM file, without a password");
  if (SSL_CTX_use_PrivateKey(context.get(), key.get()) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    ERR_clear_error();
    return fail(Code::invalid_argument,
                "the TLS key " + shown(key_file_) + " is not that of the certificate " +
                    shown(certificate_file_),
                "the server's own certificate stands first in its file");
  }
  return context;
}

Result<std::unique_ptr<Certificates>> Certificates::load(std::string certificate, std::string key) {
  auto made =
      std::unique_ptr<Certificates>(new Certificates(std::move(certificate), std::move(key)));
  DBOPS_ASSIGN(made->context_, made->read());
  return made;
}

Result<void> Certificates::reload() {
  DBOPS_ASSIGN(auto context, read());
  const std::lock_guard lock(mutex_);
  context_.swap(context);
  return {};
}

std::shared_ptr<SSL_CTX> Certificates::context() const {
  const std::lock_guard lock(mutex_);
  return context_;
}

}  // namespace dbops::http
