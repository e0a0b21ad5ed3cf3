#include "connectors/redis/target.h"

#include <gtest/gtest.h>

namespace dbops::redis {
namespace {

Result<Target> read(std::string url) {
  ConnectionOptions options;
  options.url = Secret(std::move(url));
  return read_target(options);
}

TEST(RedisTarget, TakesTheUrlApart) {
  const auto all = read("redis://ann:p%40ss@db.example.com:7000/3");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->hosts[0].host, "db.example.com");
  EXPECT_EQ(all->hosts[0].port, 7000);
  EXPECT_EQ(all->user, "ann");
  EXPECT_EQ(all->password.reveal(), "p@ss");
  EXPECT_EQ(all->database, "3");
  const auto least = read("redis://db.example.com");
  ASSERT_TRUE(least);
  EXPECT_EQ(least->hosts[0].port, 6379);
  EXPECT_EQ(least->database, "0");
  EXPECT_EQ(read("redis:///")->hosts[0].host, "127.0.0.1");
}

TEST(RedisTarget, VerifiesAllOfACertificateUnlessTold) {
  const auto plain = read("redis://h");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  const auto full = read("rediss://h:7000/1?sslrootcert=/ca.crt&sslcert=/c.crt&sslkey=/c.key");
  ASSERT_TRUE(full && full->tls);
  EXPECT_EQ(full->tls->verify, TlsVerify::verify_full);
  EXPECT_EQ(full->tls->host, "h");
  EXPECT_EQ(full->tls->root_file, "/ca.crt");
  EXPECT_EQ(full->tls->cert_file, "/c.crt");
  EXPECT_EQ(full->tls->key_file, "/c.key");
  EXPECT_EQ(full->database, "1");
  EXPECT_EQ(read("rediss://h?sslmode=verify-ca")->tls->verify, TlsVerify::verify_ca);
  EXPECT_EQ(read("rediss://h?sslmode=require")->tls->verify, TlsVerify::require);
  EXPECT_EQ(read("rediss://h?sslrootcert=system")->tls->root_file, "");
}

TEST(RedisTarget, TakesASocket) {
  const auto target = read("unix://ann:p%40ss@/run/redis.sock?db=2");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->socket, "/run/redis.sock");
  EXPECT_EQ(target->user, "ann");
  EXPECT_EQ(target->password.reveal(), "p@ss");
  EXPECT_EQ(target->database, "2");
  EXPECT_EQ(target->place(), "/run/redis.sock");
  EXPECT_EQ(read("unix:/run/redis.sock")->database, "0");
}

TEST(RedisTarget, TakesSeveralHostsAndSentinels) {
  const auto several = read("redis://a,b:7001,[::1]:7002/2");
  ASSERT_TRUE(several);
  EXPECT_EQ(several->place(), "a:6379,b:7001,::1:7002");
  EXPECT_EQ(several->database, "2");
  const auto sentinel = read("redis+sentinel://ann:x@a,b:7001/main/3");
  ASSERT_TRUE(sentinel);
  EXPECT_EQ(sentinel->place(), "a:26379,b:7001");
  EXPECT_EQ(sentinel->primary, "main");
  EXPECT_EQ(sentinel->database, "3");
  EXPECT_EQ(read("redis+sentinel://a/main")->database, "0");
  EXPECT_TRUE(read("rediss+sentinel://a/main")->tls);
  const auto own = read("redis+sentinel://:x@a/main?sentinel_user=bob&sentinel_password=y");
  ASSERT_TRUE(own) << own.error().message;
  EXPECT_EQ(own->sentinel_user, "bob");
  EXPECT_EQ(own->sentinel_password.reveal(), "y");
  EXPECT_EQ(own->password.reveal(), "x");
}

TEST(RedisTarget, HasANameThatServersTake) {
  EXPECT_EQ(read("redis://h")->client_name, "dbops");
  EXPECT_EQ(read("redis://h?client_name=a-b.c")->client_name, "a-b.c");
  for (const std::string& name : {std::string(), std::string("a%20b"), std::string("a%0Ab"),
                                  std::string("%C3%A9"), std::string(65, 'x')})
    EXPECT_EQ(read("redis://h?client_name=" + name).error().code, Code::invalid_config) << name;
}

TEST(RedisTarget, ReadsFromThePrimaryUnlessTold) {
  EXPECT_FALSE(read("redis://h")->read_replicas);
  EXPECT_FALSE(read("redis://h?read_from=primary")->read_replicas);
  EXPECT_TRUE(read("redis+sentinel://h/n?read_from=replica")->read_replicas);
  EXPECT_EQ(read("redis://h?read_from=both").error().code, Code::invalid_config);
}

TEST(RedisTarget, RefusesWhatItDoesNotTake) {
  for (const char* url :
       {"redis://:secret@h/x", "redis://:secret@h/-1", "redis://:secret@h/9999999999",
        "redis://:secret@h?ssl=true", "redis://:secret@h?sslmode=require",
        "redis+sentinel://:secret@h", "redis+sentinel://:secret@h/main/x",
        "rediss://:secret@h?sslmode=disable", "rediss://:secret@h?sslmode=prefer",
        "rediss://:secret@h?sslcert=/c", "rediss://:secret@h?db=1", "unix:relative/path",
        "unix://:secret@h/path", "unix:/path?db=x", "unix:/path?sslmode=require",
        "redis:///x?u:secret@h", "redis://h?sentinel_password=secret",
        "redis+sentinel://:secret@h/main?sentinel_user=ann"}) {
    const auto target = read(url);
    ASSERT_FALSE(target) << url;
    EXPECT_EQ(target.error().code, Code::invalid_config) << url;
    EXPECT_EQ(target.error().message.find("secret"), std::string::npos);
  }
  ConnectionOptions options;
  options.url = Secret("redis://h");
  options.settings = {{"prefix", "secret"}};
  const auto target = read_target(options);
  ASSERT_FALSE(target);
  EXPECT_NE(target.error().message.find("prefix"), std::string::npos);
  EXPECT_EQ(target.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace dbops::redis
