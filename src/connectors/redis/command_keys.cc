#include "connectors/redis/command_keys.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "connectors/redis/module_commands.h"

namespace dbops::redis {
namespace {

using std::string_view;
using Words = std::span<const std::string>;
using Found = std::optional<CommandKeys>;

// Neither keys nor anything that tells of them.
constexpr auto kNone = std::to_array<string_view>(
    {"ACL WHOAMI", "CLIENT GETNAME", "CLIENT ID", "CLIENT INFO", "CLUSTER KEYSLOT", "COMMAND COUNT",
     "COMMAND DOCS", "COMMAND GETKEYS", "COMMAND INFO", "COMMAND LIST", "ECHO", "LASTSAVE",
     "LOLWUT", "PING", "TIME"});

constexpr auto kFirstWord = std::to_array<string_view>({"APPEND",
                                                        "BITCOUNT",
                                                        "BITFIELD",
                                                        "BITFIELD_RO",
                                                        "BITPOS",
                                                        "DECR",
                                                        "DECRBY",
                                                        "DELEX",
                                                        "DELIFEQ",
                                                        "DIGEST",
                                                        "DUMP",
                                                        "EXPIRE",
                                                        "EXPIREAT",
                                                        "EXPIRETIME",
                                                        "GEOADD",
                                                        "GEODIST",
                                                        "GEOHASH",
                                                        "GEOPOS",
                                                        "GEORADIUSBYMEMBER_RO",
                                                        "GEORADIUS_RO",
                                                        "GEOSEARCH",
                                                        "GET",
                                                        "GETBIT",
                                                        "GETDEL",
                                                        "GETEX",
                                                        "GETRANGE",
                                                        "GETSET",
                                                        "HDEL",
                                                        "HEXISTS",
                                                        "HEXPIRE",
                                                        "HEXPIREAT",
                                                        "HEXPIRETIME",
                                                        "HGET",
                                                        "HGETALL",
                                                        "HGETDEL",
                                                        "HGETEX",
                                                        "HINCRBY",
                                                        "HINCRBYFLOAT",
                                                        "HKEYS",
                                                        "HLEN",
                                                        "HMGET",
                                                        "HMSET",
                                                        "HPERSIST",
                                                        "HPEXPIRE",
                                                        "HPEXPIREAT",
                                                        "HPEXPIRETIME",
                                                        "HPTTL",
                                                        "HRANDFIELD",
                                                        "HSCAN",
                                                        "HSET",
                                                        "HSETEX",
                                                        "HSETNX",
                                                        "HSTRLEN",
                                                        "HTTL",
                                                        "HVALS",
                                                        "INCR",
                                                        "INCRBY",
                                                        "INCRBYFLOAT",
                                                        "LINDEX",
                                                        "LINSERT",
                                                        "LLEN",
                                                        "LPOP",
                                                        "LPOS",
                                                        "LPUSH",
                                                        "LPUSHX",
                                                        "LRANGE",
                                                        "LREM",
                                                        "LSET",
                                                        "LTRIM",
                                                        "PERSIST",
                                                        "PEXPIRE",
                                                        "PEXPIREAT",
                                                        "PEXPIRETIME",
                                                        "PFADD",
                                                        "PSETEX",
                                                        "PTTL",
                                                        "RESTORE",
                                                        "RPOP",
                                                        "RPUSH",
                                                        "RPUSHX",
                                                        "SADD",
                                                        "SCARD",
                                                        "SET",
                                                        "SETBIT",
                                                        "SETEX",
                                                        "SETNX",
                                                        "SETRANGE",
                                                        "SISMEMBER",
                                                        "SMEMBERS",
                                                        "SMISMEMBER",
                                                        "SPOP",
                                                        "SRANDMEMBER",
                                                        "SREM",
                                                        "SSCAN",
                                                        "STRLEN",
                                                        "SUBSTR",
                                                        "TTL",
                                                        "TYPE",
                                                        "XACK",
                                                        "XACKDEL",
                                                        "XADD",
                                                        "XAUTOCLAIM",
                                                        "XCLAIM",
                                                        "XDEL",
                                                        "XDELEX",
                                                        "XLEN",
                                                        "XPENDING",
                                                        "XRANGE",
                                                        "XREVRANGE",
                                                        "XSETID",
                                                        "XTRIM",
                                                        "ZADD",
                                                        "ZCARD",
                                                        "ZCOUNT",
                                                        "ZINCRBY",
                                                        "ZLEXCOUNT",
                                                        "ZMSCORE",
                                                        "ZPOPMAX",
                                                        "ZPOPMIN",
                                                        "ZRANDMEMBER",
                                                        "ZRANGE",
                                                        "ZRANGEBYLEX",
                                                        "ZRANGEBYSCORE",
                                                        "ZRANK",
                                                        "ZREM",
                                                        "ZREMRANGEBYLEX",
                                                        "ZREMRANGEBYRANK",
                                                        "ZREMRANGEBYSCORE",
                                                        "ZREVRANGE",
                                                        "ZREVRANGEBYLEX",
                                                        "ZREVRANGEBYSCORE",
                                                        "ZREVRANK",
                                                        "ZSCAN",
                                                        "ZSCORE"});

constexpr auto kSecondWord = std::to_array<string_view>(
    {"MEMORY USAGE", "OBJECT ENCODING", "OBJECT FREQ", "OBJECT IDLETIME", "OBJECT REFCOUNT",
     "XGROUP CREATE", "XGROUP CREATECONSUMER", "XGROUP DELCONSUMER", "XGROUP DESTROY",
     "XGROUP SETID", "XINFO CONSUMERS", "XINFO GROUPS", "XINFO STREAM"});

constexpr auto kTwo =
    std::to_array<string_view>({"BLMOVE", "BRPOPLPUSH", "GEOSEARCHSTORE", "LCS", "LMOVE", "RENAME",
                                "RENAMENX", "RPOPLPUSH", "SMOVE", "ZRANGESTORE"});

constexpr auto kAll = std::to_array<string_view>(
    {"DEL", "EXISTS", "MGET", "PFCOUNT", "PFMERGE", "SDIFF", "SDIFFSTORE", "SINTER", "SINTERSTORE",
     "SUNION", "SUNIONSTORE", "TOUCH", "UNLINK", "WATCH"});

// Keys, and a limit of time.
constexpr auto kAllButLast = std::to_array<string_view>({"BLPOP", "BRPOP", "BZPOPMAX", "BZPOPMIN"});

constexpr auto kPairs = std::to_array<string_view>({"MSET", "MSETNX"});

struct Counted {
  string_view verb;
  size_t count;              // The word that says how many keys stand behind it.
  bool destination = false;  // The first word is one too.
  bool beyond = false;       // A script.
};
constexpr auto kCounted = std::to_array<Counted>({
    {"BLMPOP", 2},
    {"BZMPOP", 2},
    {"EVAL", 2, false, true},
    {"EVALSHA", 2, false, true},
    {"EVALSHA_RO", 2, false, true},
    {"EVAL_RO", 2, false, true},
    {"FCALL", 2, false, true},
    {"FCALL_RO", 2, false, true},
    {"LMPOP", 1},
    {"SINTERCARD", 1},
    {"ZDIFF", 1},
    {"ZDIFFSTORE", 2, true},
    {"ZINTER", 1},
    {"ZINTERCARD", 1},
    {"ZINTERSTORE", 2, true},
    {"ZMPOP", 1},
    {"ZUNION", 1},
    {"ZUNIONSTORE", 2, true},
});

template <size_t kSize>
bool has(const std::array<string_view, kSize>& table, string_view verb) {
  return std::find(table.begin(), table.end(), verb) != table.end();
}

bool same(string_view word, string_view upper_case) {
  return word.size() == upper_case.size() && lower(word) == lower(upper_case);
}

// Every `step`-th word from `first` to before `end`; nullopt where there is none.
Found range(size_t first, size_t end, size_t step = 1) {
  if (first >= end) return std::nullopt;
  CommandKeys keys;
  for (size_t place = first; place < end; place += step) keys.places.push_back(place);
  return keys;
}

// Digits alone, without a sign or zeros in front: servers differ in what else they take.
std::optional<size_t> read_count(string_view word) {
  size_t count = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  if (word[0] == '0' && word.size() > 1) return std::nullopt;
  return count;
}

Found counted(const Counted& form, Words words) {
  if (words.size() <= form.count) return std::nullopt;
  const auto count = read_count(words[form.count]);
  if (!count || *count >= words.size() - form.count) return std::nullopt;
  if (*count == 0 && !form.beyond) return std::nullopt;
  CommandKeys keys{.beyond = form.beyond};
  if (form.destination) keys.places.push_back(1);
  for (size_t i = 1; i <= *count; ++i) keys.places.push_back(form.count + i);
  return keys;
}

struct Option {
  string_view name;
  size_t words;  // That belong to it, with itself.
};

// Options from `at` on, up to the word that is none of them.
template <size_t kSize>
size_t skip(const std::array<Option, kSize>& options, Words words, size_t at) {
  while (at < words.size()) {
    const auto option = std::find_if(options.begin(), options.end(), [&](const Option& each) {
      return same(words[at], each.name);
    });
    if (option == options.end()) return at;
    at += option->words;
  }
  return at;
}

// XREAD [option ...] STREAMS key ... id ...
Found of_streams(Words words) {
  static constexpr auto kOptions =
      std::to_array<Option>({{"BLOCK", 2}, {"CLAIM", 2}, {"COUNT", 2}, {"GROUP", 3}, {"NOACK", 1}});
  const size_t at = skip(kOptions, words, 1) + 1;
  if (at >= words.size() || !same(words[at - 1], "STREAMS") || (words.size() - at) % 2 != 0)
    return std::nullopt;
  return range(at, at + (words.size() - at) / 2);
}

// SORT key [option ...]: BY and GET name patterns of other keys, but for `#` and for a BY without
// a `*`, which sorts by nothing.
Found of_sort(Words words) {
  if (words.size() < 2) return std::nullopt;
  CommandKeys keys{.places = {1}};
  for (size_t at = 2; at < words.size();) {
    static constexpr auto kOptions =
        std::to_array<Option>({{"ALPHA", 1}, {"ASC", 1}, {"DESC", 1}, {"LIMIT", 3}});
    const size_t next = skip(kOptions, words, at);
    if (next != at) {
      at = next;
      continue;
    }
    if (at + 1 == words.size()) return std::nullopt;
    const string_view value = words[at + 1];
    if (same(words[at], "STORE"))
      keys.places.push_back(at + 1);
    else if (same(words[at], "GET"))
      keys.beyond = keys.beyond || value != "#";
    else if (same(words[at], "BY"))
      keys.beyond = keys.beyond || value.find('*') != string_view::npos;
    else
      return std::nullopt;
    at += 2;
  }
  return keys;
}

// GEORADIUS key ... [STORE key] [STOREDIST key]
Found of_radius(Words words) {
  if (words.size() < 2) return std::nullopt;
  CommandKeys keys{.places = {1}};
  for (size_t at = 2; at + 1 < words.size(); ++at)
    if (same(words[at], "STORE") || same(words[at], "STOREDIST")) keys.places.push_back(at + 1);
  return keys;
}

// MSETEX count key value ... [option ...]
Found of_counted_pairs(Words words) {
  const auto count = words.size() > 1 ? read_count(words[1]) : std::nullopt;
  if (!count || *count == 0 || *count > (words.size() - 2) / 2) return std::nullopt;
  return range(2, 2 + 2 * *count, 2);
}

Found of_module(ModuleCommand::Keys keys, Words words) {
  using Keys = ModuleCommand::Keys;
  switch (keys) {
    case Keys::first:
      return words.size() > 1 ? range(1, 2) : std::nullopt;
    case Keys::second:
      return words.size() > 2 ? range(2, 3) : std::nullopt;
    case Keys::two:
      return words.size() > 2 ? range(1, 3) : std::nullopt;
    case Keys::all_but_last:
      return range(1, words.size() - 1);
    case Keys::triplets:
      return words.size() % 3 == 1 ? range(1, words.size(), 3) : std::nullopt;
    case Keys::merged:
      return counted({.verb = {}, .count = 2, .destination = true}, words);
    case Keys::others:
      break;
  }
  return CommandKeys{.beyond = true};
}

// COPY key key [DB number] [REPLACE]
Found of_copy(Words words) {
  if (words.size() < 3) return std::nullopt;
  return CommandKeys{
      .places = {1, 2},
      .beyond = words.size() > 4 || (words.size() == 4 && !same(words[3], "REPLACE"))};
}

}  // namespace

Found keys_of(string_view verb, Words words) {
  if (has(kFirstWord, verb)) return words.size() > 1 ? range(1, 2) : std::nullopt;
  if (has(kNone, verb)) return CommandKeys();
  if (has(kSecondWord, verb)) return words.size() > 2 ? range(2, 3) : std::nullopt;
  if (has(kTwo, verb)) return words.size() > 2 ? range(1, 3) : std::nullopt;
  if (has(kAll, verb)) return range(1, words.size());
  if (has(kAllButLast, verb)) return range(1, words.size() - 1);
  if (has(kPairs, verb)) return words.size() % 2 == 1 ? range(1, words.size(), 2) : std::nullopt;
  if (verb == "BITOP") return range(2, words.size());
  if (verb == "XREAD" || verb == "XREADGROUP") return of_streams(words);
  if (verb == "SORT" || verb == "SORT_RO") return of_sort(words);
  if (verb == "GEORADIUS" || verb == "GEORADIUSBYMEMBER") return of_radius(words);
  if (verb == "COPY") return of_copy(words);
  if (verb == "MSETEX") return of_counted_pairs(words);
  if (const ModuleCommand* const command = module_command(verb))
    return of_module(command->keys, words);
  if (verb == "PUBLISH" || verb == "SPUBLISH")
    return words.size() > 1 ? Found({.places = {1}, .channels = true}) : std::nullopt;
  const auto* const form = std::find_if(kCounted.begin(), kCounted.end(),
                                        [&](const Counted& each) { return each.verb == verb; });
  return form == kCounted.end() ? std::nullopt : counted(*form, words);
}

}  // namespace dbops::redis
