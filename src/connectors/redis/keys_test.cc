#include "connectors/redis/keys.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include "connectors/redis/info.h"

namespace dbops::redis {
namespace {

using testing::ElementsAre;

TEST(RedisKeys, AreATreeByTheirColons) {
  EXPECT_THAT(split_key("user:7:name"), ElementsAre("user", "7", "name"));
  EXPECT_THAT(split_key("plain"), ElementsAre("plain"));
}

TEST(RedisKeys, ComeBackFromTheirPath) {
  for (const char* key : {"a", "a:b", "a:", ":a", ":", "::", "a::b", "a:::b:c",
                          "a:b:", "a:b::", " ", "a: b", "x:{tag}:y"}) {
    EXPECT_EQ(join_path(split_key(key)), key);
    for (const std::string& level : split_key(key)) EXPECT_NE(level, "") << key;
  }
}

TEST(RedisKeys, AreEscapedForAPattern) {
  EXPECT_EQ(escape_glob("a*b?[c]\\^-"), "a\\*b\\?\\[c\\]\\\\\\^\\-");
}

TEST(RedisInfo, IsReadFieldByField) {
  const Info info =
      Info::parse("# Memory\r\nused_memory:12\r\nratio:1.5\r\nodd\r\nname:a:b\x1b\r\n");
  EXPECT_EQ(info.integer("used_memory"), 12);
  EXPECT_EQ(info.real("ratio"), 1.5);
  EXPECT_EQ(info.text("name").find('\x1b'), std::string::npos);
  EXPECT_TRUE(info.text("name").starts_with("a:b"));
  EXPECT_EQ(info.integer("ratio"), std::nullopt);
  EXPECT_EQ(info.text("none"), "");
}

TEST(RedisInfo, HasFieldsOfParts) {
  const Info info = Info::parse("cmdstat_set:calls=2,usec=9\ncmdstat_get:calls=1\ncmdstatus:x\n");
  const auto found = info.starting("cmdstat_");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].first, "get");
  EXPECT_EQ(part_of(found[1].second, "usec"), "9");
  EXPECT_EQ(part_of(found[1].second, "sec"), "");
  EXPECT_EQ(part_of("calls,=,usec=", "usec"), "");
}

}  // namespace
}  // namespace dbops::redis
