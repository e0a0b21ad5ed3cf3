#include "connectors/redis/nodes.h"

#include <gtest/gtest.h>

namespace dbops::redis {
namespace {

TEST(RedisNodes, CountsSlotsAsClustersDo) {
  EXPECT_EQ(slot_of("123456789"), 0x31C3);  // The specification's own example.
  EXPECT_EQ(slot_of("foo"), 12182);
  EXPECT_EQ(slot_of(""), 0);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("user1000"));
  EXPECT_EQ(slot_of("foo{bar}{zap}"), slot_of("bar"));
  EXPECT_EQ(slot_of("foo{{bar}}zap"), slot_of("{bar"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar"));  // Empty braces are none.
  EXPECT_NE(slot_of("foo{bar"), slot_of("bar"));
}

TEST(RedisNodes, ReadsRedirections) {
  const Address here{.host = "h", .port = 1};
  const auto moved = read_redirect("MOVED 3999 127.0.0.1:6381", here);
  ASSERT_TRUE(moved);
  EXPECT_FALSE(moved->ask);
  EXPECT_EQ(moved->slot, 3999);
  EXPECT_EQ(moved->address.text(), "127.0.0.1:6381");
  const auto ask = read_redirect("ASK 0 ::1:7000", here);
  ASSERT_TRUE(ask);
  EXPECT_TRUE(ask->ask);
  EXPECT_EQ(ask->address.host, "::1");
  EXPECT_EQ(read_redirect("MOVED 1 :7000", here)->address.host, "h");
  for (const char* other :
       {"", "ERR no", "MOVED", "MOVED ", "MOVED 1", "MOVED x h:1", "MOVED 16384 h:1", "MOVED 1 h:0",
        "MOVED 1 h:65536", "MOVED 1 h", "MOVED 1 h:x", "MOVED -1 h:1",
        "ASK 99999999999999999999 h:1", "MOVEDX 1 h:1"})
    EXPECT_FALSE(read_redirect(other, here)) << other;
}

}  // namespace
}  // namespace dbops::redis
