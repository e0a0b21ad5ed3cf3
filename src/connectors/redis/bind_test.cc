#include "connectors/redis/bind.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <limits>

namespace dbops::redis {
namespace {

using testing::ElementsAre;
using namespace std::literals;

Result<std::vector<std::string>> bound(std::string_view text, const std::vector<Value>& values,
                                       size_t name_words = 1) {
  size_t at = 0;
  auto line = next_line(text, at);
  Parameters parameters;
  for (const Value& value : values) parameters.add({}, value);
  return bind(**std::move(line), parameters, name_words);
}

TEST(RedisBind, PutsEveryByteIntoItsPlace) {
  const auto words = bound("SET $2 $1 '$1' \"$2\" a$1 $0 $",
                           {Value::text("a b\"\n$2"), Value::view(Kind::bytes, "\0\xff"sv)});
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, ElementsAre("SET", "\0\xff"s, "a b\"\n$2", "$1", "$2", "a$1", "$0", "$"));
}

TEST(RedisBind, WritesNumbersAsRedisReadsThem) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto words = bound(
      "X $1 $2 $3 $4", {Value::integer(-7), Value::real(0.1), Value::real(-inf), Value::real(inf)});
  ASSERT_TRUE(words);
  EXPECT_THAT(*words, ElementsAre("X", "-7", "0.1", "-inf", "inf"));
}

TEST(RedisBind, LeavesWordsAloneWithoutParameters) {
  EXPECT_THAT(*bound("SET $1 $2", {}), ElementsAre("SET", "$1", "$2"));
}

TEST(RedisBind, RefusesWhatDoesNotGoTogether) {
  const Value x = Value::text("x");
  const auto code = [](const auto& words) {
    return words ? std::string("bound") : std::string(name(words.error().code));
  };
  EXPECT_EQ(code(bound("GET $2", {x})), "invalid_argument");
  EXPECT_EQ(code(bound("GET $1", {x, x})), "invalid_argument");
  EXPECT_EQ(code(bound("GET '$1'", {x})), "invalid_argument");
  EXPECT_EQ(code(bound("$1 key", {x})), "invalid_argument");
  EXPECT_EQ(code(bound("CLIENT $1", {x}, 2)), "invalid_argument");
  EXPECT_EQ(code(bound("GET $1", {Value()})), "invalid_argument");
  EXPECT_EQ(code(bound("GET $1", {Value::boolean(true)})), "invalid_argument");
  EXPECT_EQ(code(bound("GET $99999999999999999999", {x})), "invalid_argument");
}

}  // namespace
}  // namespace dbops::redis
