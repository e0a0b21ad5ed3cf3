// Signing in by a certificate, with a server of the tests' own that wants one of each client.

#include <gmock/gmock-matchers.h>

#include "base/text.h"
#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;

// The server's URL with one part replaced.
std::string url_with(const std::string& part = {}, const std::string& other = {}) {
  std::string url = server_url("DBOPS_TEST_MONGODB_X509");
  const size_t at = url.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return part.empty() ? url : url.replace(at, part.size(), other);
}

TEST(MongoX509, TheCertificateSaysWhoSignsIn) {
  for (const std::string& url :
       {url_with(), url_with("mongodb://", "mongodb://CN=tester%2CO=dbops%20tests@")}) {
    const auto session = connect_to(url);
    ASSERT_TRUE(session) << session.error().message;
    const auto info = (*session)->info({});
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->user, "CN=tester,O=dbops tests");
    EXPECT_THAT(info->transport, HasSubstr("TLS"));
  }
}

TEST(MongoX509, AnotherUserThanItsOwnIsRefused) {
  const auto refused = connect_to(url_with("mongodb://", "mongodb://CN=other@"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::authentication) << refused.error().message;
  EXPECT_THAT(refused.error().hint, HasSubstr("$external"));
}

TEST(MongoX509, WithoutSigningInNothingIsAllowed) {
  const auto session = connect_to(url_with("authMechanism=MONGODB-X509&", ""));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(run(**session, R"({"find": "c"})", Mode::read).error().code, Code::denied);
}

// The handshake of TLS 1.3 ends before the server has looked at it: the next read tells.
TEST(MongoX509, OneOfAnotherAuthorityIsRefused) {
  const auto refused = connect_to(url_with("client-of-ca", "client-of-other-ca"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == Code::tls || refused.error().code == Code::disconnected)
      << refused.error().message;
  EXPECT_EQ(refused.error().effect, Effect::none);
}

TEST(MongoX509, FilesThatHoldNoneAreTold) {
  for (const char* file : {"no-such.pem", "ca.key"}) {
    const auto refused = connect_to(url_with("client-of-ca.pem", file));
    ASSERT_FALSE(refused) << file;
    EXPECT_EQ(refused.error().code, Code::tls) << file << refused.error().message;
    EXPECT_THAT(refused.error().message, HasSubstr(file));
  }
}

TEST(MongoX509, ItNeedsACertificate) {
  ConnectionOptions options;
  options.url = Secret("mongodb://127.0.0.1/?tls=true&authMechanism=MONGODB-X509");
  const auto checked = connector().check(options);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::invalid_config);
  EXPECT_THAT(checked.error().hint, HasSubstr("tlsCertificateKeyFile"));
}

}  // namespace
}  // namespace dbops::mongodb
