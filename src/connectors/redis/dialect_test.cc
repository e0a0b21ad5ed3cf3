#include "connectors/redis/dialect.h"

#include <gtest/gtest.h>

#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

using Words = std::vector<std::string>;
using namespace std::literals;

Words words_of(std::string_view text) {
  size_t at = 0;
  const auto line = next_line(text, at);
  EXPECT_TRUE(line && *line) << text;
  return line && *line ? (*line)->words : Words{};
}

TEST(RedisWords, AreThoseOfRedisCli) {
  EXPECT_EQ(words_of("  SET\tk  v \r\n"), (Words{"SET", "k", "v"}));
  EXPECT_EQ(words_of("SET \"my key\" 'it\\'s \\n'"), (Words{"SET", "my key", "it's \\n"}));
  EXPECT_EQ(words_of(R"(ECHO "\n\r\t\b\a\\\"\x00\xfF\q")"),
            (Words{"ECHO", "\n\r\t\b\a\\\"\0\xffq"s}));
  EXPECT_EQ(words_of(R"(ECHO "\xg1")"), (Words{"ECHO", "xg1"}));
  EXPECT_EQ(words_of("ECHO \"\" ''"), (Words{"ECHO", "", ""}));
  EXPECT_EQ(words_of("ECHO a\"b c\""), (Words{"ECHO", "ab c"}));
  EXPECT_EQ(words_of("ECHO \"a\nb\"\nGET k"), (Words{"ECHO", "a\nb"}));
}

TEST(RedisWords, SayWhereAQuoteIsWrong) {
  for (const auto& [text, position] : {std::pair{"SET \"k", 5u},
                                       {"SET 'k", 5u},
                                       {"SET \"k\"v", 8u},
                                       {"GET a\nGET \"b\\\"", 11u},
                                       {"GET é \"b", 7u},
                                       {"PING\n\"\" k", 6u}}) {
    const auto script = dialect().parse(text);
    ASSERT_FALSE(script) << text;
    EXPECT_EQ(script.error().code, Code::syntax);
    EXPECT_EQ(script.error().position, position) << text;
  }
}

TEST(RedisWords, ComeBackFromTheirQuotes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  for (const std::string& word : {all, ""s, "plain:key"s, "a b"s, "it's"s, "\xe2\x82\xac"s})
    EXPECT_EQ(words_of("GET " + quote_word(word)), (Words{"GET", word}));
  EXPECT_EQ(quote_word("plain:key"), "plain:key");
}

TEST(RedisDialect, TakesAScriptApart) {
  const auto script = dialect().parse("get a\n\n  config get *\nSET a \"b\nc\"\n");
  ASSERT_TRUE(script);
  ASSERT_EQ(script->statements.size(), 3u);
  EXPECT_EQ(script->statement_text(0), "get a");
  EXPECT_EQ(script->statement_text(2), "SET a \"b\nc\"");
  EXPECT_EQ(script->statements[0].verb, "GET");
  EXPECT_EQ(script->statements[1].verb, "CONFIG GET");
  EXPECT_EQ(script->tier(), Tier::admin);
}

TEST(RedisDialect, SaysWhatAnUnknownCommandIsNearTo) {
  const auto reason = [](std::string_view text) {
    const auto script = dialect().parse(text);
    return script ? script->statements[0].reason : script.error().message;
  };
  EXPECT_EQ(reason("HGETAL k"),
            "HGETAL is not known to only read or change keys (did you mean HGETALL?)");
  EXPECT_EQ(reason("UNHEARDOF k"), "UNHEARDOF is not known to only read or change keys");
  EXPECT_EQ(reason("FLUSHALL"), "FLUSHALL is not known to only read or change keys");
}

TEST(RedisDialect, RefusesWhatIsNoText) {
  EXPECT_EQ(dialect().parse(" \n\t").error().code, Code::invalid_argument);
  EXPECT_EQ(dialect().parse("GET \xff").error().code, Code::invalid_argument);
  EXPECT_EQ(dialect().parse("GET a\0b"sv).error().code, Code::invalid_argument);
  EXPECT_EQ(dialect().parse(std::string(kScriptBytesMax + 1, ' ')).error().code, Code::too_large);
  std::string many;
  for (size_t i = 0; i <= kStatementsMax; ++i) many += "PING\n";
  EXPECT_EQ(dialect().parse(many).error().code, Code::too_large);
}

// Each a way to get a write, or the server itself, past the read tier.
TEST(RedisDialect, CannotBeTalkedRound) {
  for (const char* attempt : {"set k v",
                              "SeT k v",
                              "\"SET\" k v",
                              "'set' k v",
                              "\"\\x53ET\" k v",
                              "GET k\nSET k v",
                              "GET k\r\nSET k v",
                              "SORT l STORE d",
                              "SORT l BY nosort GET # STORE d",
                              "GEORADIUS g 0 0 1 km STORE d",
                              "GEORADIUSBYMEMBER g m 1 km STOREDIST d",
                              "BITFIELD k SET u8 0 1",
                              "BITFIELD k GET u8 0",
                              "GETEX k PERSIST",
                              "GETDEL k",
                              "GETSET k v",
                              "EVAL \"return redis.call('set','k','v')\" 0",
                              "EVALSHA abc 0",
                              "EVAL_RO \"return 1\" 0",
                              "EVALSHA_RO abc 0",
                              "FCALL f 0",
                              "FUNCTION LOAD x",
                              "FUNCTION DELETE f",
                              "FUNCTION FLUSH",
                              "SCRIPT LOAD x",
                              "SCRIPT FLUSH",
                              "SCRIPT KILL",
                              "CONFIG SET dir /tmp",
                              "CONFIG GET requirepass",
                              "CONFIG REWRITE",
                              "CONFIG RESETSTAT",
                              "DEBUG SLEEP 10",
                              "DEBUG JMAP",
                              "DEBUG",
                              "FLUSHALL",
                              "FLUSHDB ASYNC",
                              "SHUTDOWN NOSAVE",
                              "SAVE",
                              "BGSAVE",
                              "BGREWRITEAOF",
                              "SLAVEOF h 1",
                              "REPLICAOF NO ONE",
                              "FAILOVER",
                              "MIGRATE h 1 k 0 1",
                              "RESTORE k 0 x",
                              "MODULE LOAD x.so",
                              "MODULE LOADEX x.so",
                              "ACL SETUSER x",
                              "ACL LIST",
                              "ACL GETUSER default",
                              "CLIENT KILL ID 1",
                              "CLIENT PAUSE 1000",
                              "CLIENT LIST",
                              "CLIENT SETNAME x",
                              "CLUSTER RESET",
                              "CLUSTER FAILOVER",
                              "KEYS *",
                              "XREADGROUP GROUP g c STREAMS s >",
                              "XGROUP CREATE s g $",
                              "XACK s g 1",
                              "PUBLISH c m",
                              "SPUBLISH c m",
                              "PFCOUNT a b",
                              "PFMERGE d s",
                              "BLPOP l 0",
                              "LMOVE a b LEFT RIGHT",
                              "COPY a b",
                              "TOUCH k",
                              "RENAME a b",
                              "EXPIRE k 1",
                              "SWAPDB 0 1",
                              "MOVE k 1",
                              "WAIT 1 0",
                              "LATENCY RESET",
                              "SLOWLOG RESET",
                              "SLOWLOG GET",
                              "MEMORY PURGE",
                              "MEMORY",
                              "OBJECT",
                              "\"GET \" k",
                              "GET\\x20k v",

                              "NEWCOMMAND k",
                              "JSON.SET k $ 1",
                              "json.set k $ 1",
                              "JSON.DEBUG FIELDS k",
                              "JSON.ARRPOP k",
                              "TS.MADD k * 1",
                              "TS.CREATERULE a b AGGREGATION avg 1",
                              "BF.ADD k v",
                              "TDIGEST.MERGE d 1 k",
                              "FT.CREATE i SCHEMA a TEXT",
                              "FT.CURSOR DEL i 1",
                              "FT.CURSOR",
                              "FT.CONFIG SET TIMEOUT 0",
                              "FT.SUGADD k a 1",
                              "FT.DROPINDEX i",
                              "VADD v VALUES 1 1 e",
                              "VREM v e",
                              "HGETEX h EX 1 FIELDS 1 f",
                              "HGETDEL h FIELDS 1 f",
                              "HEXPIRE h 1 FIELDS 1 f",
                              "XDELEX s IDS 1 1-1",
                              "MSETEX 1 k v"}) {
    const auto script = dialect().parse(attempt);
    ASSERT_TRUE(script) << attempt;
    EXPECT_GT(script->tier(), Tier::read) << attempt;
    EXPECT_FALSE(script->statements.back().reason.empty()) << attempt;
  }
}

TEST(RedisDialect, KeepsTheLinkAsItIs) {
  for (const char* attempt :
       {"SELECT 1", "AUTH x", "HELLO 2", "RESET", "QUIT", "SUBSCRIBE c", "MONITOR", "SYNC",
        "CLIENT REPLY OFF", "CLIENT TRACKING ON", "READONLY"})
    EXPECT_EQ(dialect().parse(attempt).error().code, Code::unsupported) << attempt;
}

TEST(RedisDialect, LetsReadsThrough) {
  for (const char* read : {"GET k",
                           "hgetall h",
                           "SCAN 0 MATCH a* COUNT 10",
                           "ZRANGE z 0 -1 REV",
                           "SORT_RO l",
                           "BITFIELD_RO k GET u8 0",
                           "MEMORY USAGE k",
                           "object encoding k",
                           "XRANGE s - +",
                           "INFO memory",
                           "DBSIZE",
                           "CLIENT INFO",
                           "FCALL_RO f 1 k",
                           "HTTL h FIELDS 1 f",
                           "json.get k $.a",
                           "JSON.DEBUG MEMORY k",
                           "TS.MRANGE - + FILTER a=b",
                           "bf.exists k v",
                           "CMS.QUERY k v",
                           "TOPK.LIST k",
                           "TDIGEST.QUANTILE k 0.5",
                           "FT.SEARCH i *",
                           "ft.cursor read i 1",
                           "VSIM v ELE e COUNT 3"}) {
    const auto script = dialect().parse(read);
    ASSERT_TRUE(script) << read;
    EXPECT_EQ(script->tier(), Tier::read) << read;
  }
}

TEST(RedisDialect, AsksBeforeEverythingIsGone) {
  for (const char* danger : {"FLUSHALL", "flushdb", "SHUTDOWN", "SWAPDB 0 1", "FT.DROPINDEX i"})
    EXPECT_FALSE(dialect().parse(danger)->statements[0].danger.empty()) << danger;
  EXPECT_TRUE(dialect().parse("DEL k")->statements[0].danger.empty());
}

TEST(RedisDialect, ListsItsWordsSortedAndOnce) {
  const auto words = dialect().keywords();
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
  EXPECT_EQ(std::adjacent_find(words.begin(), words.end()), words.end());
}

}  // namespace
}  // namespace dbops::redis
