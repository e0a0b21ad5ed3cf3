#include "contract/redis_tables.h"

namespace dbops::contract {
namespace {

// Only the table of commands refuses these: the server marks them as commands that don't write
// keys.
constexpr std::string_view kServer = "it changes the server, or what others see, but no key";
constexpr std::string_view kHeavy =
    "it changes no value; it is refused for what it costs, caches or shows";
constexpr std::string_view kUnknown = "the server doesn't know it and says so by itself";

}  // namespace

// A literal is a command that answers it.
std::vector<TypeCase> redis_types() {
  return {
      {"GET no_such_key", "", Kind::null, "NULL", false},
      {"EXISTS no_such_key", "", Kind::integer, "0"},
      {"HGET numbers max", "", Kind::text, "9223372036854775807"},
      {"STRLEN mebibyte", "", Kind::integer, "1048576"},
      {"ZSCORE scores tenth", "", Kind::real, "0.1"},
      {"ZSCORE scores tiny", "", Kind::real, "5e-324"},
      {"ZSCORE scores huge", "", Kind::real, "1.7976931348623157e+308"},
      {"ZSCORE scores top", "", Kind::real, "Infinity", false},
      {"ZSCORE scores bottom", "", Kind::real, "-Infinity", false},
      {"ECHO ''", "", Kind::text, ""},
      {"ECHO NULL", "", Kind::text, "NULL"},
      {"ECHO \"✈️ größe\"", "", Kind::text, "✈️ größe"},
      {R"(ECHO "a\n\tb\r\n")", "", Kind::text, "a\n\tb\r\n"},
      {R"(ECHO "a\x00b")", "", Kind::text, std::string("a\0b", 3)},
      {R"(ECHO "\x00\xff\x10")", "", Kind::bytes, "\\x00ff10"},
      {R"(ECHO "a\xff")", "", Kind::bytes, "\\x61ff"},
      {"PING", "", Kind::text, "PONG"},
      {"TYPE items", "", Kind::text, "hash"},
  };
}

std::vector<Attempt> redis_attempts() {
  return {
      {"SET items x"},
      {"set items x"},
      {"\"SET\" items x"},
      {R"("\x53ET" items x)"},
      {"  SET items x"},
      {"GET numbers\nDEL items"},
      {"GET numbers\r\nDEL items"},
      {"DEL items"},
      {"UNLINK items"},
      {"HSET items 1 x"},
      {"HDEL items 1"},
      {"HINCRBY items 1 1"},
      {"GETDEL empty"},
      {"GETEX empty PX 1"},
      {"GETSET empty x"},
      {"EXPIRE items 1"},
      {"PERSIST items"},
      {"RENAME items x"},
      {"COPY items x"},
      {"MOVE items 7"},
      {"RESTORE x 0 abc"},
      {"MIGRATE 127.0.0.1 1 items 0 1000"},
      {"LPUSH x a"},
      {"LPOP x"},
      {"BLPOP x 1"},
      {"SADD x a"},
      {"SPOP members"},
      {"ZADD scores 1 x"},
      {"ZPOPMIN scores"},
      {"ZRANGESTORE x scores 0 -1"},
      {"SORT members ALPHA STORE x"},
      {"SORT members ALPHA"},
      {"GEORADIUS x 0 0 1 km STORE y"},
      {"BITFIELD x SET u8 0 1"},
      {"SETRANGE empty 1 x"},
      {"PFADD x a"},
      {"PFCOUNT x", kHeavy},
      {"XADD x * a b"},
      {"XGROUP CREATE x g $ MKSTREAM"},
      {"XREADGROUP GROUP g c STREAMS x >"},
      {"FLUSHDB"},
      {"FLUSHALL"},
      {"SWAPDB 2 7"},
      {R"x(EVAL "return redis.call('del', 'items')" 0)x"},
      {R"(EVAL_RO "return 1" 0)"},
      {R"(EVALSHA x 0)"},
      {R"(FCALL x 0)"},
      {R"x(FUNCTION LOAD "#!lua name=x\nredis.register_function('x', function() end)")x"},
      {"FUNCTION FLUSH"},
      {"PUBLISH x y", kServer},
      {"SCRIPT FLUSH", kServer},
      {"SCRIPT LOAD \"return 1\"", kServer},
      {"CONFIG SET maxmemory 1", kServer},
      {"CONFIG GET *", kHeavy},
      {"CONFIG REWRITE", kServer},
      {"CONFIG RESETSTAT", kServer},
      {"CLIENT KILL TYPE normal", kServer},
      {"CLIENT SETNAME x", kServer},
      {"CLIENT PAUSE 1", kServer},
      {"CLIENT LIST", kHeavy},
      {"ACL SETUSER x on nopass +@all ~*", kServer},
      {"SLOWLOG RESET", kServer},
      {"SLOWLOG GET", kHeavy},
      {"LATENCY RESET", kServer},
      {"MEMORY PURGE", kServer},
      {"DEBUG JMAP", kServer},
      {"DEBUG SLEEP 0", kServer},
      {"MODULE LOAD /no/such.so", kServer},
      {"REPLICAOF NO ONE", kServer},
      {"SAVE", kServer},
      {"BGREWRITEAOF", kServer},
      {"KEYS *", kHeavy},
      {"SELECT 0", kServer},
      {"MULTI", kServer},
      {"SUBSCRIBE x", kServer},
      {"MONITOR", kServer},
      {"SHUTDOWN NOSAVE", kServer},
      {"CLIENT REPLY OFF", kServer},
      {"NOSUCHCOMMAND items", kUnknown},
  };
}

}  // namespace dbops::contract
