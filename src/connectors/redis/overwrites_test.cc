#include "connectors/redis/overwrites.h"

#include <gtest/gtest.h>

#include "connectors/redis/commands.h"
#include "connectors/redis/words.h"

namespace dbops::redis {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  size_t at = 0;
  return (*next_line(text, at))->words;
}

std::string lasting(std::string_view text) {
  const auto words = words_of(text);
  std::string shown;
  for (const size_t place : keys_made_lasting(classify(words).verb, words))
    shown += (shown.empty() ? "" : " ") + words[place];
  return shown;
}

TEST(RedisOverwrites, AreOfKeysThatAreMadeLasting) {
  EXPECT_EQ(lasting("set k v"), "k");
  EXPECT_EQ(lasting("SET k v xx GET"), "k");
  EXPECT_EQ(lasting("GETSET k v"), "k");
  EXPECT_EQ(lasting("MSET a 1 b 2"), "a b");
  EXPECT_EQ(lasting("SUNIONSTORE d a b"), "d");
  EXPECT_EQ(lasting("BITOP AND d a b"), "d");
  for (const char* text :
       {"SET k", "SET k v KEEPTTL", "SET k v EX 9", "SET k v px 9", "SET k v NX", "SET k v IFEQ a",
        "SET k v $1", "SETEX k 9 v", "APPEND k v", "INCR k", "GETEX k PERSIST", "MSETNX a 1",
        "RENAME a b", "HSET k f v", "GETSET k", "BITOP AND", "GET k"})
    EXPECT_EQ(lasting(text), "") << text;
  std::string many = "MSET";
  for (size_t i = 0; i <= kProbedKeysMax; ++i) many += " k v";
  EXPECT_EQ(lasting(many), "");
}

TEST(RedisOverwrites, AreConfirmedWhereOneKeyReplacesAnother) {
  const auto danger = [](std::string_view text) { return classify(words_of(text)).danger; };
  EXPECT_EQ(danger("rename a \"b\\n\""),
            "RENAME replaces \"b\\n\" where it is there (RENAMENX leaves it, and asks nobody)");
  EXPECT_EQ(danger("COPY a b DB 1 replace"), "COPY with REPLACE replaces \"b\" where it is there");
  EXPECT_NE(danger("COPY a b $1"), "");  // A parameter may be the word.
  EXPECT_NE(danger("RESTORE k 0 x REPLACE"), "");
  EXPECT_NE(danger("RESTORE k 0 x ABSTTL $2"), "");
  for (const char* text :
       {"RENAME a", "RENAMENX a b", "COPY a b", "COPY a REPLACE", "COPY a b DB 1",
        "RESTORE k 0 REPLACE", "RESTORE k 0 x ABSTTL", "SET a b", "COPY"})
    EXPECT_EQ(danger(text), "") << text;
}

}  // namespace
}  // namespace dbops::redis
