// The connector against the server in DBOPS_TEST_REDIS.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"
#include "core/catalog.h"
#include "net/url.h"

namespace dbops::redis {
namespace {

using namespace std::literals;

class RedisServer : public testing::Test {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url());
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_EQ(run("FLUSHDB"), "OK");
  }

  // Cells joined by '|', rows by '\n', or the name of the error's code.
  std::string run(std::string_view text, Mode mode = Mode::write, const Context& context = {}) {
    auto shown = redis::run(*session_, text, mode, context);
    if (shown) return *std::move(shown);
    return std::string(name((error_ = shown.error()).code));
  }

  std::unique_ptr<Session> session_;
  Error error_;
};

TEST_F(RedisServer, AnswersEachKindOfReplyAsRows) {
  EXPECT_EQ(run("SET k \"a b\""), "OK");
  EXPECT_EQ(run("GET k", Mode::read), "a b");
  EXPECT_EQ(run("GET none", Mode::read), "null");
  EXPECT_EQ(run("SET e ''\nGET e"), "OK\n");
  EXPECT_EQ(run("INCR n\nINCRBY n 9223372036854775806"), "1\n9223372036854775807");
  EXPECT_EQ(run("HSET h f 1 g 2"), "2");
  EXPECT_EQ(run("HGETALL h", Mode::read), "f|1\ng|2");
  EXPECT_EQ(run("HGETALL none", Mode::read), "");
  EXPECT_EQ(run("RPUSH l a b c\nLRANGE l 0 -1"), "3\na\nb\nc");
  EXPECT_EQ(run("ZADD z 1.5 a inf b"), "2");
  EXPECT_EQ(run("ZRANGE z 0 -1 WITHSCORES", Mode::read), "[\"a\",1.5]\n[\"b\",\"Infinity\"]");
  EXPECT_EQ(run("ZSCORE z a", Mode::read), "1.5");
  EXPECT_EQ(run("MGET k none e", Mode::read), "a b\nnull\n");
  EXPECT_EQ(run("XADD s 1-1 f v\nXRANGE s - +"), "1-1\n[\"1-1\",[\"f\",\"v\"]]");
}

TEST_F(RedisServer, CarriesEveryByteBothWays) {
  EXPECT_EQ(run(R"(SET "\x00\xff" "\x00\r\n\xfe")"), "OK");
  EXPECT_EQ(run(R"(GET "\x00\xff")", Mode::read), "\\x000d0afe");
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(run("SET large " + large), "OK");
  EXPECT_EQ(run("GET large", Mode::read), large);
}

TEST_F(RedisServer, ReadsManyRowsInBatches) {
  std::string push = "RPUSH l";
  for (int i = 0; i < 5000; ++i) push += " v" + std::to_string(i);
  EXPECT_EQ(run(push), "5000");
  const std::string all = run("LRANGE l 0 -1", Mode::read);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4999);
  EXPECT_TRUE(all.ends_with("\nv4999"));
}

TEST_F(RedisServer, RefusesWritesInTheReadTier) {
  EXPECT_EQ(run("SET k v", Mode::read), "forbidden");
  EXPECT_EQ(run("GET k\nDEL k", Mode::read), "forbidden");
  EXPECT_EQ(run("EVAL \"return 1\" 0", Mode::read), "forbidden");
  EXPECT_EQ(run("NOSUCH k", Mode::read), "forbidden");
  EXPECT_EQ(run("SET k v", Mode::rehearse), "unsupported");
  auto reader = connect_to(server_url(), Tier::read);
  ASSERT_TRUE(reader);
  session_ = std::move(*reader);
  EXPECT_EQ(run("SET k v"), "forbidden");
  EXPECT_EQ(run("EXISTS k", Mode::read), "0");
}

// What this table calls a read, the server doesn't call a write.
TEST_F(RedisServer, AgreesWithTheTableOfReads) {
  for (const std::string_view command : connector().dialect().keywords()) {
    const auto script = connector().dialect().parse(command);
    ASSERT_TRUE(script) << command;
    if (script->tier() != Tier::read) continue;
    run(command, Mode::read);
    EXPECT_NE(error_.code, Code::forbidden) << command << ": " << error_.message;
    error_ = {};
  }
}

TEST_F(RedisServer, SaysWhatWentWrong) {
  EXPECT_EQ(run("LPUSH l a\nGET l"), "data");
  EXPECT_EQ(error_.native_code, "WRONGTYPE");
  EXPECT_EQ(error_.effect, Effect::applied);
  EXPECT_EQ(run("GET"), "syntax");
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_EQ(run("NOSUCHCOMMAND a"), "syntax");
  EXPECT_EQ(run("RENAME none other"), "not_found");
  EXPECT_FALSE(session_->broken());
  EXPECT_EQ(run("PING", Mode::read), "PONG");
}

// A pipeline goes on behind an error, as the server sees it: that is said.
TEST_F(RedisServer, RunsTheCommandsOfAScriptTogether) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "INCR n\n";
  EXPECT_TRUE(run(text).ends_with("999\n1000"));
  EXPECT_EQ(run("SET k v\nLPUSH k a\nINCR n\nINCR n"), "data");
  EXPECT_EQ(error_.effect, Effect::applied);
  EXPECT_NE(error_.message.find("(command 2, which was sent with 2 behind it; they ran)"),
            std::string::npos)
      << error_.message;
  EXPECT_FALSE(session_->broken());
  EXPECT_EQ(run("GET n", Mode::read), "1002");
  // Values beyond what goes into one write.
  const std::string large(100'000, 'x');
  EXPECT_EQ(run("SET a " + large + "\nSET b " + large + "\nSTRLEN a\nSTRLEN b"),
            "OK\nOK\n100000\n100000");
  // A read that is refused by the server's own word stops those behind it alone.
  EXPECT_EQ(run("GET n\nSORT n", Mode::read), "forbidden");
}

TEST_F(RedisServer, EndsAWaitWhenCancelled) {
  Context context;
  context.cancel = Cancel::create();
  std::chrono::steady_clock::time_point requested;
  std::thread canceller([&] {
    auto other = connect_to(server_url());
    ASSERT_TRUE(other);
    // Once the server has the command, its client is blocked there.
    const auto script = connector().dialect().parse("INFO clients");
    for (std::string info; info.find("blocked_clients:1") == std::string::npos;) {
      const Parameters none;
      auto results = (*other)->queries()->run({}, *script, none, Mode::read);
      ASSERT_TRUE(results);
      Batch batch;
      ASSERT_TRUE((*(*results)->next({}))->next({}, batch));
      info = batch.row(0)[0].as_text();
    }
    requested = std::chrono::steady_clock::now();
    context.cancel.request();
  });
  EXPECT_EQ(run("BLPOP none 0", Mode::write, context), "cancelled");
  const auto ended = std::chrono::steady_clock::now();
  canceller.join();
  EXPECT_LT(ended - requested, 200ms);
  EXPECT_TRUE(session_->broken());
  EXPECT_EQ(error_.effect, Effect::unknown);
}

TEST_F(RedisServer, EndsAWaitAtItsDeadline) {
  Context context;
  context.deadline = Deadline::after(50ms);
  EXPECT_EQ(run("XREAD BLOCK 0 STREAMS none $", Mode::read, context), "timeout");
  EXPECT_TRUE(session_->broken());
  EXPECT_EQ(error_.effect, Effect::none);
}

TEST_F(RedisServer, TellsWhoAnswers) {
  const auto info = session_->info({});
  ASSERT_TRUE(info);
  EXPECT_FALSE(info->version.empty());
  EXPECT_EQ(info->user, "default");
  EXPECT_TRUE(session_->ping({}));
}

// What the server itself would let a user do, and the user that the advice makes.
TEST_F(RedisServer, TellsWhatItsUserMay) {
  const auto own = session_->info({});
  ASSERT_TRUE(own);
  EXPECT_EQ(own->granted, Tier::admin);
  EXPECT_TRUE(own->findings.empty());
  auto reader = connect_to(server_url(), Tier::read);
  ASSERT_TRUE(reader);
  const auto held = (*reader)->info({});
  ASSERT_TRUE(held);
  ASSERT_EQ(held->findings.size(), 1u);
  std::string advice = held->findings[0].hint;
  advice = advice.substr(advice.find("ACL SETUSER"));
  ASSERT_EQ(run(advice + "\nACL SETUSER dbops_writer on >PASSWORD ~a* &* +@all -@admin"), "OK\nOK");
  const std::string url = server_url();
  const std::string place = url.substr(url.rfind('@') + 1);
  for (const auto& [user, granted] :
       {std::pair{"dbops_reader", Tier::read}, {"dbops_writer", Tier::write}}) {
    auto session = connect_to("redis://" + std::string(user) + ":PASSWORD@" + place, Tier::read);
    ASSERT_TRUE(session) << session.error().message;
    const auto info = (*session)->info({});
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->granted, granted) << user;
    EXPECT_EQ(info->findings.empty(), granted == Tier::read);
    EXPECT_FALSE((*session)->broken());
    if (granted != Tier::read) continue;
    EXPECT_TRUE((*session)->catalog()->list({}, {}, {}));
    session_ = std::move(*session);
    EXPECT_EQ(run("GET none\nMULTI\nGET none\nEXEC", Mode::read), "null\nnull");
    EXPECT_TRUE(operate(connector(), *session_, "big_keys", "{}"));
    EXPECT_TRUE(operate(connector(), *session_, "export_keys", "{}"));
  }
}

TEST_F(RedisServer, ShowsANameToOthers) {
  EXPECT_NE(run("CLIENT INFO", Mode::read).find(" name=dbops "), std::string::npos);
  for (const char* variable : {"DBOPS_TEST_REDIS", "DBOPS_TEST_REDIS_OLD"}) {
    auto named = connect_to(server_url(variable) + "?client_name=reports");
    ASSERT_TRUE(named) << named.error().message;
    session_ = std::move(*named);
    EXPECT_EQ(run("CLIENT GETNAME", Mode::read), "reports") << variable;
  }
}

TEST_F(RedisServer, ConnectsWithUserAndDatabase) {
  EXPECT_EQ(run("ACL SETUSER ann on >geheim ~* +@all\nSET k zero"), "OK\nOK");
  std::string url = server_url();
  const size_t at = url.rfind('@');
  const std::string place = url.substr(at + 1, url.rfind('/') - at - 1);
  auto ann = connect_to("redis://ann:geheim@" + place + "/3");
  ASSERT_TRUE(ann) << ann.error().message;
  session_ = std::move(*ann);
  EXPECT_EQ(run("EXISTS k", Mode::read), "0");
  EXPECT_EQ(session_->info({})->user, "ann");

  for (const auto& [wrong, code] :
       {std::pair{"redis://ann:falsch!!@" + place, Code::authentication},
        {"redis://" + place, Code::authentication},
        {"redis://ann:geheim@" + place + "/999999", Code::not_found},
        {"redis://127.0.0.1:1"s, Code::unreachable},
        {"redis://nowhere.invalid"s, Code::unknown_host}}) {
    const auto session = connect_to(wrong);
    ASSERT_FALSE(session) << redact_url(wrong);
    EXPECT_EQ(session.error().code, code) << session.error().message;
    EXPECT_EQ(session.error().message.find("falsch"), std::string::npos);
  }
}

}  // namespace
}  // namespace dbops::redis
