// What a write ends or replaces, as real servers do it.
#include <gmock/gmock-more-matchers.h>

#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"

namespace dbops::redis {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

class RedisOverwrites : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
  }
  void TearDown() override { ask("DEL {w}k\nDEL {w}l\nDEL {w}s\nDEL {w}z\nDEL {w}g"); }

  std::string ask(std::string_view text) {
    auto shown = run(*session_, text);
    return shown ? *std::move(shown) : std::string(name(shown.error().code));
  }
  // All that the answers of a script warn of.
  std::vector<std::string> warnings(std::string_view text, Mode mode = Mode::write) {
    const auto script = connector().dialect().parse(text);
    if (!script) return {"no script"};
    const Parameters none;
    auto results = session_->queries()->run({}, *script, none, mode);
    if (!results) return {results.error().message};
    std::vector<std::string> all;
    for (;;) {
      const auto stream = (*results)->next({});
      if (!stream) return {stream.error().message};
      if (*stream == nullptr) return all;
      if (!read_all({}, **stream)) return {"failed midway"};
      const auto& warned = (*stream)->summary().warnings;
      all.insert(all.end(), warned.begin(), warned.end());
    }
  }
  std::vector<std::string> foretold(std::string_view text) {
    const auto script = connector().dialect().parse(text);
    const auto preview = session_->queries()->preview({}, *script, {});
    EXPECT_TRUE(preview) << preview.error().message;
    EXPECT_FALSE(preview->rehearses);
    return preview->effects;
  }

  std::unique_ptr<Session> session_;
};

TEST_P(RedisOverwrites, EndATimeToLiveWithAWarning) {
  for (const std::string command :
       {"SET {w}k w", "SET {w}k w XX GET", "GETSET {w}k w", "MSET {w}k 1 {w}l 2",
        "SUNIONSTORE {w}k {w}s {w}s", "SINTERSTORE {w}k {w}s {w}s", "SDIFFSTORE {w}k {w}s {w}none",
        "ZUNIONSTORE {w}k 1 {w}z", "ZINTERSTORE {w}k 1 {w}z", "ZRANGESTORE {w}k {w}z 0 -1",
        "ZDIFFSTORE {w}k 1 {w}z", "BITOP NOT {w}k {w}l",
        "GEOSEARCHSTORE {w}k {w}g FROMLONLAT 0 0 BYRADIUS 9 km"}) {
    ask("SET {w}k v EX 1000\nDEL {w}s\nSADD {w}s m\nZADD {w}z 1 m\nSET {w}l v\nGEOADD {w}g 0 0 m");
    ASSERT_THAT(ask("PTTL {w}k"), MatchesRegex("[0-9]+"));
    EXPECT_THAT(warnings(command), ElementsAre(MatchesRegex("\"\\{w\\}k\" had [0-9]+ ms left to "
                                                            "live, and lives for ever now: .*")))
        << command;
    EXPECT_EQ(ask("PTTL {w}k"), "-1") << command;
  }
}

TEST_P(RedisOverwrites, SayNothingWhereNoTimeEnds) {
  ask("SET {w}k v EX 1000");
  for (const char* command : {"SET {w}k w KEEPTTL", "SET {w}k w NX", "SET {w}k w EX 900",
                              "APPEND {w}k x", "SET {w}l v", "SET {w}l w"}) {
    EXPECT_THAT(warnings(command), IsEmpty()) << command;
    EXPECT_NE(ask("PTTL {w}k"), "-1") << command;
  }
  EXPECT_THAT(warnings("SUNIONSTORE {w}k {w}none {w}none"), IsEmpty());  // The key is gone.
  EXPECT_EQ(ask("EXISTS {w}k"), "0");
}

TEST_P(RedisOverwrites, AreLookedForInShortScripts) {
  std::string script;
  for (int i = 0; i < 16; ++i) script += "SET {w}k v EX 1000\nSET {w}k v\n";
  EXPECT_THAT(warnings(script), IsEmpty());  // Too many: a bulk is not slowed down.
  EXPECT_EQ(warnings(script.substr(0, script.size() / 2)).size(), 8U);
}

TEST_P(RedisOverwrites, EndATimeWithinATransactionToo) {
  const auto warned = ElementsAre(MatchesRegex("\"\\{w\\}k\" had [0-9]+ ms left to live.*"));
  EXPECT_THAT(warnings("MULTI\nSET {w}k v EX 1000\nSET {w}k v\nEXEC"), warned);
  EXPECT_THAT(warnings("MULTI\nSET {w}k v\nEXPIRE {w}k 1000\nEXEC"), IsEmpty());
  EXPECT_THAT(warnings("WATCH {w}k\nGET {w}k\nMULTI\nGET {w}k\nMSET {w}l 1 {w}k 2\nGET {w}k\nEXEC"),
              warned);
  EXPECT_EQ(ask("PTTL {w}k"), "-1");
  EXPECT_EQ(ask("MULTI\nSET {w}k 1\nGETSET {w}k 2\nGET {w}k\nEXEC"), "OK\n1\n2");
  EXPECT_THAT(warnings("MULTI\nEXPIRE {w}k 1000\nSUNIONSTORE {w}k {w}none {w}none\nEXEC"),
              IsEmpty());  // The key is gone.
  ask("SET {w}k v EX 1000");
  std::string script = "MULTI\n";
  for (int i = 0; i < 17; ++i) script += "SET {w}k v\n";
  EXPECT_THAT(warnings(script + "EXEC"), IsEmpty());
}

// The server would throw the whole transaction away for what is asked in it.
TEST_P(RedisOverwrites, AreNotLookedForWhereTheUserMayNot) {
  if (std::string_view(GetParam()) != "DBOPS_TEST_REDIS") return;
  ASSERT_EQ(ask("ACL SETUSER timeless on >secret ~* +@all -pttl"), "OK");
  ask("SET {w}k v EX 1000");
  std::string url = server_url(GetParam());
  url.replace(url.find("//") + 2, url.find('@') - url.find("//") - 2, "timeless:secret");
  auto other = connect_to(url);
  ASSERT_TRUE(other) << other.error().message;
  std::swap(session_, *other);
  EXPECT_EQ(ask("MULTI\nSET {w}k w\nGET {w}k\nEXEC"), "OK\nw");
  EXPECT_THAT(warnings("MULTI\nSET {w}k x\nEXEC"), IsEmpty());
  std::swap(session_, *other);
  EXPECT_EQ(ask("ACL DELUSER timeless"), "1");
}

TEST_P(RedisOverwrites, AreForetold) {
  ASSERT_EQ(ask("SET {w}k v\nDEL {w}l\nHSET {w}l f 1"), "OK\n0\n1");
  EXPECT_THAT(foretold("RENAME {w}k {w}l"),
              ElementsAre("\"{w}l\" is there, a hash, and would be gone"));
  EXPECT_THAT(foretold("COPY {w}k {w}none REPLACE"),
              ElementsAre("\"{w}none\" is not there: nothing is replaced"));
  EXPECT_THAT(foretold("FLUSHDB"), ElementsAre(HasSubstr("the database holds ")));
  EXPECT_THAT(foretold("GET {w}k\nSHUTDOWN"), IsEmpty());
  EXPECT_EQ(ask("HLEN {w}l"), "1");
}

INSTANTIATE_TEST_SUITE_P(Servers, RedisOverwrites,
                         testing::Values("DBOPS_TEST_REDIS", "DBOPS_TEST_REDIS_OLD",
                                         "DBOPS_TEST_REDIS_CLUSTER"));

}  // namespace
}  // namespace dbops::redis
