// The state in PostgreSQL, in a database of its own.
#include <array>
#include <thread>

#include "fakes/ops_fixture.h"
#include "fakes/own_database.h"
#include "ops/state_cases.h"
#include "ops/state_sql.h"

namespace dbops::ops {
namespace {

using fakes::OwnDatabase;
using fakes::postgres_only;

Result<std::unique_ptr<State>> open_replica() {
  static const OwnDatabase kDatabase;  // Made with the first test.
  return open_sql_state(kDatabase.options(), postgres_only());
}

std::unique_ptr<State> open_shared() {
  auto state = open_replica();
  EXPECT_TRUE(state) << state.error().message;
  return state ? std::move(*state) : nullptr;
}

// First of all tests: nobody has made the table yet.
TEST(StateStart, ReplicasThatStartAtOnceFindOneTable) {
  std::array<Result<std::unique_ptr<State>>, 4> opened;
  std::vector<std::thread> threads;
  for (auto& state : opened) threads.emplace_back([&state] { state = open_replica(); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& state : opened) EXPECT_TRUE(state) << state.error().message;
}

INSTANTIATE_TEST_SUITE_P(Kept, StateCases,
                         ::testing::Values(StateKeeper{"postgres", open_shared, open_shared}),
                         [](const auto& of) { return of.param.name; });

TEST(StateStart, AServerThatIsNotThereIsSaid) {
  ConnectionOptions options;
  options.url = Secret("postgresql://me:hunter2@127.0.0.1:1/state");
  const auto state = open_sql_state(std::move(options), postgres_only());
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Code::unreachable);
  EXPECT_EQ(state.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace dbops::ops
