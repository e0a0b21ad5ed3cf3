#include "front/http/testing/signer.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/bytes.h"

namespace dbops::http::testing {
namespace {

constexpr int kCurveBytes = 32;

std::string number(EVP_PKEY* key, const char* name, int bytes) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  std::string out(static_cast<size_t>(bytes > 0 ? bytes : BN_num_bytes(value)), '\0');
  BN_bn2binpad(value, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size()));
  BN_free(value);
  return base64_url(out);
}

// Both numbers of a DER signature, one behind the other.
std::string raw_signature(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  std::string raw(kCurveBytes * 2, '\0');
  auto* out = reinterpret_cast<unsigned char*>(raw.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, kCurveBytes);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + kCurveBytes, kCurveBytes);
  ECDSA_SIG_free(signature);
  return raw;
}

EVP_PKEY* generate(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::rs256:
      return EVP_RSA_gen(2048);
    case Algorithm::es256:
      return EVP_EC_gen("P-256");
    case Algorithm::eddsa:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  return nullptr;
}

}  // namespace

struct Signer::State {
  Algorithm algorithm;
  std::string id;
  EVP_PKEY* key;
};

Signer::Signer(Algorithm algorithm, std::string id)
    : state_(std::make_unique<State>(State{algorithm, std::move(id), generate(algorithm)})) {}
Signer::Signer(Signer&&) noexcept = default;
Signer::~Signer() {
  if (state_) EVP_PKEY_free(state_->key);
}

std::string Signer::jwk() const {
  EVP_PKEY* const key = state_->key;
  std::string text = R"({"use":"sig","kid":")" + state_->id + R"(","alg":")" +
                     std::string(name(state_->algorithm)) + '"';
  if (state_->algorithm == Algorithm::rs256)
    text += R"(,"kty":"RSA","n":")" + number(key, OSSL_PKEY_PARAM_RSA_N, 0) + R"(","e":")" +
            number(key, OSSL_PKEY_PARAM_RSA_E, 0) + '"';
  if (state_->algorithm == Algorithm::es256)
    text += R"(,"kty":"EC","crv":"P-256","x":")" +
            number(key, OSSL_PKEY_PARAM_EC_PUB_X, kCurveBytes) + R"(","y":")" +
            number(key, OSSL_PKEY_PARAM_EC_PUB_Y, kCurveBytes) + '"';
  if (state_->algorithm == Algorithm::eddsa) {
    std::string bytes(kCurveBytes, '\0');
    size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(bytes.data()), &size);
    text += R"(,"kty":"OKP","crv":"Ed25519","x":")" + base64_url(bytes) + '"';
  }
  return text + "}";
}

std::string Signer::token(std::string_view claims) const {
  return token(R"({"alg":")" + std::string(name(state_->algorithm)) +
                   R"(","typ":"at+jwt","kid":")" + state_->id + R"("})",
               claims);
}

std::string Signer::token(std::string_view header, std::string_view claims) const {
  const std::string signed_part = base64_url(header) + "." + base64_url(claims);
  const bool edwards = state_->algorithm == Algorithm::eddsa;
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, nullptr, edwards ? nullptr : EVP_sha256(), nullptr, state_->key);
  const auto* data = reinterpret_cast<const unsigned char*>(signed_part.data());
  size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, data, signed_part.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                 signed_part.size());
  EVP_MD_CTX_free(context);
  signature.resize(size);
  if (state_->algorithm == Algorithm::es256) signature = raw_signature(signature);
  return signed_part + "." + base64_url(signature);
}

std::string Signer::public_pem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(bio, state_->key);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

std::string key_set(std::initializer_list<const Signer*> signers) {
  std::string text;
  for (const Signer* signer : signers) text += (text.empty() ? "" : ",") + signer->jwk();
  return R"({"keys":[)" + text + "]}";
}

std::string hmac_token(std::string_view header, std::string_view claims, std::string_view secret) {
  const std::string signed_part = base64_url(header) + "." + base64_url(claims);
  return signed_part + "." + base64_url(hmac_sha256(secret, signed_part));
}

std::string unsigned_token(std::string_view header, std::string_view claims) {
  return base64_url(header) + "." + base64_url(claims) + ".";
}

}  // namespace dbops::http::testing
