// The keys of a real server as a catalogue.
#include <gmock/gmock-matchers.h>

#include "base/text.h"
#include "connectors/redis/keys.h"
#include "connectors/redis/testing.h"
#include "core/catalog.h"

namespace dbops::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RedisCatalogTest : public testing::Test {
 protected:
  void SetUp() override {
    auto session = connect_to(at_database(server_url(), 4));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_EQ(*run(*session_, "FLUSHDB"), "OK");
  }
  void fill(int keys) {
    std::string script;
    for (int i = 0; i < keys; ++i) {
      script += " n:" + std::to_string(i) + " v";
      if (i % 1000 < 999 && i + 1 < keys) continue;
      ASSERT_TRUE(run(*session_, "MSET" + script));
      script.clear();
    }
  }
  Catalog::Listing list(std::vector<std::string> path, Catalog::Search search = {}) {
    auto listing = session_->catalog()->list({}, path, search);
    EXPECT_TRUE(listing) << listing.error().message;
    return listing.value_or(Catalog::Listing{});
  }
  static std::vector<std::string> shown(const Catalog::Listing& listing) {
    std::vector<std::string> lines;
    for (const Item& item : listing.items)
      lines.push_back(item.kind + " " + format_path(item.path));
    return lines;
  }

  std::unique_ptr<Session> session_;
};

TEST_F(RedisCatalogTest, GroupsKeysByPrefix) {
  ASSERT_TRUE(run(*session_,
                  "SET user:1:name a\nHSET user:1 f v\nHSET user:2 f v\nRPUSH queue a b c\n"
                  "SADD :odd a\nZADD odd: 1 a\nSET a::b x\nXADD log * f v"));
  EXPECT_THAT(shown(list({})), ElementsAre("prefix user", "set \":odd\"", "string \"a::b\"",
                                           "stream log", "zset \"odd:\"", "list queue"));
  const auto users = list({});
  EXPECT_EQ(users.items[0].rows, 3);
  EXPECT_TRUE(users.items[0].rows_exact);
  EXPECT_GT(users.items[0].bytes.value_or(0), 100);
  EXPECT_THAT(shown(list({"user"})), ElementsAre("prefix user.1", "hash user.1", "hash user.2"));
  EXPECT_THAT(shown(list({"user", "1"})), ElementsAre("string user.1.name"));
  EXPECT_THAT(shown(list({"queue"})), ElementsAre());
  EXPECT_THAT(shown(list({}, {.pattern = "NAME"})), ElementsAre("string user.1.name"));
}

TEST_F(RedisCatalogTest, DescribesKeysAndPrefixes) {
  ASSERT_TRUE(run(*session_, "RPUSH q:a x y z\nSET q:b hello PX 100000\nHSET q:c f v"));
  const auto described = session_->catalog()->describe({}, {{"q", "a"}, {"q", "b"}, {"q"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_EQ((*described)[0].item.kind, "list");
  EXPECT_EQ((*described)[0].item.rows, 3);
  EXPECT_EQ((*described)[0].properties[0].second, "never");
  EXPECT_EQ((*described)[1].item.kind, "string");
  EXPECT_THAT((*described)[1].properties[0].second, HasSubstr(" ms"));
  EXPECT_EQ((*described)[2].item.kind, "prefix");
  EXPECT_EQ((*described)[2].item.rows, 3);
  ASSERT_EQ((*described)[2].features.size(), 5U);
  EXPECT_EQ((*described)[2].features[3].name, "never");
  EXPECT_EQ((*described)[2].features[3].text, "2 keys");
  EXPECT_EQ((*described)[2].features[4].name, "within an hour");
  EXPECT_EQ((*described)[2].features[0].name, "hash");
  EXPECT_THAT((*described)[2].features[0].text, HasSubstr("1 keys"));
}

TEST_F(RedisCatalogTest, ShowsNamesThatAreNoText) {
  ASSERT_TRUE(run(*session_, R"(SET "\xff\x00" v)"));
  const auto listing = list({});
  ASSERT_EQ(listing.items.size(), 1U);
  EXPECT_EQ(listing.items[0].path[0], R"("\xff\x00")");
  EXPECT_THAT(listing.items[0].comment, HasSubstr("UTF-8"));
}

TEST_F(RedisCatalogTest, SaysWhereItStoppedLooking) {
  fill(static_cast<int>(kScanKeysMax) + 20'000);
  const auto listing = list({});
  ASSERT_EQ(listing.items.size(), 1U);
  EXPECT_TRUE(listing.truncated);
  EXPECT_FALSE(listing.items[0].rows_exact);
  EXPECT_GE(listing.items[0].rows.value_or(0), static_cast<int64_t>(kScanKeysMax));
  const auto page = list({"n"}, {.offset = 5, .limit = 3});
  EXPECT_EQ(page.items.size(), 3U);
  EXPECT_TRUE(page.truncated);
  ASSERT_TRUE(run(*session_, "FLUSHDB"));
}

}  // namespace
}  // namespace dbops::redis
