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
  EXPECT_EQ(all->host, "db.example.com");
  EXPECT_EQ(all->port, 7000);
  EXPECT_EQ(all->user, "ann");
  EXPECT_EQ(all->password.reveal(), "p@ss");
  EXPECT_EQ(all->database, "3");
  const auto least = read("redis://db.example.com");
  ASSERT_TRUE(least);
  EXPECT_EQ(least->port, 6379);
  EXPECT_EQ(least->database, "0");
  EXPECT_EQ(read("redis:///")->host, "127.0.0.1");
}

TEST(RedisTarget, RefusesWhatItDoesNotTake) {
  for (const char* url :
       {"rediss://:secret@h", "redis://:secret@h/x", "redis://:secret@h/-1",
        "redis://:secret@h/9999999999", "redis://:secret@h?ssl=true", "redis://:secret@a,b"}) {
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
