// A real server behind the gate: links that are cut, stalled and late.

#include <chrono>

#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"
#include "core/connections.h"
#include "gate/gate.h"

namespace dbops::mongodb {
namespace {

using gate::Action;
using gate::Direction;
using namespace std::literals;

class MongoFaults : public testing::Test {
 protected:
  void SetUp() override {
    const std::string url = server_url();
    gate_ = std::make_unique<gate::Gate>(port_of(url));
    url_ = at_database(url, "faults", "&rows=flat", gate_->port());
    session_ = connect();
    ASSERT_TRUE(session_ && run(*session_, R"({"dropDatabase": 1})"));
  }
  std::unique_ptr<Session> connect() const {
    auto session = connect_to(url_);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  // What the server counts, on a link of its own.
  // With a filter, for without one DocumentDB answers from its statistics.
  std::string count() const {
    return run(*connect(), R"({"count": "c", "query": {"_id": {"$exists": true}}})").value_or("?");
  }
  // The next reply ends after so many bytes.
  void cut_after(uint64_t bytes, Action action) {
    gate_->arm({.action = action, .direction = Direction::to_client, .after = bytes});
  }

  std::unique_ptr<gate::Gate> gate_;
  std::string url_;
  std::unique_ptr<Session> session_;
};

TEST_F(MongoFaults, AReadThatIsCutDoesNothing) {
  for (const Action action : {Action::reset, Action::finish}) {
    for (const uint64_t bytes : {0, 1, 15, 16, 20, 40}) {
      session_ = connect();
      cut_after(bytes, action);
      const auto answer = run(*session_, R"({"find": "c"})", Mode::read);
      ASSERT_FALSE(answer) << bytes;
      EXPECT_EQ(answer.error().code, Code::disconnected) << answer.error().message;
      EXPECT_EQ(answer.error().effect, Effect::none);
      EXPECT_TRUE(answer.error().session_broken);
      EXPECT_TRUE(session_->broken());
    }
  }
}

TEST_F(MongoFaults, AWriteWhoseReplyIsLostMayHaveHappenedAndIsNotTriedAgain) {
  for (const char* id : {"1", "2"}) {
    session_ = connect();
    cut_after(4, Action::finish);
    const auto answer =
        run(*session_, R"({"insert": "c", "documents": [{"_id": )" + std::string(id) + "}]}");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Code::disconnected) << answer.error().message;
    EXPECT_EQ(answer.error().effect, Effect::unknown);
  }
  EXPECT_EQ(count(), "2|1");
}

TEST_F(MongoFaults, CommandsBeforeTheCutStay) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1}]})"));
  const auto script =
      connector().dialect().parse(R"({"insert": "c", "documents": [{"_id": 2}]} {"find": "c"})");
  const Parameters none;
  const auto results = session_->queries()->run({}, *script, none, Mode::write);
  ASSERT_TRUE(*(*results)->next({}));
  gate_->apply(Action::reset);
  const auto next = (*results)->next({});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, Code::disconnected);
  EXPECT_EQ(next.error().effect, Effect::applied);
  EXPECT_EQ(count(), "2|1");
}

TEST_F(MongoFaults, APoolHeals) {
  ConnectionOptions options;
  options.name = "m";
  options.url = Secret(url_);
  Connection connection(options, connector());
  {
    auto lease = connection.pool().acquire({});
    ASSERT_TRUE(lease);
    gate_->apply(Action::reset);
    EXPECT_FALSE(run(**lease, R"({"ping": 1})", Mode::read));
  }
  auto lease = connection.pool().acquire({});
  ASSERT_TRUE(lease) << lease.error().message;
  EXPECT_EQ(run(**lease, R"({"ping": 1})", Mode::read).value_or("?"), "1");
}

TEST_F(MongoFaults, AStalledReplyEndsAtTheDeadline) {
  gate_->apply(Action::stall);
  Context context;
  context.deadline = Deadline::after(50ms);
  const auto answer =
      run(*session_, R"({"insert": "c", "documents": [{"_id": 9}]})", Mode::write, context);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::timeout);
  EXPECT_EQ(answer.error().effect, Effect::unknown);
  EXPECT_TRUE(session_->broken());
  gate_->flow();
  EXPECT_TRUE(connect()->ping({}));
}

TEST_F(MongoFaults, ASlowLinkIsNoFault) {
  gate_->delay(5ms);
  EXPECT_EQ(run(*session_, R"({"ping": 1} {"count": "c", "query": {"_id": {"$exists": true}}})",
                Mode::read)
                .value_or("?"),
            "1\n0|1");
  EXPECT_FALSE(session_->broken());
}

TEST_F(MongoFaults, ACutWithinACursorIsTold) {
  std::string documents;
  for (int i = 0; i < 1000; ++i)
    documents += (i > 0 ? ", " : "") + (R"({"_id": )" + std::to_string(i)) + "}";
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [)" + documents + "]}"));
  const auto script = connector().dialect().parse(R"({"find": "c", "batchSize": 10})");
  const Parameters none;
  {
    const auto results = session_->queries()->run({}, *script, none, Mode::read);
    Stream* stream = *(*results)->next({});
    Batch batch;
    ASSERT_TRUE(*stream->next({}, batch));
    gate_->apply(Action::finish);
    const auto more = stream->next({}, batch);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::disconnected) << more.error().message;
    EXPECT_TRUE(more.error().session_broken);
  }
  EXPECT_TRUE(session_->broken());
}

}  // namespace
}  // namespace dbops::mongodb
