// A real server behind the gate: links that are cut, stalled and late.
#include <chrono>

#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"
#include "core/connections.h"
#include "gate/gate.h"

namespace dbops::redis {
namespace {

using gate::Action;
using gate::Direction;
using namespace std::literals;

class RedisFaults : public testing::Test {
 protected:
  void SetUp() override {
    const std::string url = server_url();
    gate_ = std::make_unique<gate::Gate>(port_of(url));
    url_ = at_database(url, 6, gate_->port());
    session_ = connect();
    ASSERT_EQ(*run(*session_, "FLUSHDB"), "OK");
  }
  std::unique_ptr<Session> connect() const {
    auto session = connect_to(url_);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  // What the server has now, on a link of its own.
  std::string now(std::string_view command) const { return run(*connect(), command).value_or("?"); }
  // The next reply ends after so many bytes.
  void cut_after(uint64_t bytes, Action action) {
    gate_->arm({.action = action, .direction = Direction::to_client, .after = bytes});
  }

  std::unique_ptr<gate::Gate> gate_;
  std::string url_;
  std::unique_ptr<Session> session_;
};

TEST_F(RedisFaults, AReadThatIsCutDoesNothing) {
  ASSERT_TRUE(run(*session_, "SET k 0123456789\nGET k", Mode::write));
  ASSERT_TRUE(run(*session_, "GET k", Mode::read));  // So that the server is asked no more of GET.
  for (const Action action : {Action::reset, Action::finish}) {
    for (const uint64_t bytes : {0, 1, 3, 5, 9, 16}) {
      session_ = connect();
      ASSERT_TRUE(run(*session_, "GET k", Mode::read));
      cut_after(bytes, action);
      const auto answer = run(*session_, "GET k", Mode::read);
      ASSERT_FALSE(answer) << bytes;
      EXPECT_EQ(answer.error().code, Code::disconnected) << answer.error().message;
      EXPECT_EQ(answer.error().effect, Effect::none);
      EXPECT_TRUE(answer.error().session_broken);
      EXPECT_TRUE(session_->broken());
    }
  }
}

TEST_F(RedisFaults, AWriteWhoseReplyIsLostMayHaveHappened) {
  for (const uint64_t bytes : {0, 2}) {
    session_ = connect();
    cut_after(bytes, Action::finish);
    const auto answer = run(*session_, "INCR n");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::disconnected) << answer.error().message;
    EXPECT_EQ(answer.error().effect, Effect::unknown);
  }
  EXPECT_EQ(now("GET n"), "2");  // It was not tried again.
}

TEST_F(RedisFaults, AWriteThatWasAnsweredInPartHasHappened) {
  ASSERT_TRUE(run(*session_, "RPUSH l aaaaaaaaaa bbbbbbbbbb cccccccccc"));
  cut_after(25, Action::finish);  // The head and the first value.
  const auto answer = run(*session_, "LPOP l 3");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::applied) << answer.error().message;
  EXPECT_EQ(now("EXISTS l"), "0");
}

// All three were sent together, so the last one may have run, as it has.
TEST_F(RedisFaults, CommandsBehindTheCutMayHaveRun) {
  ASSERT_TRUE(run(*session_, "SET a 1"));
  cut_after(10, Action::finish);  // PTTL's ":-1\r\n", "+OK\r\n", and nothing of the second reply.
  const auto answer = run(*session_, "SET a 2\nGET a\nSET a 3");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::disconnected);
  EXPECT_EQ(answer.error().effect, Effect::unknown);
  EXPECT_EQ(now("GET a"), "3");
}

TEST_F(RedisFaults, CommandsBeforeTheCutStay) {
  ASSERT_TRUE(run(*session_, "SET a 1"));
  cut_after(10, Action::finish);
  const auto answer = run(*session_, "SET a 2\nGET a\nGET a");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::applied);
  EXPECT_EQ(now("GET a"), "2");
}

TEST_F(RedisFaults, APoolHeals) {
  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(url_);
  Connection connection(options, connector());
  {
    auto lease = connection.pool().acquire({});
    ASSERT_TRUE(lease);
    gate_->apply(Action::reset);
    EXPECT_FALSE(run(**lease, "PING", Mode::read));
  }
  auto lease = connection.pool().acquire({});
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(run(**lease, "PING", Mode::read).value_or("?"), "PONG");
}

TEST_F(RedisFaults, AStalledReplyEndsAtTheDeadline) {
  gate_->apply(Action::stall);
  Context context;
  context.deadline = Deadline::after(50ms);
  const auto answer = run(*session_, "SET k v", Mode::write, context);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::timeout);
  EXPECT_EQ(answer.error().effect, Effect::unknown);
  EXPECT_TRUE(session_->broken());
  gate_->flow();
  EXPECT_EQ(now("PING"), "PONG");
}

TEST_F(RedisFaults, AStalledConnectEndsAtItsTimeout) {
  gate_->apply(Action::stall);
  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(url_);
  options.connect_timeout = 50ms;
  const auto session = connector().connect({}, options);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::timeout);
  EXPECT_NE(session.error().hint.find("TLS"), std::string::npos);
}

TEST_F(RedisFaults, ASlowLinkIsNoFault) {
  ASSERT_TRUE(run(*session_, "RPUSH l a b c"));
  gate_->delay(5ms);
  EXPECT_EQ(run(*session_, "LRANGE l 0 -1\nPING", Mode::read).value_or("?"), "a\nb\nc\nPONG");
  EXPECT_FALSE(session_->broken());
}

}  // namespace
}  // namespace dbops::redis
