#include "connectors/redis/commands.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connectors/redis/module_commands.h"
#include "connectors/redis/overwrites.h"

namespace dbops::redis {
namespace {

using std::string_view;

// Reads that the server marks as no writes either. Missing on purpose: SORT, GEORADIUS and BITFIELD
// (they can write; their _RO forms can't), KEYS (it stops the server until it is done: SCAN),
// EVAL_RO (its text is the caller's, and the server only keeps it from writing keys: it may run
// SLOWLOG GET or MEMORY PURGE, or never end; FCALL_RO runs what an administrator has loaded),
// CONFIG GET, ACL LIST, SLOWLOG GET and CLIENT LIST (they show secrets, or what others do).
constexpr auto kReads = std::to_array<string_view>({"BITCOUNT",
                                                    "BITFIELD_RO",
                                                    "BITPOS",
                                                    "DBSIZE",
                                                    "DIGEST",
                                                    "DUMP",
                                                    "ECHO",
                                                    "EXISTS",
                                                    "EXPIRETIME",
                                                    "FCALL_RO",
                                                    "GEODIST",
                                                    "GEOHASH",
                                                    "GEOPOS",
                                                    "GEORADIUSBYMEMBER_RO",
                                                    "GEORADIUS_RO",
                                                    "GEOSEARCH",
                                                    "GET",
                                                    "GETBIT",
                                                    "GETRANGE",
                                                    "HEXISTS",
                                                    "HEXPIRETIME",
                                                    "HGET",
                                                    "HGETALL",
                                                    "HKEYS",
                                                    "HLEN",
                                                    "HMGET",
                                                    "HPEXPIRETIME",
                                                    "HPTTL",
                                                    "HRANDFIELD",
                                                    "HSCAN",
                                                    "HSTRLEN",
                                                    "HTTL",
                                                    "HVALS",
                                                    "INFO",
                                                    "LASTSAVE",
                                                    "LCS",
                                                    "LINDEX",
                                                    "LLEN",
                                                    "LOLWUT",
                                                    "LPOS",
                                                    "LRANGE",
                                                    "MGET",
                                                    "PEXPIRETIME",
                                                    "PING",
                                                    "PTTL",
                                                    "RANDOMKEY",
                                                    "ROLE",
                                                    "SCAN",
                                                    "SCARD",
                                                    "SDIFF",
                                                    "SINTER",
                                                    "SINTERCARD",
                                                    "SISMEMBER",
                                                    "SMEMBERS",
                                                    "SMISMEMBER",
                                                    "SORT_RO",
                                                    "SRANDMEMBER",
                                                    "SSCAN",
                                                    "STRLEN",
                                                    "SUBSTR",
                                                    "SUNION",
                                                    "TIME",
                                                    "TTL",
                                                    "TYPE",
                                                    "XLEN",
                                                    "XPENDING",
                                                    "XRANGE",
                                                    "XREAD",
                                                    "XREVRANGE",
                                                    "ZCARD",
                                                    "ZCOUNT",
                                                    "ZDIFF",
                                                    "ZINTER",
                                                    "ZINTERCARD",
                                                    "ZLEXCOUNT",
                                                    "ZMSCORE",
                                                    "ZRANDMEMBER",
                                                    "ZRANGE",
                                                    "ZRANGEBYLEX",
                                                    "ZRANGEBYSCORE",
                                                    "ZRANK",
                                                    "ZREVRANGE",
                                                    "ZREVRANGEBYLEX",
                                                    "ZREVRANGEBYSCORE",
                                                    "ZREVRANK",
                                                    "ZSCAN",
                                                    "ZSCORE",
                                                    "ZUNION"});

// Commands whose second word says what they do, and those of them that read.
constexpr auto kContainers = std::to_array<string_view>(
    {"ACL", "CLIENT", "CLUSTER", "COMMAND", "COMMANDLOG", "CONFIG", "DEBUG", "FT.CURSOR",
     "FUNCTION", "JSON.DEBUG", "LATENCY", "MEMORY", "MODULE", "OBJECT", "PUBSUB", "SCRIPT",
     "SLOWLOG", "XGROUP", "XINFO"});
constexpr auto kSubcommandReads = std::to_array<string_view>({"ACL WHOAMI",
                                                              "CLIENT GETNAME",
                                                              "CLIENT ID",
                                                              "CLIENT INFO",
                                                              "CLUSTER COUNTKEYSINSLOT",
                                                              "CLUSTER INFO",
                                                              "CLUSTER KEYSLOT",
                                                              "CLUSTER LINKS",
                                                              "CLUSTER MYID",
                                                              "CLUSTER MYSHARDID",
                                                              "CLUSTER NODES",
                                                              "CLUSTER SHARDS",
                                                              "CLUSTER SLOT-STATS",
                                                              "CLUSTER SLOTS",
                                                              "COMMAND COUNT",
                                                              "COMMAND DOCS",
                                                              "COMMAND GETKEYS",
                                                              "COMMAND GETKEYSANDFLAGS",
                                                              "COMMAND INFO",
                                                              "COMMAND LIST",
                                                              "COMMANDLOG LEN",
                                                              "LATENCY DOCTOR",
                                                              "LATENCY HISTOGRAM",
                                                              "LATENCY HISTORY",
                                                              "LATENCY LATEST",
                                                              "MEMORY DOCTOR",
                                                              "MEMORY STATS",
                                                              "MEMORY USAGE",
                                                              "OBJECT ENCODING",
                                                              "OBJECT FREQ",
                                                              "OBJECT IDLETIME",
                                                              "OBJECT REFCOUNT",
                                                              "PUBSUB CHANNELS",
                                                              "PUBSUB NUMPAT",
                                                              "PUBSUB NUMSUB",
                                                              "PUBSUB SHARDCHANNELS",
                                                              "PUBSUB SHARDNUMSUB",
                                                              "SLOWLOG LEN",
                                                              "XINFO CONSUMERS",
                                                              "XINFO GROUPS",
                                                              "XINFO STREAM"});

constexpr auto kWrites = std::to_array<string_view>({"APPEND",
                                                     "BITFIELD",
                                                     "BITOP",
                                                     "BLMOVE",
                                                     "BLMPOP",
                                                     "BLPOP",
                                                     "BRPOP",
                                                     "BRPOPLPUSH",
                                                     "BZMPOP",
                                                     "BZPOPMAX",
                                                     "BZPOPMIN",
                                                     "COPY",
                                                     "DECR",
                                                     "DECRBY",
                                                     "DEL",
                                                     "DELEX",
                                                     "DELIFEQ",
                                                     "EXPIRE",
                                                     "EXPIREAT",
                                                     "GEOADD",
                                                     "GEORADIUS",
                                                     "GEORADIUSBYMEMBER",
                                                     "GEOSEARCHSTORE",
                                                     "GETDEL",
                                                     "GETEX",
                                                     "GETSET",
                                                     "HDEL",
                                                     "HEXPIRE",
                                                     "HEXPIREAT",
                                                     "HGETDEL",
                                                     "HGETEX",
                                                     "HINCRBY",
                                                     "HINCRBYFLOAT",
                                                     "HMSET",
                                                     "HPERSIST",
                                                     "HPEXPIRE",
                                                     "HPEXPIREAT",
                                                     "HSET",
                                                     "HSETEX",
                                                     "HSETNX",
                                                     "INCR",
                                                     "INCRBY",
                                                     "INCRBYFLOAT",
                                                     "LINSERT",
                                                     "LMOVE",
                                                     "LMPOP",
                                                     "LPOP",
                                                     "LPUSH",
                                                     "LPUSHX",
                                                     "LREM",
                                                     "LSET",
                                                     "LTRIM",
                                                     "MSET",
                                                     "MSETEX",
                                                     "MSETNX",
                                                     "PERSIST",
                                                     "PEXPIRE",
                                                     "PEXPIREAT",
                                                     "PFADD",
                                                     "PFCOUNT",
                                                     "PFMERGE",
                                                     "PSETEX",
                                                     "PUBLISH",
                                                     "RENAME",
                                                     "RENAMENX",
                                                     "RESTORE",
                                                     "RPOP",
                                                     "RPOPLPUSH",
                                                     "RPUSH",
                                                     "RPUSHX",
                                                     "SADD",
                                                     "SDIFFSTORE",
                                                     "SET",
                                                     "SETBIT",
                                                     "SETEX",
                                                     "SETNX",
                                                     "SETRANGE",
                                                     "SINTERSTORE",
                                                     "SMOVE",
                                                     "SORT",
                                                     "SPOP",
                                                     "SPUBLISH",
                                                     "SREM",
                                                     "SUNIONSTORE",
                                                     "TOUCH",
                                                     "UNLINK",
                                                     "XACK",
                                                     "XACKDEL",
                                                     "XADD",
                                                     "XAUTOCLAIM",
                                                     "XCLAIM",
                                                     "XDEL",
                                                     "XDELEX",
                                                     "XGROUP CREATE",
                                                     "XGROUP CREATECONSUMER",
                                                     "XGROUP DELCONSUMER",
                                                     "XGROUP DESTROY",
                                                     "XGROUP SETID",
                                                     "XREADGROUP",
                                                     "XSETID",
                                                     "XTRIM",
                                                     "ZADD",
                                                     "ZDIFFSTORE",
                                                     "ZINCRBY",
                                                     "ZINTERSTORE",
                                                     "ZMPOP",
                                                     "ZPOPMAX",
                                                     "ZPOPMIN",
                                                     "ZRANGESTORE",
                                                     "ZREM",
                                                     "ZREMRANGEBYLEX",
                                                     "ZREMRANGEBYRANK",
                                                     "ZREMRANGEBYSCORE",
                                                     "ZUNIONSTORE"});

// They change what the link is: its user, database, protocol, or who speaks next. Those of a
// transaction are its frame (frame.h), and no commands.
constexpr auto kLink = std::to_array<string_view>({
    "ASKING",      "AUTH",       "CLIENT NO-EVICT", "CLIENT REPLY", "CLIENT TRACKING",
    "HELLO",       "MONITOR",    "PSUBSCRIBE",      "PSYNC",        "PUNSUBSCRIBE",
    "QUIT",        "READONLY",   "READWRITE",       "REPLCONF",     "RESET",
    "SELECT",      "SSUBSCRIBE", "SUBSCRIBE",       "SUNSUBSCRIBE", "SYNC",
    "UNSUBSCRIBE",
});

struct Danger {
  string_view verb;
  string_view what;
};
constexpr auto kDangers = std::to_array<Danger>({
    {"FLUSHALL", "FLUSHALL removes every key of every database of the server"},
    {"FLUSHDB", "FLUSHDB removes every key of the database"},
    {"SHUTDOWN", "SHUTDOWN stops the server"},
    {"SWAPDB", "SWAPDB exchanges two databases under all their clients"},
});

template <size_t kSize>
bool has(const std::array<string_view, kSize>& table, string_view verb) {
  return std::find(table.begin(), table.end(), verb) != table.end();
}

std::string upper(string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

}  // namespace

Class classify(std::span<const std::string> words) {
  constexpr size_t kVerbBytes = 64;
  Class result{.verb = escape_control(shorten(upper(words[0]), kVerbBytes))};
  if (has(kContainers, result.verb) && words.size() > 1)
    result.verb += ' ' + escape_control(shorten(upper(words[1]), kVerbBytes));
  result.link = has(kLink, result.verb);
  if (has(kReads, result.verb) || has(kSubcommandReads, result.verb)) {
    result.tier = Tier::read;
  } else if (has(kWrites, result.verb)) {
    result.tier = Tier::write;
  } else if (const ModuleCommand* const of_module = module_command(result.verb)) {
    result.tier = of_module->tier;
    result.danger = of_module->danger;
  }
  if (result.tier == Tier::write)
    result.reason = result.verb + " changes data";
  else if (result.tier == Tier::admin)
    result.reason = result.verb + " is not known to only read or change keys";
  for (const Danger& danger : kDangers)
    if (danger.verb == result.verb) result.danger = danger.what;
  if (result.danger.empty()) result.danger = overwrite_danger(result.verb, words);
  return result;
}

std::vector<string_view> known_commands() {
  std::vector<string_view> all(kReads.begin(), kReads.end());
  all.insert(all.end(), kSubcommandReads.begin(), kSubcommandReads.end());
  all.insert(all.end(), kWrites.begin(), kWrites.end());
  for (const ModuleCommand& command : module_commands()) all.push_back(command.verb);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace dbops::redis
