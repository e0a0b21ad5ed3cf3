#include "connectors/redis/key_rules.h"

#include <gmock/gmock-matchers.h>

#include "connectors/redis/commands.h"
#include "connectors/redis/watcher.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

Access access_of(AccessRules rules) {
  auto access = Access::make(std::move(rules));
  EXPECT_TRUE(access);
  return access ? *access : Access();
}

bool lets(const KeyRules& rules, std::string_view text) {
  size_t at = 0;
  const auto line = next_line(text, at);
  return rules.check_command(classify((*line)->words).verb, (*line)->words, KeyRules::Scans::hidden)
      .has_value();
}

const AccessRules kRules = {.allow = {"user:*", "news"}, .deny = {"user:secret*", "*:hidden"}};

TEST(RedisKeyRules, LetCommandsThroughThatNameAllowedKeys) {
  const KeyRules rules(access_of(kRules));
  for (const char* text : {"GET user:1",
                           "MGET user:1 user:2",
                           "SET user:1 secret",
                           "HGET user:1 user:secret",
                           "RENAME user:1 user:2",
                           "ZUNIONSTORE user:d 2 user:a user:b",
                           "SCAN 0 MATCH *",
                           "PING",
                           "XREAD COUNT 1 STREAMS user:s 0",
                           "SORT user:l BY nosort GET # STORE user:d",
                           "BITOP AND user:d user:a user:b",
                           "OBJECT ENCODING user:1",
                           "PUBLISH news x",
                           "BLPOP user:a user:b 0",
                           "COPY user:a user:b REPLACE",
                           "GET \"user:\\xff\"",
                           "COMMAND DOCS",
                           "JSON.GET user:1 $",
                           "JSON.MGET user:1 user:2 $",
                           "TS.MADD user:1 1 1",
                           "VSIM user:v ELE e",
                           "HTTL user:1 FIELDS 1 f",
                           "FT.SUGGET user:1 a"})
    EXPECT_TRUE(lets(rules, text)) << text;
}

// Each a way to reach a key that is not allowed.
TEST(RedisKeyRules, CannotBeTalkedRound) {
  const KeyRules rules(access_of(kRules));
  for (const char* text :
       {// Names that are near.
        "GET other", "GET user", "GET user:secret", "GET user:secret:1", "GET user:SECRET",
        "GET User:1", "GET \" user:1\"", "GET \"user\\x00:1\"", "GET \"\\x75ser:secret\"",
        "GET 'user:secret'", "GET user:1:hidden", "GET user:1:Hidden", "GET \"\"",
        "GET \"user:secret\\xff\"",
        // Further keys of a command.
        "MGET user:1 other", "DEL user:1 user:secret", "MSET user:1 a other b",
        "RENAME user:1 other", "RENAME other user:1", "COPY user:1 other", "COPY other user:1",
        "COPY user:1 user:2 DB 1", "COPY user:1 user:2 REPLACE DB 1", "SMOVE user:a other x",
        "LMOVE other user:a LEFT LEFT", "RPOPLPUSH other user:a", "BLPOP user:a other 0",
        "BITOP AND user:d other", "BITOP AND other user:a", "PFMERGE user:d other",
        "SUNIONSTORE user:d other", "SINTERSTORE other user:a", "ZRANGESTORE user:d other 0 -1",
        "GEOSEARCHSTORE user:d other FROMLONLAT 0 0 BYRADIUS 1 km", "LCS user:a other",
        // Numbers of keys, and words that are looked for.
        "ZUNION 1 other user:a", "ZUNION 2 user:a other", "ZUNION 01 user:a", "ZUNION 0 user:a x",
        "ZUNIONSTORE user:d 1 other", "ZUNIONSTORE other 1 user:a", "LMPOP 1 other LEFT",
        "BLMPOP 0 1 other LEFT", "SINTERCARD 2 user:a other", "XREAD STREAMS other 0",
        "XREAD COUNT 1 STREAMS user:a other 0 0", "XREAD BLOCK STREAMS user:a 0",
        "XREADGROUP GROUP STREAMS user:a STREAMS other >", "XREAD user:a STREAMS other 0",
        "SORT user:l STORE other", "SORT user:l BY other:*", "SORT user:l GET other:*",
        "SORT user:l GET user:secret", "SORT_RO user:l BY \"user:secret*->f\"",
        "SORT user:l STORE user:d STORE other", "GEORADIUS user:g 0 0 1 km STORE other",
        "GEORADIUSBYMEMBER user:g m 1 km COUNT 1 STOREDIST other",
        // What tells of keys, or reaches any.
        "KEYS *", "RANDOMKEY", "DBSIZE", "INFO keyspace", "EVAL \"return 1\" 1 user:1",
        "EVAL_RO \"return redis.call('GET', 'other')\" 0", "EVALSHA abc 1 user:1",
        "FCALL f 1 user:1", "FCALL_RO f 0", "MIGRATE h 1 user:1 0 1",
        "MIGRATE h 1 \"\" 0 1 KEYS user:1", "MOVE user:1 1", "SWAPDB 0 1", "FLUSHDB", "FLUSHALL",
        "DEBUG OBJECT user:1", "DEBUG OBJECT other", "OBJECT ENCODING other", "OBJECT FREQ other",
        "OBJECT HELP", "MEMORY USAGE other", "MEMORY STATS", "DUMP other", "RESTORE other 0 x",
        "CLUSTER GETKEYSINSLOT 0 10", "CLUSTER NODES", "SLOWLOG GET", "CLIENT LIST", "MODULE LIST",
        "CONFIG GET *", "ACL LIST", "WAIT 0 0", "JSON.GET other", "JSON.MGET user:1 other $",
        "JSON.MSET user:1 $ 1 other $ 1", "TS.MADD user:1 1 1 other 1 1", "TS.INFO user:1",
        "TS.MGET FILTER a=b", "TS.CREATERULE user:1 other AGGREGATION avg 1",
        "CMS.MERGE user:1 1 other", "FT.SEARCH i *", "FT.SEARCH user:1 *", "FT.AGGREGATE i *",
        "FT.CURSOR READ i 1", "FT.TAGVALS i f", "FT.CREATE i SCHEMA a TEXT",
        "FT.CREATE i PREFIX 1 user: SCHEMA a TEXT", "FT.DROPINDEX i DD", "FT.SUGGET other a",
        "MSETEX 2 user:1 1 other 2", "VSIM other ELE e", "XINFO STREAM other",
        "XGROUP CREATE other g $", "RESTORE-ASKING user:1 0 x",
        // Channels.
        "PUBLISH other x", "SPUBLISH user:secret x", "PUBSUB CHANNELS",
        "PUBLISH __keyspace@0__:user:1 set", "PUBSUB NUMSUB other"})
    EXPECT_FALSE(lets(rules, text)) << text;
  size_t at = 0;
  const auto scan = *next_line("SCAN 0", at);
  EXPECT_FALSE(rules.check_command("SCAN", scan->words, KeyRules::Scans::refused));
}

TEST(RedisKeyRules, OfDenialsAloneLetTheRestThrough) {
  const KeyRules rules(access_of({.deny = {"secret*"}}));
  EXPECT_TRUE(lets(rules, "GET any"));
  EXPECT_TRUE(lets(rules, "PUBLISH any x"));
  EXPECT_FALSE(lets(rules, "PUBLISH __keyspace@0__:any x"));
  EXPECT_FALSE(lets(rules, "GET Secret"));
  EXPECT_FALSE(lets(rules, "EVAL x 0"));
  EXPECT_TRUE(lets(KeyRules(Access()), "EVAL x 0"));
}

TEST(RedisKeyRules, HideKeysInAList) {
  const KeyRules rules(access_of(kRules));
  RespDecoder decoder;
  decoder.feed("*4\r\n$6\r\nuser:1\r\n$5\r\nother\r\n$11\r\nuser:secret\r\n$6\r\nuser:2\r\n");
  auto keys = decoder.next();
  ASSERT_TRUE(keys && *keys);
  rules.hide(**keys);
  const RespReply& shown = **keys;
  ASSERT_EQ(shown.nodes.size(), 3u);
  EXPECT_EQ(shown.nodes[0].size, 2u);
  EXPECT_EQ(shown.nodes[0].nodes, 3u);
  EXPECT_EQ(shown.text(shown.nodes[1]), "user:1");
  EXPECT_EQ(shown.text(shown.nodes[2]), "user:2");
}

TEST(RedisKeyRules, AreRefusedWhereTheyMeanNothing) {
  EXPECT_TRUE(KeyRules::check_rules(access_of(kRules)));
  EXPECT_TRUE(KeyRules::check_rules(access_of({.deny = {"\"a.b:*\""}})));
  for (const AccessRules& rules : {AccessRules{.deny = {"a.b"}}, AccessRules{.allow = {"main.b"}},
                                   AccessRules{.masks = {"a.b"}}})
    EXPECT_EQ(KeyRules::check_rules(access_of(rules)).error().code, Code::invalid_config);
}

TEST(RedisKeyRules, HoldForPlacesOfTheCatalogue) {
  const Access access = access_of(kRules);
  EXPECT_TRUE(shows_place(access, place_of_key("user:1")));
  EXPECT_TRUE(shows_place(access, place_of_key("news")));
  for (const char* key : {"user:secret", "user", "other", "user:1:hidden", "user:secret\xff"})
    EXPECT_FALSE(shows_place(access, place_of_key(key))) << key;
}

}  // namespace
}  // namespace dbops::redis
