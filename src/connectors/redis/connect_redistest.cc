// Ways to the server: TLS, a socket, users, and a server that speaks version 2 alone.
#include <gtest/gtest.h>

#include "connectors/redis/testing.h"
#include "net/url.h"

namespace dbops::redis {
namespace {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const size_t at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error("the URL lacks " + std::string(what));
  return text.replace(at, what.size(), by);
}

// What a script answers, or the name of the error's code.
std::string answer(Session& session, std::string_view text) {
  auto shown = run(session, text);
  return shown ? *std::move(shown) : std::string(name(shown.error().code));
}

TEST(RedisConnect, SpeaksTls) {
  const std::string url = server_url("DBOPS_TEST_REDIS_TLS");
  for (const std::string& good :
       {url, url + "&sslmode=verify-full", replaced(url, "127.0.0.1", "localhost"),
        replaced(url, "127.0.0.1", "127.0.0.2") + "&sslmode=verify-ca",
        url.substr(0, url.find('?')) + "?sslmode=require"}) {
    const auto session = connect_to(good);
    ASSERT_TRUE(session) << redact_url(good) << ": " << session.error().message;
    const auto info = (*session)->info({});
    ASSERT_TRUE(info);
    EXPECT_TRUE(info->transport.starts_with("TLSv1.")) << info->transport;
    const std::string large(300'000, 'x');
    EXPECT_EQ(answer(**session, "ECHO " + large), large);
  }
}

TEST(RedisConnect, TrustsNoOtherCertificate) {
  const std::string url = server_url("DBOPS_TEST_REDIS_TLS");
  for (const std::string& bad :
       {replaced(url, "127.0.0.1", "127.0.0.2"), replaced(url, "/ca.crt", "/other-ca.crt"),
        replaced(url, "/ca.crt", "/other-ca.crt") + "&sslmode=verify-ca",
        url.substr(0, url.find('?')), replaced(url, "/ca.crt", "/ca.key")}) {
    const auto session = connect_to(bad);
    ASSERT_FALSE(session) << redact_url(bad);
    EXPECT_EQ(session.error().code, Code::tls) << session.error().message;
    EXPECT_FALSE(session.error().hint.empty());
  }
}

TEST(RedisConnect, TellsAServerWithoutTls) {
  const auto session =
      connect_to(replaced(server_url("DBOPS_TEST_REDIS"), "redis://", "rediss://"));
  ASSERT_FALSE(session);
  EXPECT_TRUE(session.error().code == Code::tls || session.error().code == Code::timeout)
      << session.error().message;
  EXPECT_NE(session.error().hint.find("TLS"), std::string::npos) << session.error().hint;
}

TEST(RedisConnect, TellsAServerThatWantsTls) {
  std::string url = replaced(server_url("DBOPS_TEST_REDIS_TLS"), "rediss://", "redis://");
  url.erase(url.find('?'));
  const auto session = connect_to(url);
  ASSERT_FALSE(session);
  EXPECT_TRUE(session.error().code == Code::protocol || session.error().code == Code::disconnected)
      << session.error().message;
}

TEST(RedisConnect, TakesASocket) {
  const std::string url = server_url("DBOPS_TEST_REDIS_SOCKET");
  const auto session = connect_to(url + "?db=3");
  ASSERT_TRUE(session) << session.error().message;
  const auto info = (*session)->info({});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->transport, "socket");
  EXPECT_EQ(info->database, "3");
  const auto missing = connect_to("unix:/no/such/socket");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::unreachable);
  EXPECT_NE(missing.error().message.find("/no/such/socket"), std::string::npos);
  const auto wrong =
      connect_to(url.substr(0, url.find(':')) + "://:falsch@" + url.substr(url.find('@') + 1));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::authentication);
}

TEST(RedisConnect, FallsBackToVersionTwo) {
  const std::string url = server_url("DBOPS_TEST_REDIS_OLD");
  const auto session = connect_to(replaced(url, "/0", "/3"));
  ASSERT_TRUE(session) << session.error().message;
  const auto info = (*session)->info({});
  ASSERT_TRUE(info);
  EXPECT_EQ(info->user, "default");
  ASSERT_EQ(info->findings.size(), 1U);
  EXPECT_NE(info->findings[0].message.find("version 2"), std::string::npos);
  EXPECT_EQ(answer(**session, "FLUSHDB\nHSET h f 1 g ''\nHGETALL h"), "OK\n2\nf\n1\ng\n");
  EXPECT_EQ(answer(**session, "GET none"), "null");
  EXPECT_EQ(answer(**session, "GET h"), "data");
  const std::string place = url.substr(url.find('@') + 1);
  for (const std::string& wrong : {"redis://:falsch@" + place, "redis://" + place}) {
    const auto refused = connect_to(wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::authentication) << refused.error().message;
    EXPECT_EQ(refused.error().message.find("falsch"), std::string::npos);
  }
}

}  // namespace
}  // namespace dbops::redis
