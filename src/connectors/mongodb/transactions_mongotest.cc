// Transactions of a replica set: who sees what when, and what is known of one that was cut off.
#include <gmock/gmock-matchers.h>

#include <chrono>

#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"
#include "gate/gate.h"

namespace dbops::mongodb {
namespace {

using gate::Action;
using testing::HasSubstr;
using namespace std::literals;

constexpr const char* kSet = "DBOPS_TEST_MONGODB_SET";
constexpr const char* kTwoWrites =
    R"({"insert": "c", "documents": [{"_id": 1}]} {"update": "c",
        "updates": [{"q": {"_id": 0}, "u": {"$set": {"a": 1}}}]})";
constexpr const char* kBefore = R"({"_id": 0})";
constexpr const char* kAfter = "{\"_id\": 0, \"a\": 1}\n{\"_id\": 1}";

class MongoTransactions : public testing::Test {
 protected:
  void SetUp() override {
    other_ = connect();
    ASSERT_TRUE(other_ && run(*other_, R"({"dropDatabase": 1})"));
    ASSERT_TRUE(run(*other_, R"({"insert": "c", "documents": [{"_id": 0}]})"));
  }
  static std::unique_ptr<Session> connect(const std::string& options = "", uint16_t port = 0) {
    auto session = connect_to(set_url(kSet, "transactions", options, port));
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  // What all others see.
  std::string seen() {
    return run(*other_, R"({"find": "c", "sort": {"_id": 1}})", Mode::read).value_or("?");
  }
  // Commands of that application fail from here on, so many times.
  void fail_commands(const std::string& name, const std::string& application, int times,
                     const std::string& how) {
    const auto set = run(*other_, R"({"configureFailPoint": "failCommand", "mode": {"times": )" +
                                      std::to_string(times) + R"(}, "data": {"failCommands": [")" +
                                      name + R"("], "appName": ")" + application + "\", " + how +
                                      R"(}, "$db": "admin"})");
    ASSERT_TRUE(set) << set.error().message;
  }

  std::unique_ptr<Session> other_;
};

// A script that was started, and the commands of it that have run.
struct Started {
  Started(Session& session, const char* text, int commands, Mode mode = Mode::write)
      : script(*connector().dialect().parse(text)),
        results(*session.queries()->run({}, script, parameters, mode)) {
    for (int i = 0; i < commands; ++i) EXPECT_TRUE(results->next({}));
  }
  Parameters parameters;
  Script script;
  std::unique_ptr<Results> results;
};

TEST_F(MongoTransactions, NobodySeesThemBeforeTheirCommit) {
  const auto session = connect();
  const Started started(*session, kTwoWrites, 2);
  EXPECT_EQ(seen(), kBefore);
  EXPECT_EQ(*started.results->next({}), nullptr);
  EXPECT_EQ(seen(), kAfter);
}

TEST_F(MongoTransactions, TheSecondOfTwoWritersIsRefusedAndMayTryAgain) {
  const auto first = connect();
  const auto second = connect();
  {
    const Started started(*first, kTwoWrites, 2);
    const auto refused = run(*second, kTwoWrites);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict) << refused.error().message;
    EXPECT_TRUE(refused.error().retryable);
    EXPECT_EQ(refused.error().effect, Effect::none);
    EXPECT_THAT(refused.error().native_code, HasSubstr("112"));
    EXPECT_FALSE(second->broken());
  }
  EXPECT_EQ(seen(), kBefore);
  EXPECT_TRUE(run(*second, kTwoWrites));
  EXPECT_EQ(seen(), kAfter);
}

TEST_F(MongoTransactions, ACommandThatNoneTakesMakesThemRunOneByOne) {
  const auto session = connect();
  const auto failed = run(*session, R"({"insert": "c", "documents": [{"_id": 1}]} {"create": "d"}
                                       {"insert": "c", "documents": [{"_id": 1}]})");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().effect, Effect::applied);
  EXPECT_EQ(seen(), "{\"_id\": 0}\n{\"_id\": 1}");
}

TEST_F(MongoTransactions, AServerThatOnlyClaimsThemIsFoundOut) {
  const auto session = connect("&appName=claims");
  fail_commands("abortTransaction", "claims", 1, R"("errorCode": 59)");
  const auto refused = run(*session, kTwoWrites, Mode::rehearse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("keeps no transactions"));
  EXPECT_EQ(seen(), kBefore);
}

TEST_F(MongoTransactions, ACommitThatTheServerIsNotSureOfIsUnknown) {
  const auto session = connect("&appName=unsure");
  fail_commands("commitTransaction", "unsure", 2,
                R"("errorCode": 50, "errorLabels": ["UnknownTransactionCommitResult"])");
  const auto failed = run(*session, kTwoWrites);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().effect, Effect::unknown) << failed.error().message;
  EXPECT_FALSE(failed.error().retryable);
  EXPECT_THAT(failed.error().hint, HasSubstr("look"));
}

TEST_F(MongoTransactions, ACommitThatIsRefusedChangesNothing) {
  const auto session = connect("&appName=refused");
  fail_commands("commitTransaction", "refused", 1,
                R"("errorCode": 251, "errorLabels": ["TransientTransactionError"])");
  const auto failed = run(*session, kTwoWrites);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::conflict) << failed.error().message;
  EXPECT_EQ(failed.error().effect, Effect::none);
  EXPECT_TRUE(failed.error().retryable);
}

// The gate stands before one member: the one that is asked first, which is the primary.
class MongoCutTransactions : public MongoTransactions {
 protected:
  void SetUp() override {
    MongoTransactions::SetUp();
    gate_ = std::make_unique<gate::Gate>(port_of(server_url(kSet)));
    session_ = connect("", gate_->port());
    ASSERT_TRUE(session_);
  }
  // A transaction that was left open would keep others from these documents for a minute.
  void expect_untouched() {
    EXPECT_EQ(seen(), kBefore);
    Context soon;
    soon.deadline = Deadline::after(20s);
    const auto written = run(*other_, kTwoWrites, Mode::write, soon);
    EXPECT_TRUE(written) << written.error().message;
    EXPECT_EQ(seen(), kAfter);
  }

  std::unique_ptr<gate::Gate> gate_;
  std::unique_ptr<Session> session_;
};

TEST_F(MongoCutTransactions, ACutBeforeTheCommitChangesNothing) {
  for (const int commands : {0, 1}) {
    SCOPED_TRACE(commands);
    session_ = connect("", gate_->port());
    Started started(*session_, kTwoWrites, commands);
    gate_->arm({.action = Action::finish, .direction = gate::Direction::to_client, .after = 4});
    const auto next = started.results->next({});
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, Code::disconnected) << next.error().message;
    EXPECT_EQ(next.error().effect, Effect::none);
    EXPECT_TRUE(session_->broken());
  }
  expect_untouched();
}

TEST_F(MongoCutTransactions, ACommitWhoseReplyIsLostMayHaveHappened) {
  {
    Started started(*session_, kTwoWrites, 2);
    gate_->arm({.action = Action::finish, .direction = gate::Direction::to_client, .after = 4});
    const auto settled = started.results->next({});
    ASSERT_FALSE(settled);
    EXPECT_EQ(settled.error().effect, Effect::unknown) << settled.error().message;
    EXPECT_TRUE(settled.error().session_broken);
  }
  EXPECT_TRUE(session_->broken());
  EXPECT_EQ(seen(), kAfter);
}

TEST_F(MongoCutTransactions, ATimeOutTakesBackWhatWasDone) {
  session_ = connect("&appName=slow", gate_->port());
  {
    Started started(*session_, kTwoWrites, 1);
    fail_commands("update", "slow", 1, R"("blockConnection": true, "blockTimeMS": 10000)");
    Context context;
    context.deadline = Deadline::after(50ms);
    const auto next = started.results->next(context);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, Code::timeout) << next.error().message;
    EXPECT_EQ(next.error().effect, Effect::none);
  }
  expect_untouched();
}

}  // namespace
}  // namespace dbops::mongodb
