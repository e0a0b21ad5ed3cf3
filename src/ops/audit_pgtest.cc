// The audit log in PostgreSQL, which several servers share.
#include <thread>

#include "base/loop.h"
#include "fakes/ops_fixture.h"
#include "fakes/own_database.h"
#include "ops/audit_store.h"

namespace dbops::ops {
namespace {

using fakes::OwnDatabase;
using fakes::postgres_only;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::unique_ptr<Audit> audit_at(ConnectionOptions options) {
  auto table = make_audit_table(std::move(options), postgres_only());
  EXPECT_TRUE(table) << table.error().message;
  return std::make_unique<Audit>(std::move(*table));
}

ConnectionOptions nowhere() {
  ConnectionOptions options;
  options.url = Secret("postgresql://me:hunter2@127.0.0.1:1/audit");
  return options;
}

AuditEntry entry(const std::string& tool = "query") {
  AuditEntry line;
  line.principal = "ada";
  line.tool = tool;
  line.connection = "db";
  line.statement_hash = "abc";
  line.verdict = "allowed";
  line.rows = 3;
  line.elapsed_ms = 12;
  line.trace_id = "4bf9";
  return line;
}

class AuditTableTest : public ::testing::Test {
 protected:
  const OwnDatabase database_;
};

TEST_F(AuditTableTest, WritesALine) {
  const auto audit = audit_at(database_.options());
  ASSERT_TRUE(audit->record(entry()));
  EXPECT_THAT(database_.run("SELECT principal, tool, connection, statement_hash, verdict, rows, "
                            "elapsed_ms, error_code, trace_id, now() - at < interval '1 min', "
                            "server <> '' FROM dbops_audit"),
              ElementsAre("ada,query,db,abc,allowed,3,12,,4bf9,true,true"));
}

TEST_F(AuditTableTest, StartsALineAndCompletesIt) {
  const auto audit = audit_at(database_.options());
  AuditEntry line = entry("execute");
  const auto id = audit->start(line);
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_THAT(database_.run("SELECT id, elapsed_ms IS NULL FROM dbops_audit"),
              ElementsAre(std::to_string(*id) + ",true"));
  line.rows = 9;
  line.error_code = "conflict";
  ASSERT_TRUE(audit->complete(*id, line));
  EXPECT_THAT(database_.run("SELECT rows, elapsed_ms, error_code FROM dbops_audit"),
              ElementsAre("9,12,conflict"));
}

TEST_F(AuditTableTest, TakesStrangeAndLongTexts) {
  const auto audit = audit_at(database_.options());
  AuditEntry line = entry();
  line.principal = std::string("a\0b\"\\'", 6) + "\xff" + std::string(1000, 'x');
  line.connection = "größe";
  ASSERT_TRUE(audit->record(line));
  EXPECT_THAT(database_.run("SELECT connection, length(principal) < 300 FROM dbops_audit"),
              ElementsAre("größe,true"));
}

// Each line that was begun is completed by its own number, whatever is written beside it.
TEST_F(AuditTableTest, SeveralServersWriteOneLog) {
  constexpr int kServers = 3;
  constexpr int kThreads = 4;
  constexpr int kLines = 25;
  std::vector<std::unique_ptr<Audit>> audits;
  for (int i = 0; i < kServers; ++i) audits.push_back(audit_at(database_.options()));
  std::vector<std::thread> threads;
  std::atomic<int> refused = 0;
  for (int server = 0; server < kServers; ++server)
    for (int thread = 0; thread < kThreads; ++thread)
      threads.emplace_back([&, server, thread] {
        for (int i = 0; i < kLines; ++i) {
          AuditEntry line = entry(std::to_string((server * kThreads + thread) * kLines + i));
          const auto id = audits[static_cast<size_t>(server)]->start(line);
          line.statement_hash = "of " + line.tool;
          if (!id || !audits[static_cast<size_t>(server)]->complete(*id, line)) ++refused;
        }
      });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
  const std::string all = std::to_string(kServers * kThreads * kLines);
  EXPECT_THAT(
      database_.run("SELECT count(*), count(DISTINCT tool), "
                    "count(*) FILTER (WHERE statement_hash = 'of ' || tool AND elapsed_ms = 12) "
                    "FROM dbops_audit"),
      ElementsAre(all + "," + all + "," + all));
}

TEST_F(AuditTableTest, TasksOfALoopWriteTogether) {
  const auto audit = audit_at(database_.options());
  auto loop = Loop::create();
  ASSERT_TRUE(loop);
  const Loop::Seat seat(**loop);
  constexpr int kTasks = 8;
  int written = 0;
  for (int i = 0; i < kTasks; ++i)
    ASSERT_TRUE((*loop)->spawn([&] { written += audit->record(entry()) ? 1 : 0; }));
  const Deadline patience = Deadline::after(std::chrono::seconds(20));
  while ((*loop)->tasks() > 0 && !patience.passed()) (*loop)->turn(std::chrono::milliseconds(10));
  EXPECT_EQ(written, kTasks);
  EXPECT_THAT(database_.run("SELECT count(*) FROM dbops_audit"), ElementsAre("8"));
}

TEST_F(AuditTableTest, GoesOnOnceTheDatabaseIsBack) {
  const auto audit = audit_at(database_.options());
  ASSERT_TRUE(audit->record(entry("before")));
  database_.run("DROP TABLE dbops_audit");
  EXPECT_FALSE(audit->record(entry("lost")));
  const Deadline patience = Deadline::after(std::chrono::seconds(20));
  while (!audit->record(entry("after")) && !patience.passed()) std::this_thread::yield();
  EXPECT_THAT(database_.run("SELECT tool FROM dbops_audit"), ElementsAre("after"));
  EXPECT_GE(audit->failures(), 1u);
}

TEST_F(AuditTableTest, GoesOnAfterItsSessionWasEnded) {
  const auto audit = audit_at(database_.options());
  ASSERT_TRUE(audit->record(entry("before")));
  database_.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
      "AND pid <> pg_backend_pid()");
  const Deadline patience = Deadline::after(std::chrono::seconds(20));
  while (!audit->record(entry("after")) && !patience.passed()) std::this_thread::yield();
  EXPECT_THAT(database_.run("SELECT tool FROM dbops_audit ORDER BY id"),
              ElementsAre("before", "after"));
}

TEST(AuditTable, SaysWhatIsWrongWithoutThePassword) {
  const auto audit = audit_at(nowhere());
  const auto written = audit->record(entry());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::unreachable);
  EXPECT_THAT(written.error().message, HasSubstr("audit log"));
  EXPECT_THAT(written.error().message, Not(HasSubstr("hunter2")));
}

class AwayTest : public OpsTest {
 protected:
  explicit AwayTest(Settings settings = {}) : OpsTest(settings, audit_at(nowhere())) {}
};
class AwayRequiredTest : public AwayTest {
 protected:
  AwayRequiredTest() : AwayTest({.audit_required = true}) {}
};

TEST_F(AwayTest, CallsGoOnUnrecordedAndAreCounted) {
  Collected sink;
  EXPECT_TRUE(query("SELECT 3", sink));
  EXPECT_TRUE(query("SELECT 3", sink));
  EXPECT_EQ(workspace_.audit()->failures(), 2u);
}

TEST_F(AwayRequiredTest, NoCallIsRunThatCannotBeRecorded) {
  Collected sink;
  const auto answer = execute(workspace_, context_, writing("INSERT x"), sink);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().effect, Effect::none);
  EXPECT_THAT(answer.error().message, HasSubstr("audit log"));
  EXPECT_FALSE(query("SELECT 3", sink));
  EXPECT_EQ(server_.runs, 0);
}

}  // namespace
}  // namespace dbops::ops
