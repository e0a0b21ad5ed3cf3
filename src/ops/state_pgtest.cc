// The state in PostgreSQL, in a database of its own.
#include <array>
#include <cstdlib>
#include <thread>

#include "base/bytes.h"
#include "connectors/postgres/connector.h"
#include "fakes/ops_fixture.h"
#include "ops/state_cases.h"
#include "ops/state_sql.h"

namespace dbops::ops {
namespace {

const Connector* const kConnectors[] = {&postgres::connector()};

// Made with the first test, dropped when the program ends.
class Database {
 public:
  Database() : name_("dbops_state_" + random_name()) { run("CREATE DATABASE " + name_); }
  ~Database() { run("DROP DATABASE " + name_ + " WITH (FORCE)"); }

  std::string url() const {
    const std::string url = server_url();
    const size_t path = url.find('/', url.find("//") + 2);
    const size_t query = url.find('?');
    return url.substr(0, path) + "/" + name_ +
           (query == std::string::npos ? std::string() : url.substr(query));
  }

 private:
  static std::string server_url() {
    const char* const url = std::getenv("DBOPS_TEST_PG");
    return url == nullptr ? std::string() : url;
  }
  static void run(const std::string& statement) {
    ASSERT_NE(server_url(), "") << "DBOPS_TEST_PG is not set: run ./test postgres";
    Connections connections(kConnectors);
    ConnectionOptions options;
    options.name = "server";
    options.url = Secret(server_url());
    options.tier = Tier::admin;
    ASSERT_TRUE(connections.add(std::move(options)));
    Workspace workspace(std::move(connections), Settings(), nullptr);
    Context context;
    context.tier = Tier::admin;
    Collected sink;
    const auto done =
        execute(workspace, context,
                {.connection = "server", .statement = statement, .confirmed = true}, sink);
    ASSERT_TRUE(done) << done.error().message;
  }
  const std::string name_;
};

Result<std::unique_ptr<State>> open_replica() {
  static const Database kDatabase;
  ConnectionOptions options;
  options.url = Secret(kDatabase.url());
  return open_sql_state(std::move(options), kConnectors);
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
  const auto state = open_sql_state(std::move(options), kConnectors);
  ASSERT_FALSE(state);
  EXPECT_EQ(state.error().code, Code::unreachable);
  EXPECT_EQ(state.error().message.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace dbops::ops
