// A link that is cut, and a pool that heals; many callers at once.

#include <atomic>

#include "contract/contract.h"

namespace dbops::contract {
namespace {

constexpr int kCallers = 1000;

class Killer {
 public:
  Killer(const Quirks& quirks, std::unique_ptr<Session> session)
      : quirks_(quirks), session_(std::move(session)) {}
  // The id by which the session can be ended.
  std::string id(Session& session) const {
    const Script script = must(quirks_.connector.dialect().parse(quirks_.own_id));
    return must(run({}, session, script, {}, Mode::read))[0].rows[0][0];
  }
  void kill(const std::string& id) const {
    const Script script = must(quirks_.connector.dialect().parse(quirks_.kill(id)));
    must(run({}, *session_, script, {}, Mode::write));
  }

 private:
  const Quirks& quirks_;
  std::unique_ptr<Session> session_;
};

TEST_P(Contract, APoolHealsAfterALinkIsCutBetweenCalls) {
  Connection connection(sandbox().options(Tier::read), quirks().connector);
  Pool& pool = connection.pool();
  const Killer killer(quirks(), connect(Tier::admin));
  {
    auto lease = must(pool.acquire({}));
    killer.kill(killer.id(*lease));
    const auto answers = run(*lease, statements().read_items);
    ASSERT_FALSE(answers);
    EXPECT_EQ(answers.error().code, Code::disconnected) << answers.error().message;
    EXPECT_EQ(answers.error().effect, Effect::none);
    EXPECT_TRUE(answers.error().session_broken);
    EXPECT_TRUE(lease->broken());
  }
  EXPECT_EQ(pool.counts().open, 0U);
  auto lease = must(pool.acquire({}));
  EXPECT_EQ(read(*lease, statements().read_items).size(), 100U);
}

TEST_P(Contract, TellsThatALinkIsCutInTheMidstOfRows) {
  const auto session = connect(Tier::read);
  const Killer killer(quirks(), connect(Tier::admin));
  const std::string id = killer.id(*session);
  {
    const Script script = parse(statements().million);
    const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::read));
    Stream* stream = must(results->next({}));
    Batch batch;
    ASSERT_TRUE(must(stream->next({}, batch)));
    killer.kill(id);
    Result<bool> more = true;
    while (more && *more) more = stream->next({}, batch);
    ASSERT_FALSE(more);
    EXPECT_EQ(more.error().code, Code::disconnected) << more.error().message;
    EXPECT_TRUE(more.error().session_broken);
  }
  EXPECT_TRUE(session->broken());
}

TEST_P(Transactions, AWriteThatIsCutBeforeItsCommitChangesNothing) {
  const auto before = state();
  const auto session = connect(Tier::write);
  const Killer killer(quirks(), connect(Tier::admin));
  const std::string id = killer.id(*session);
  {
    const Script script = parse(script_of({statements().rename_items, statements().read_items}));
    const auto results = must(session->queries()->run({}, script, kNoParameters, Mode::write));
    must(results->next({}));
    killer.kill(id);
    const auto next = results->next({});
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, Code::disconnected) << next.error().message;
    EXPECT_EQ(next.error().effect, Effect::none);
  }
  EXPECT_TRUE(session->broken());
  EXPECT_EQ(state(), before);
}

// Many more callers than sessions: each is answered, none gets another's rows.
TEST_P(Contract, ServesAThousandCallersWithFourSessions) {
  ConnectionOptions options = sandbox().options(Tier::read);
  options.pool_max = 4;
  Connection connection(options, quirks().connector);
  const Script script = parse(statements().positional);
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, number = std::to_string(i)] {
      auto lease = connection.pool().acquire({});
      ASSERT_TRUE(lease) << lease.error().message;
      Parameters parameters;
      for (int cell = 0; cell < 3; ++cell) parameters.add({}, Value::text(number));
      const auto answers = contract::run({}, **lease, script, parameters, Mode::read);
      ASSERT_TRUE(answers) << answers.error().message;
      if (cells((*answers)[0]) == Row{number, number, number}) ++served;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, kCallers);
  EXPECT_LE(connection.pool().counts().open, 4U);
  EXPECT_EQ(connection.pool().counts().idle, connection.pool().counts().open);
}

}  // namespace
}  // namespace dbops::contract
