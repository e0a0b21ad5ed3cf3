// What keyspace notifications say, without a server.
#include "connectors/redis/watcher.h"

#include <gtest/gtest.h>

namespace dbops::redis {
namespace {

TEST(Watching, AKeyIsAPlace) {
  EXPECT_EQ(place_of_key("user:7:name"), (Watcher::Place{"user", "7", "name"}));
  EXPECT_EQ(place_of_key("greeting"), (Watcher::Place{"greeting", ""}));
  EXPECT_EQ(place_of_key("user:\xff"), (Watcher::Place{"user", "\"\\xff\""}));
}

TEST(Watching, TheSettingSaysWhetherKeysAreToldOf) {
  EXPECT_TRUE(tells_of_keys("AK"));
  EXPECT_TRUE(tells_of_keys("K$"));
  EXPECT_TRUE(tells_of_keys("gxKE"));
  for (const char* none : {"", "K", "KE", "AE", "A", "Ex"})
    EXPECT_FALSE(tells_of_keys(none)) << none;
}

}  // namespace
}  // namespace dbops::redis
