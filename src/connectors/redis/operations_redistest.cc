// What is declared for Redis alone.
#include <gmock/gmock-matchers.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "connectors/redis/connector.h"
#include "connectors/redis/messages.h"
#include "connectors/redis/session.h"
#include "connectors/redis/testing.h"

namespace dbops::redis {
namespace {

using testing::HasSubstr;
using namespace std::literals;

class RedisOperations : public testing::Test {
 protected:
  void SetUp() override {
    url_ = at_database(server_url(), 5);
    auto session = connect_to(url_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_EQ(*run(*session_, "FLUSHDB"), "OK");
  }

  // The rows, or "code: message".
  std::string operate(std::string_view name, std::string_view json) {
    const auto all = connector().operations();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Operation& each) { return each.name == name; });
    if (found == all.end()) return "no such operation";
    const auto given = parse_json(json);
    auto arguments = read_arguments(found->arguments, given->as_object());
    if (!arguments) return arguments.error().message;
    auto stream = found->run({}, *session_, *std::move(arguments));
    if (!stream)
      return std::string(dbops::name(stream.error().code)) + ": " + stream.error().message;
    const auto rows = read_all({}, **stream);
    warnings_ = (*stream)->summary().warnings;
    return rows.value_or("failed midway");
  }

  std::string url_;
  std::unique_ptr<Session> session_;
  std::vector<std::string> warnings_;
};

TEST_F(RedisOperations, SumUpKeys) {
  ASSERT_TRUE(run(*session_,
                  "SET s 0123456789 EX 1000\nHSET h f 1\nRPUSH l a b\nZADD z 1 m\n"
                  "SADD t x\nXADD x 1-1 f v"));
  const std::string rows =
      operate("key_summary", R"({"keys": ["s", "h", "l", "z", "t", "x", "none"]})");
  EXPECT_THAT(rows, HasSubstr("|embstr|10|")) << rows;
  EXPECT_THAT(rows, HasSubstr("0123456789"));
  EXPECT_THAT(rows, HasSubstr("h|hash|-1|"));
  EXPECT_THAT(rows, HasSubstr("[\"a\",\"b\"]"));
  EXPECT_THAT(rows, HasSubstr("z|zset|-1|"));
  EXPECT_THAT(rows, HasSubstr("[\"x\"]"));
  EXPECT_THAT(rows, HasSubstr("\"1-1\""));
  EXPECT_THAT(rows, HasSubstr("none|null|null|null|null|null|null|null|null"));
  std::string many = R"({"keys": ["k")";
  for (int i = 0; i < 100; ++i) many += ", \"k\"";
  EXPECT_THAT(operate("key_summary", many + "]}"), HasSubstr("too_large"));
}

TEST_F(RedisOperations, DeleteKeysByPattern) {
  std::string sets;
  for (int i = 0; i < 999; ++i) sets += "SET gone:" + std::to_string(i) + " 1\n";
  ASSERT_TRUE(run(*session_, sets + "SET stays 1"));
  const std::string seen = operate("delete_keys", R"({"match": "gone:*", "preview": true})");
  EXPECT_TRUE(seen.starts_with("999|0|[\"gone:0\"")) << seen;
  EXPECT_EQ(*run(*session_, "DBSIZE"), "1000");
  EXPECT_TRUE(operate("delete_keys", R"({"match": "gone:*"})").starts_with("999|999|["));
  EXPECT_EQ(*run(*session_, "DBSIZE"), "1");
  EXPECT_THAT(operate("delete_keys", R"({"match": "gone:*"})"), HasSubstr("0|0|[]"));
  for (const Operation& operation : connector().operations()) {
    if (operation.name != "delete_keys") continue;
    EXPECT_EQ(operation.tier, Tier::write);
    const auto danger = [&](const char* json) {
      return operation.danger(*read_arguments(operation.arguments, parse_json(json)->as_object()));
    };
    EXPECT_THAT(danger(R"({"match": "a*"})"), HasSubstr("every key that matches a*"));
    EXPECT_EQ(danger(R"({"match": "a*", "preview": true})"), "");
  }
}

TEST_F(RedisOperations, CollectMessages) {
  for (const char* variable : {"DBOPS_TEST_REDIS", "DBOPS_TEST_REDIS_OLD"}) {
    const std::string url = server_url(variable);
    session_ = *connect_to(url);
    const auto publisher = connect_to(url);
    ASSERT_TRUE(publisher);
    const Channels channels{.names = {"c " + std::string(variable)}, .patterns = {"news.*"}};
    Link& link = dynamic_cast<RedisSession&>(*session_).link();
    auto stream = collect_messages({}, link, channels, 60s, 3);
    ASSERT_TRUE(stream) << stream.error().message;
    // Until the server has taken the subscription.
    const std::string publish = "PUBLISH \"" + channels.names[0] + "\" ";
    while (run(**publisher, publish + "one").value_or("?") == "0") continue;
    while (run(**publisher, "PUBLISH news.x \"\\xff\"").value_or("?") == "0") continue;
    ASSERT_TRUE(run(**publisher, publish + "three\n" + publish + "four"));
    EXPECT_EQ(read_all({}, **stream).value_or("?"), channels.names[0] + "|null|one\n" +
                                                        "news.x|news.*|\\xff\n" +
                                                        channels.names[0] + "|null|three");
    stream->reset();
    EXPECT_TRUE(session_->broken());  // It had subscribed.
  }
  session_ = *connect_to(url_);
  EXPECT_EQ(operate("collect_messages", R"({"channels":["silence"],"seconds":1})"), "");
  EXPECT_TRUE(session_->broken());
  session_ = *connect_to(url_);
  EXPECT_THAT(operate("collect_messages", R"({"channels":[]})"),
              HasSubstr("invalid_argument: no channel was named"));
}

TEST_F(RedisOperations, TakeKeysOfAnyBytes) {
  ASSERT_TRUE(run(*session_, "SET a 1\nSET \"\\xff\\x00\" 1 PX 100000"));
  EXPECT_THAT(operate("ttl", R"({"keys":["a","none",{"base64":"/wA="}]})"),
              testing::MatchesRegex("a\\|-1\nnone\\|-2\n\\\\xff00\\|[0-9]+"));
  EXPECT_THAT(operate("memory_usage", R"({"keys":["a","none"]})"),
              testing::MatchesRegex("a\\|[0-9]+\nnone\\|null"));
  EXPECT_THAT(operate("ttl", R"({"keys":[null]})"), HasSubstr("invalid_argument"));
}

TEST_F(RedisOperations, ScanInParts) {
  std::string all = "MSET";
  for (int i = 0; i < 500; ++i) all += " k" + std::to_string(i) + " v";
  ASSERT_TRUE(run(*session_, all + "\nHSET h f v"));
  EXPECT_EQ(operate("scan_keys", R"({"match":"h","count":10000})"), "h");
  EXPECT_TRUE(warnings_.empty());
  EXPECT_EQ(operate("scan_keys", R"({"type":"hash","count":10000})"), "h");
  operate("scan_keys", R"({"count":10})");
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], HasSubstr("cursor"));
  EXPECT_THAT(operate("scan_keys", R"({"cursor":"x"})"), HasSubstr("data: "));
}

TEST_F(RedisOperations, NameTheLargestKeys) {
  ASSERT_TRUE(run(*session_, "SET small 1\nSET large \"" + std::string(5000, 'x') +
                                 "\" EX 1000\nRPUSH list a b\nSET \"\\xff\" 1"));
  EXPECT_THAT(operate("big_keys", R"({"top": 2})"),
              testing::MatchesRegex("large\\|string\\|5[0-9]{3}\\|5000\\|[0-9]+\n"
                                    "list\\|list\\|[0-9]+\\|2\\|-1"));
  EXPECT_TRUE(warnings_.empty());
  EXPECT_THAT(operate("big_keys", R"({"match": "s*"})"), testing::StartsWith("small|string|"));
  EXPECT_EQ(operate("big_keys", R"({"match": "none*"})"), "");
  std::string many = "MSET";
  for (int i = 0; i < 2500; ++i) many += " k" + std::to_string(i) + " 1";
  ASSERT_TRUE(run(*session_, many));
  const std::string rows = operate("big_keys", R"({"sample": 1, "top": 1000})");
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 999);
  EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr("there are more")));
}

TEST_F(RedisOperations, NameTheKeysUsedMost) {
  ASSERT_TRUE(run(*session_, "SET a 1\nHSET b f 1"));
  const std::string last = operate("hot_keys", "{}");
  EXPECT_THAT(last, testing::ContainsRegex("a\\|string\\|null\\|[0-9]+"));
  EXPECT_THAT(last, testing::ContainsRegex("b\\|hash\\|null\\|[0-9]+"));
  EXPECT_THAT(warnings_, testing::ElementsAre(HasSubstr("does not count")));
  ASSERT_TRUE(run(*session_, "CONFIG SET maxmemory-policy allkeys-lfu\nFLUSHDB\nSET c 1\nSET d 1"));
  std::string reads;
  for (int i = 0; i < 900; ++i) reads += "GET c\n";
  ASSERT_TRUE(run(*session_, reads));
  EXPECT_THAT(operate("hot_keys", R"({"top": 1})"),
              testing::MatchesRegex("c\\|string\\|[0-9]+\\|null"));
  EXPECT_TRUE(warnings_.empty());
  ASSERT_TRUE(run(*session_, "CONFIG SET maxmemory-policy noeviction"));
}

TEST_F(RedisOperations, LookAtOthersOnlyAsAdmin) {
  for (const char* name : {"client_list", "slowlog", "config_get"})
    EXPECT_THAT(operate(name, "{}"), testing::Not(HasSubstr("forbidden"))) << name;
  auto other = connect_to(url_, Tier::write);
  ASSERT_TRUE(other);
  session_ = std::move(*other);
  for (const char* name : {"client_list", "slowlog", "config_get"})
    EXPECT_THAT(operate(name, "{}"), HasSubstr("forbidden")) << name;
  EXPECT_THAT(operate("kill_client", R"({"client":1})"), HasSubstr("forbidden"));
}

TEST_F(RedisOperations, HidePasswords) {
  const std::string all = operate("config_get", R"({"pattern":"*pass*"})");
  EXPECT_THAT(all, HasSubstr("requirepass|***"));
  EXPECT_THAT(operate("config_get", R"({"pattern":"maxmemory"})"), HasSubstr("maxmemory|0"));
}

TEST_F(RedisOperations, EndAnotherClient) {
  auto other = connect_to(url_);
  ASSERT_TRUE(other);
  const std::string id = *run(**other, "CLIENT ID");
  EXPECT_THAT(operate("client_list", "{}"), HasSubstr(id + "|127.0.0.1:"));
  EXPECT_EQ(operate("kill_client", R"({"client":)" + id + "}"), id + "|true");
  EXPECT_EQ((*other)->ping({}).error().code, Code::disconnected);
  EXPECT_THAT(operate("kill_client", R"({"client":)" + id + "}"), HasSubstr("not_found"));
  const std::string own = *run(*session_, "CLIENT ID");
  EXPECT_THAT(operate("kill_client", R"({"client":)" + own + "}"), HasSubstr("not_found"));
}

TEST_F(RedisOperations, ShowTheSlowLog) {
  ASSERT_TRUE(run(*session_,
                  "CONFIG SET slowlog-log-slower-than 0\nGET \"a b\"\n"
                  "CONFIG SET slowlog-log-slower-than 10000"));
  EXPECT_THAT(operate("slowlog", R"({"entries":100})"), HasSubstr("GET \"a b\""));
}

}  // namespace
}  // namespace dbops::redis
