// MULTI ... EXEC against real servers, and behind the gate.
#include <gmock/gmock-matchers.h>

#include <thread>

#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"
#include "gate/gate.h"

namespace dbops::redis {
namespace {

using gate::Action;
using gate::Direction;
using testing::HasSubstr;

// Of the server in that variable.
class RedisTransaction : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string url = server_url(GetParam());
    gate_ = std::make_unique<gate::Gate>(port_of(url));
    direct_ = open(at_database(url, 7));
    url_ = at_database(url, 7, gate_->port());
    session_ = open(url_);
    ASSERT_EQ(run("FLUSHDB"), "OK");
  }
  static std::unique_ptr<Session> open(const std::string& url, Tier tier = Tier::admin) {
    auto session = connect_to(url, tier);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  std::string run(std::string_view text, Mode mode = Mode::write, const Context& context = {}) {
    auto shown = redis::run(*session_, text, mode, context);
    if (shown) return *std::move(shown);
    return std::string(name((error_ = shown.error()).code));
  }
  // Past the gate.
  std::string now(std::string_view text) { return redis::run(*direct_, text).value_or("?"); }
  // The link takes part in nothing any more, and goes on.
  void expect_clean() {
    EXPECT_FALSE(session_->broken());
    EXPECT_EQ(run("SET clean 1\nGET clean"), "OK\n1");
  }
  void fire(Action action, uint64_t after) {
    gate_->arm({.action = action, .direction = Direction::to_client, .after = after});
  }

  std::unique_ptr<gate::Gate> gate_;
  std::unique_ptr<Session> direct_;
  std::string url_;
  std::unique_ptr<Session> session_;
  Error error_;
};

TEST_P(RedisTransaction, AnswersAsAPipelineDoes) {
  EXPECT_EQ(run("MULTI\nSET a \"x\\x00\"\nINCR n\nHSET h f 1 g 2\nGET none\nLRANGE none 0 -1\n"
                "RPUSH l 1 2 3\nLRANGE l 0 -1\nSMEMBERS h2\nEXEC"),
            "OK\n1\n2\nnull\n\n3\n1\n2\n3\n");
  EXPECT_EQ(run("WATCH a n\nGET n\nSTRLEN a\nMULTI\nINCR n\nEXEC"), "1\n2\n2");
  expect_clean();
}

TEST_P(RedisTransaction, ReadsAtOnePointInTime) {
  EXPECT_EQ(run("SET a 1\nHSET h f 1"), "OK\n1");
  session_ = open(url_, Tier::read);
  EXPECT_THAT(run("MULTI\nGET a\nHGETALL h\nEXEC", Mode::read), HasSubstr("1\nf"));
  EXPECT_EQ(run("MULTI\nGET a\nSET a 2\nEXEC", Mode::read), "forbidden");
  EXPECT_EQ(run("MULTI\nGET a\nSET a 2\nEXEC"), "forbidden");
  EXPECT_EQ(run("MULTI\nGET a\nFLUSHDB\nEXEC"), "forbidden");
  EXPECT_EQ(run("MULTI\nGET a\nEXEC", Mode::rehearse), "unsupported");
  EXPECT_EQ(run("GET a", Mode::read), "1");
}

TEST_P(RedisTransaction, DoesNothingWhereACommandIsNotTaken) {
  EXPECT_EQ(run("MULTI\nSET a 1\nGET\nSET b 1\nEXEC"), "syntax");
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_THAT(error_.message, HasSubstr("nothing of the transaction ran"));
  EXPECT_EQ(run("WATCH a\nHGETALL a\nLRANGE b 0 -1 2\nMULTI\nSET a 1\nEXEC"), "syntax");
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_EQ(run("EXISTS a b"), "0");
  expect_clean();
}

// Redis takes nothing back: what failed is said, and that the others ran.
TEST_P(RedisTransaction, SaysWhichCommandFailedWithin) {
  EXPECT_EQ(run("MULTI\nSET a 1\nLPUSH a x\nINCR a\nEXEC"), "data");
  EXPECT_EQ(error_.effect, Effect::applied);
  EXPECT_EQ(error_.native_code, "WRONGTYPE");
  EXPECT_THAT(error_.message, HasSubstr("(command 2 of the transaction; the others ran)"));
  EXPECT_EQ(run("GET a"), "2");
  expect_clean();
}

TEST_P(RedisTransaction, IsAConflictWhereAWatchedKeyWasChanged) {
  ASSERT_EQ(run("SET a 1"), "OK");
  fire(Action::stall, 0);  // The server has WATCH and MULTI, and we don't hear of it.
  std::thread changer([&] {
    EXPECT_TRUE(gate_->wait([](const gate::Counts& counts) { return counts.fired == 1; }));
    EXPECT_EQ(now("SET a 2"), "OK");
    gate_->flow();
  });
  EXPECT_EQ(run("WATCH a\nMULTI\nSET a 3\nEXEC"), "conflict");
  changer.join();
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_TRUE(error_.retryable);
  EXPECT_EQ(run("GET a"), "2");
  EXPECT_EQ(run("WATCH a\nMULTI\nSET a 3\nEXEC"), "OK");
  expect_clean();
}

// MULTI is answered by 5 bytes, a command by 9 that say that it is queued.
TEST_P(RedisTransaction, IsInDoubtOnlyBehindExec) {
  for (const uint64_t bytes : {0, 3, 5, 10}) {
    session_ = open(url_);
    fire(Action::finish, bytes);
    EXPECT_EQ(run("MULTI\nINCR n\nEXEC"), "disconnected") << bytes;
    EXPECT_EQ(error_.effect, Effect::none) << bytes;
    EXPECT_TRUE(session_->broken());
  }
  EXPECT_EQ(now("EXISTS n"), "0");
  for (const uint64_t bytes : {14, 16}) {
    session_ = open(url_);
    fire(Action::finish, bytes);
    EXPECT_EQ(run("MULTI\nINCR n\nEXEC"), "disconnected") << bytes;
    EXPECT_EQ(error_.effect, Effect::unknown) << bytes;
    EXPECT_TRUE(session_->broken());
  }
  EXPECT_EQ(now("GET n"), "2");  // It was not tried again.
  session_ = open(url_);
  fire(Action::finish, 18);  // Behind the head of the answer.
  EXPECT_EQ(run("MULTI\nINCR n\nEXEC"), "disconnected");
  EXPECT_EQ(error_.effect, Effect::applied);
  EXPECT_EQ(now("GET n"), "3");
}

TEST_P(RedisTransaction, DoesNotComeBackToThePool) {
  fire(Action::stall, 5);  // MULTI was taken.
  Context context;
  context.cancel = Cancel::create();
  std::thread canceller([&] {
    EXPECT_TRUE(gate_->wait([](const gate::Counts& counts) { return counts.fired == 1; }));
    context.cancel.request();
  });
  EXPECT_EQ(run("MULTI\nINCR n\nEXEC", Mode::write, context), "cancelled");
  canceller.join();
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_TRUE(session_->broken());
  gate_->flow();
  EXPECT_EQ(now("EXISTS n"), "0");
  session_ = open(url_);
  const auto script = connector().dialect().parse("MULTI\nINCR n\nINCR n\nEXEC");
  ASSERT_TRUE(script);
  const Parameters none;
  // Given up behind the first answer, and before any.
  auto results = session_->queries()->run({}, *script, none, Mode::write);
  ASSERT_TRUE(results);
  ASSERT_TRUE((*results)->next({}));
  results->reset();
  ASSERT_TRUE(results = session_->queries()->run({}, *script, none, Mode::write));
  results->reset();
  EXPECT_EQ(run("GET n"), "2");
  expect_clean();
}

// Without MULTI the commands behind it would run one by one.
TEST_P(RedisTransaction, RunsNothingWhereMultiIsDenied) {
  ASSERT_EQ(run("ACL SETUSER bob on >geheim ~* +@all -multi"), "OK");
  const std::string place = url_.substr(url_.rfind('@') + 1);
  session_ = open("redis://bob:geheim@" + place);
  EXPECT_EQ(run("MULTI\nSET a 1\nEXEC"), "denied");
  EXPECT_EQ(error_.effect, Effect::none);
  EXPECT_EQ(run("WATCH a\nMULTI\nSET a 1\nEXEC"), "denied");
  EXPECT_EQ(run("EXISTS a"), "0");
  EXPECT_EQ(now("ACL DELUSER bob"), "1");
}

TEST_P(RedisTransaction, TakesParametersOfItsOnlyCommand) {
  const auto script = connector().dialect().parse("WATCH k\nMULTI\nSET k $1\nEXEC");
  ASSERT_TRUE(script);
  Parameters parameters;
  parameters.items.push_back({.name = {}, .value = Value::text("a b")});
  auto results = session_->queries()->run({}, *script, parameters, Mode::write);
  ASSERT_TRUE(results) << results.error().message;
  ASSERT_TRUE((*results)->next({}));
  results->reset();
  EXPECT_EQ(run("GET k"), "a b");
}

INSTANTIATE_TEST_SUITE_P(Redis, RedisTransaction, testing::Values("DBOPS_TEST_REDIS"));
// Version 2 of the protocol alone.
INSTANTIATE_TEST_SUITE_P(Old, RedisTransaction, testing::Values("DBOPS_TEST_REDIS_OLD"));

}  // namespace
}  // namespace dbops::redis
