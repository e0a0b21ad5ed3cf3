#include "net/pin.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <memory>

#include "base/bytes.h"
#include "base/text.h"

namespace dbops {
namespace {

struct Free {
  void operator()(STACK_OF(X509) * it) const noexcept { sk_X509_free(it); }
};

bool fits(const X509* certificate, const std::string& fingerprint) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  if (certificate == nullptr || X509_digest(certificate, EVP_sha256(), digest.data(), &size) != 1)
    return false;
  return hex({reinterpret_cast<const char*>(digest.data()), size}) == fingerprint;
}

X509* find(X509_STORE_CTX* store, const std::string& fingerprint) {
  if (X509* const own = X509_STORE_CTX_get0_cert(store); fits(own, fingerprint)) return own;
  STACK_OF(X509)* const others = X509_STORE_CTX_get0_untrusted(store);
  for (int i = 0; i < sk_X509_num(others); ++i)
    if (X509* const each = sk_X509_value(others, i); fits(each, fingerprint)) return each;
  return nullptr;
}

// The chain must end with that certificate, which is trusted though it may be no authority.
int verify(X509_STORE_CTX* store, void* fingerprint) {
  X509* const pinned = find(store, *static_cast<const std::string*>(fingerprint));
  if (pinned == nullptr) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
    return 0;
  }
  const std::unique_ptr<STACK_OF(X509), Free> trusted(sk_X509_new_null());
  if (!trusted || sk_X509_push(trusted.get(), pinned) == 0) return 0;
  X509_STORE_CTX_set0_trusted_stack(store, trusted.get());
  X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(store), X509_V_FLAG_PARTIAL_CHAIN);
  return X509_verify_cert(store);
}

}  // namespace

Result<std::string> read_fingerprint(std::string_view text) {
  constexpr size_t kDigits = 64;
  std::string digits;
  for (const char c : lower(text))
    if (c != ':') digits += c;
  if (digits.size() == kDigits && digits.find_first_not_of("0123456789abcdef") == std::string::npos)
    return digits;
  return fail(Code::invalid_config, "a fingerprint is the SHA-256 of a certificate: 64 hex digits",
              "openssl x509 -fingerprint -sha256 -noout -in ca.crt prints it");
}

void trust_only(SSL_CTX* context, const std::string& fingerprint) {
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context, verify, const_cast<std::string*>(&fingerprint));
}

}  // namespace dbops
