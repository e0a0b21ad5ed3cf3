// Signatures: which are believed.
#include "front/http/oauth/key_set.h"

#include <gmock/gmock-matchers.h>

#include "front/http/testing/signer.h"

namespace dbops::http {
namespace {

using Found = KeySet::Found;
using ::testing::HasSubstr;
using testing::hmac_token;
using testing::key_set;
using testing::Signer;
using testing::unsigned_token;

constexpr Algorithm kAll[] = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
constexpr const char* kClaims = R"({"sub":"ada"})";

KeySet parse(const std::string& text, std::span<const Algorithm> algorithms = kAll) {
  auto keys = KeySet::parse(text, algorithms);
  EXPECT_TRUE(keys) << keys.error().message;
  return std::move(*keys);
}

Found verify(const KeySet& keys, const std::string& token) {
  const auto jws = parse_jws(token);
  EXPECT_TRUE(jws) << jws.error().message;
  return jws ? keys.verify(*jws) : Found::forged;
}

std::string header(std::string_view algorithm, std::string_view more = "") {
  return R"({"alg":")" + std::string(algorithm) + '"' + std::string(more) + "}";
}

TEST(KeySet, EachAlgorithmVerifiesItsOwn) {
  const Signer rsa(Algorithm::rs256, "r");
  const Signer curve(Algorithm::es256, "e");
  const Signer edwards(Algorithm::eddsa, "d");
  const KeySet keys = parse(key_set({&rsa, &curve, &edwards}));
  EXPECT_EQ(keys.size(), 3u);
  for (const Signer* signer : {&rsa, &curve, &edwards}) {
    const std::string token = signer->token(kClaims);
    EXPECT_EQ(verify(keys, token), Found::valid);
    const auto jws = parse_jws(token);
    ASSERT_TRUE(jws);
    EXPECT_EQ(jws->payload, kClaims);
    Jws changed = *jws;
    changed.signature[3] ^= 1;
    EXPECT_EQ(keys.verify(changed), Found::forged);
    changed.signature = "";
    EXPECT_EQ(keys.verify(changed), Found::forged);
    const std::string other = signer->token(R"({"sub":"eve"})");
    changed = *jws;
    changed.signed_part = std::string_view(other).substr(0, other.rfind('.'));
    EXPECT_EQ(keys.verify(changed), Found::forged);
  }
}

TEST(KeySet, AKeyIsFoundByItsName) {
  const Signer one(Algorithm::es256, "1");
  const Signer two(Algorithm::es256, "2");
  const KeySet keys = parse(key_set({&one}));
  EXPECT_EQ(verify(keys, two.token(kClaims)), Found::unknown);
  EXPECT_EQ(verify(keys, two.token(header("ES256", R"(,"kid":"1")"), kClaims)), Found::forged);
  EXPECT_EQ(verify(keys, one.token(header("ES256"), kClaims)), Found::valid) << "without a name";
  EXPECT_EQ(verify(keys, two.token(header("ES256"), kClaims)), Found::unknown);
}

// The name of a key does not choose the algorithm: RFC 8725, section 3.1.
TEST(KeySet, AKeyServesItsOwnAlgorithmAlone) {
  const Signer rsa(Algorithm::rs256, "k");
  const Signer edwards(Algorithm::eddsa, "k");
  const KeySet keys = parse(key_set({&rsa}));
  EXPECT_EQ(verify(keys, edwards.token(kClaims)), Found::unknown);
  EXPECT_EQ(parse(key_set({&rsa, &edwards}), std::span(kAll).first(1)).size(), 1u);
}

TEST(KeySet, KeysThatCantBeUsedArePassedOver) {
  const Signer good(Algorithm::es256, "good");
  for (const char* bad :
       {R"({"kty":"oct","k":"c2VjcmV0","alg":"HS256"})", R"({"kty":"EC","crv":"P-384"})",
        R"({"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",)"
        R"("y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
        R"({"kty":"OKP","crv":"X25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})",
        R"({"kty":"RSA","n":"AQAB","e":"AQAB"})", R"({"kty":"RSA"})", R"({"kty":7})", "7", "null"})
    EXPECT_EQ(parse(R"({"keys":[)" + std::string(bad) + "," + good.jwk() + "]}").size(), 1u) << bad;
  std::string encrypting = good.jwk();
  encrypting.replace(encrypting.find("sig"), 3, "enc");
  EXPECT_EQ(parse(R"({"keys":[)" + encrypting + "]}").size(), 0u);
}

TEST(KeySet, WhatIsNoKeySetIsSaidToBeNone) {
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", "<html>"})
    EXPECT_EQ(KeySet::parse(text, kAll).error().code, Code::protocol) << text;
}

TEST(Jws, WhatIsNotSignedByAKnownAlgorithmIsRefused) {
  const Signer rsa(Algorithm::rs256, "r");
  const struct {
    std::string token;
    const char* said;
  } cases[] = {
      {unsigned_token(header("none"), kClaims), "\"none\""},
      {unsigned_token(header("None"), kClaims), "\"None\""},
      {unsigned_token("{}", kClaims), "nothing"},
      {hmac_token(header("HS256"), kClaims, rsa.public_pem()), "\"HS256\""},
      {rsa.token(header("RS512"), kClaims), "\"RS512\""},
      {rsa.token(R"({"alg":["RS256"]})", kClaims), "nothing"},
      {rsa.token(header("RS256", R"(,"crit":["exp"])"), kClaims), "extensions"},
      {rsa.token(header("RS256", R"(,"typ":"dpop+jwt")"), kClaims), "another type"},
      {rsa.token(header("RS256", R"(,"kid":7)"), kClaims), "no name"},
      {rsa.token("[]", kClaims), "no JSON object"},
      {rsa.token("{", kClaims), "no JSON object"},
      {"a.b", "not a signed one"},
      {"a.b.c.d", "not a signed one"},
      {"a b.c.d", "base64url"},
      {"e30=.e30.AA", "base64url"},
  };
  for (const auto& [token, said] : cases) {
    const auto jws = parse_jws(token);
    ASSERT_FALSE(jws) << token;
    EXPECT_EQ(jws.error().code, Code::authentication);
    EXPECT_THAT(jws.error().message, HasSubstr(said));
  }
}

}  // namespace
}  // namespace dbops::http
