#include "front/http/oauth/key_set.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "base/bytes.h"
#include "base/json.h"
#include "mcp/jsonrpc.h"

namespace dbops::http {
namespace {

namespace json = boost::json;

constexpr size_t kCurveBytes =
    32;  // of a coordinate of P-256, of a key of Ed25519, of half an ES256

template <auto Function>
struct Free {
  template <class Type>
  void operator()(Type* it) const noexcept {
    Function(it);
  }
};
using EvpKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;

const unsigned char* unsigned_data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::optional<std::string> bytes_member(const json::object& jwk, std::string_view name) {
  const json::string* text = mcp::text_member(jwk, name);
  return text != nullptr ? decode_base64_url(*text) : std::nullopt;
}

bool says(const json::object& jwk, std::string_view name, std::string_view wanted) {
  const json::string* text = mcp::text_member(jwk, name);
  return text != nullptr && std::string_view(*text) == wanted;
}

EvpKey from_parameters(const char* type, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1)
    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get());
  return EvpKey(key);
}

// RFC 7518, section 6.3.
EvpKey rsa_key(const json::object& jwk) {
  const auto modulus = bytes_member(jwk, "n");
  const auto exponent = bytes_member(jwk, "e");
  if (!modulus || !exponent || modulus->size() > kSignatureBytesMax || exponent->size() > 8)
    return nullptr;
  const Number n(BN_bin2bn(unsigned_data(*modulus), static_cast<int>(modulus->size()), nullptr));
  const Number e(BN_bin2bn(unsigned_data(*exponent), static_cast<int>(exponent->size()), nullptr));
  if (!n || !e || BN_num_bits(n.get()) < static_cast<int>(kRsaBitsMin) || !BN_is_odd(e.get()) ||
      BN_is_one(e.get()))
    return nullptr;
  const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  return from_parameters("RSA", builder.get());
}

// RFC 7518, section 6.2. OpenSSL refuses a point that is not on the curve.
EvpKey ec_key(const json::object& jwk) {
  const auto x = bytes_member(jwk, "x");
  const auto y = bytes_member(jwk, "y");
  if (!says(jwk, "crv", "P-256") || !x || !y || x->size() != kCurveBytes ||
      y->size() != kCurveBytes)
    return nullptr;
  const std::string point = "\x04" + *x + *y;
  const std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  return from_parameters("EC", builder.get());
}

// RFC 8037.
EvpKey ed25519_key(const json::object& jwk) {
  const auto x = bytes_member(jwk, "x");
  if (!says(jwk, "crv", "Ed25519") || !x || x->size() != kCurveBytes) return nullptr;
  return EvpKey(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, unsigned_data(*x), x->size()));
}

// An ES256 signature is two numbers one behind the other; OpenSSL wants them in DER.
std::optional<std::string> to_der(std::string_view raw) {
  if (raw.size() != kCurveBytes * 2) return std::nullopt;
  const std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>> signature(ECDSA_SIG_new());
  Number r(BN_bin2bn(unsigned_data(raw), kCurveBytes, nullptr));
  Number s(BN_bin2bn(unsigned_data(raw.substr(kCurveBytes)), kCurveBytes, nullptr));
  if (!signature || !r || !s || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1)
    return std::nullopt;
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  std::string der(static_cast<size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(signature.get(), &out);
  return der;
}

bool has_signed(EVP_PKEY* key, const Jws& jws) {
  if (jws.signature.size() > kSignatureBytesMax) return false;
  std::string_view signature = jws.signature;
  std::optional<std::string> der;
  if (jws.algorithm == Algorithm::es256) {
    der = to_der(signature);
    if (!der) return false;
    signature = *der;
  }
  const EVP_MD* digest = jws.algorithm == Algorithm::eddsa ? nullptr : EVP_sha256();
  const std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const bool good = context &&
                    EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), unsigned_data(signature), signature.size(),
                                     unsigned_data(jws.signed_part), jws.signed_part.size()) == 1;
  ERR_clear_error();
  return good;
}

}  // namespace

struct KeySet::Key {
  std::string id;
  Algorithm algorithm;
  EvpKey key;
};

KeySet::KeySet() = default;
KeySet::~KeySet() = default;
KeySet::KeySet(KeySet&&) noexcept = default;
KeySet& KeySet::operator=(KeySet&&) noexcept = default;

Result<KeySet> KeySet::parse(std::string_view text, std::span<const Algorithm> algorithms) {
  const auto document = parse_json(text);
  const auto* keys =
      document && document->is_object() ? mcp::member(document->get_object(), "keys") : nullptr;
  if (keys == nullptr || !keys->is_array())
    return fail(Code::protocol, "the authorization server's answer is no set of keys");
  KeySet set;
  for (const json::value& each : keys->get_array()) {
    if (set.keys_.size() >= kKeysMax) break;
    if (!each.is_object()) continue;
    const json::object& jwk = each.get_object();
    if (jwk.contains("use") && !says(jwk, "use", "sig")) continue;
    std::optional<Algorithm> algorithm;
    EvpKey key;
    if (says(jwk, "kty", "RSA")) {
      algorithm = Algorithm::rs256;
      key = rsa_key(jwk);
    } else if (says(jwk, "kty", "EC")) {
      algorithm = Algorithm::es256;
      key = ec_key(jwk);
    } else if (says(jwk, "kty", "OKP")) {
      algorithm = Algorithm::eddsa;
      key = ed25519_key(jwk);
    }
    if (!key || std::find(algorithms.begin(), algorithms.end(), *algorithm) == algorithms.end())
      continue;
    if (jwk.contains("alg") && !says(jwk, "alg", name(*algorithm))) continue;
    const json::string* id = mcp::text_member(jwk, "kid");
    set.keys_.push_back(
        {id != nullptr ? std::string(*id) : std::string(), *algorithm, std::move(key)});
  }
  ERR_clear_error();
  return set;
}

size_t KeySet::size() const { return keys_.size(); }

KeySet::Found KeySet::verify(const Jws& jws) const {
  bool named = false;
  for (const Key& key : keys_) {
    // A key is used by its own algorithm alone, whatever the token says.
    if (key.algorithm != jws.algorithm || (!jws.key_id.empty() && key.id != jws.key_id)) continue;
    named = named || !jws.key_id.empty();
    if (has_signed(key.key.get(), jws)) return Found::valid;
  }
  return named ? Found::forged : Found::unknown;
}

}  // namespace dbops::http
