#include "connectors/redis/command_keys.h"

#include <gtest/gtest.h>

#include "connectors/redis/commands.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

// The keys with blanks between them, `+` in front where there may be others; "?" where that can't
// be told.
std::string keys(std::string_view text) {
  size_t at = 0;
  const auto line = next_line(text, at);
  const auto found = keys_of(classify((*line)->words).verb, (*line)->words);
  if (!found) return "?";
  std::string shown = found->beyond ? "+" : "";
  for (const size_t place : found->places)
    shown += (place == found->places.front() ? "" : " ") + (*line)->words[place];
  return shown;
}

TEST(RedisCommandKeys, AreFoundInEachForm) {
  for (const auto& [text, expected] : std::vector<std::pair<const char*, const char*>>{
           {"get k", "k"},
           {"PING k", ""},
           {"OBJECT encoding k", "k"},
           {"XGROUP CREATE k g $", "k"},
           {"RENAME a b", "a b"},
           {"DEL a b c", "a b c"},
           {"BLPOP a b 0", "a b"},
           {"MSET a 1 b 2", "a b"},
           {"BITOP AND d a b", "d a b"},
           {"ZUNION 2 a b WEIGHTS 1 2", "a b"},
           {"ZUNIONSTORE d 2 a b WEIGHTS 1 2", "d a b"},
           {"BLMPOP 0 2 a b LEFT", "a b"},
           {"XREAD COUNT 2 BLOCK 5 STREAMS a b 0 0", "a b"},
           {"XREADGROUP GROUP STREAMS c NOACK streams a >", "a"},
           {"SORT l LIMIT 0 1 STORE d DESC store e", "l d e"},
           {"SORT l BY nosort GET #", "l"},
           {"SORT_RO l BY w_* ALPHA", "+l"},
           {"SORT_RO l GET o_*->f", "+l"},
           {"SORT l GET secret", "+l"},
           {"SORT LIMIT LIMIT 0 1", "LIMIT"},
           {"GEORADIUS g 0 0 1 km STORE d storedist e", "g d e"},
           {"GEORADIUSBYMEMBER g STORE 1 km", "g 1"},
           {"COPY a b", "a b"},
           {"COPY a b replace", "a b"},
           {"COPY a b DB 3", "+a b"},
           {"COPY a b REPLACE DB 3", "+a b"},
           {"EVAL s 1 k a", "+k"},
           {"FCALL_RO f 0", "+"},
           {"PUBLISH c m", "c"},
           {"MSETEX 2 a 1 b 2 EX 9", "a b"},
           {"XREADGROUP GROUP g c CLAIM 5 STREAMS a >", "a"},
           {"HGETEX h EX 1 FIELDS 1 f", "h"},
           {"JSON.GET k $", "k"},
           {"JSON.DEBUG MEMORY k", "k"},
           {"JSON.MGET a b $", "a b"},
           {"JSON.MSET a $ 1 b $ 2", "a b"},
           {"TS.MADD a 1 1 b 2 2", "a b"},
           {"TS.CREATERULE a b AGGREGATION avg 1", "a b"},
           {"TS.MRANGE - + FILTER a=b", "+"},
           {"TDIGEST.MERGE d 2 a b COMPRESSION 9", "d a b"},
           {"FT.SEARCH i *", "+"},
           {"FT.SUGGET k a", "k"},
           {"VSIM v ELE e", "v"},
       })
    EXPECT_EQ(keys(text), expected) << text;
}

TEST(RedisCommandKeys, AreNotGuessed) {
  for (const char* text : {"GET",
                           "NOSUCH k",
                           "SCAN 0",
                           "KEYS *",
                           "RANDOMKEY",
                           "DBSIZE",
                           "INFO",
                           "MIGRATE h 1 k 0 1",
                           "MOVE k 1",
                           "DEBUG OBJECT k",
                           "OBJECT k",
                           "MEMORY",
                           "XREAD a 0",
                           "XREAD STREAMS a b 0",
                           "XREAD WHAT STREAMS a 0",
                           "XREAD BLOCK STREAMS a 0",
                           "MSET a",
                           "MSET a 1 b",
                           "ZUNION 3 a b",
                           "ZUNION -1 a",
                           "ZUNION +1 a",
                           "ZUNION 01 a",
                           "ZUNION 1x a",
                           "ZUNION \"\" a",
                           "ZUNION 18446744073709551617 a",
                           "ZUNION \" 1\" a",
                           "LMPOP",
                           "EVAL s",
                           "EVAL s 2 k",
                           "SORT l STORE",
                           "SORT l WHAT x",
                           "BLPOP a",
                           "COPY a",
                           "SORT",
                           "MSETEX 2 a 1 b",
                           "MSETEX 01 a 1",
                           "MSETEX 9223372036854775808 a 1",
                           "JSON.GET",
                           "JSON.MGET k",
                           "JSON.MSET a $ 1 b",
                           "TS.MADD a 1",
                           "CMS.MERGE d 2 a",
                           "FT.CONFIG GET *"})
    EXPECT_EQ(keys(text), "?") << text;
}

TEST(RedisCommandKeys, AreKnownOfAllCommandsButFew) {
  std::string unknown;
  for (const std::string_view verb : known_commands()) {
    std::vector<std::string> words = {std::string(verb)};
    if (const size_t blank = verb.find(' '); blank != std::string_view::npos)
      words = {std::string(verb.substr(0, blank)), std::string(verb.substr(blank + 1))};
    // As many as any form needs, and one that reads as a number of keys.
    std::vector<std::string> more = {"1", "1", "k", "STREAMS", "k", "0"};
    words.insert(words.end(), more.begin(), more.end());
    if (verb == "JSON.MSET" || verb == "TS.MADD") words.resize(4);
    if (verb == "XREAD" || verb == "XREADGROUP") words = {words[0], "STREAMS", "k", "0"};
    if (verb == "SORT" || verb == "SORT_RO" || verb == "MSET" || verb == "MSETNX")
      words = {words[0], "k", "ASC"};
    if (!keys_of(verb, words)) unknown += std::string(verb) + "\n";
  }
  EXPECT_EQ(unknown,
            "CLUSTER COUNTKEYSINSLOT\nCLUSTER INFO\nCLUSTER LINKS\nCLUSTER MYID\n"
            "CLUSTER MYSHARDID\nCLUSTER NODES\nCLUSTER SHARDS\nCLUSTER SLOT-STATS\n"
            "CLUSTER SLOTS\nCOMMAND GETKEYSANDFLAGS\nCOMMANDLOG LEN\nDBSIZE\nINFO\n"
            "LATENCY DOCTOR\nLATENCY HISTOGRAM\nLATENCY HISTORY\nLATENCY LATEST\n"
            "MEMORY DOCTOR\nMEMORY STATS\nPUBSUB CHANNELS\nPUBSUB NUMPAT\nPUBSUB NUMSUB\n"
            "PUBSUB SHARDCHANNELS\nPUBSUB SHARDNUMSUB\nRANDOMKEY\nROLE\nSCAN\nSLOWLOG LEN\n");
}

}  // namespace
}  // namespace dbops::redis
