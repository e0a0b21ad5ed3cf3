#include "ops/audit.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <latch>
#include <thread>

#include "base/loop.h"
#include "base/trace.h"
#include "fakes/ops_fixture.h"
#include "ops/audit_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Audit, KeepsItsFileToItsOwner) {
  const Folder folder;
  const auto audit = Audit::open(folder.file("a/b/audit.db"));
  ASSERT_TRUE(audit) << audit.error().message;
  ASSERT_TRUE((*audit)->record(entry()));
  struct stat status;
  ASSERT_EQ(stat(folder.file("a/b").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  for (const char* name : {"a/b/audit.db", "a/b/audit.db-wal", "a/b/audit.db-shm"}) {
    ASSERT_EQ(stat(folder.file(name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << name;
  }
}

TEST(Audit, WritesOneLine) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  ASSERT_TRUE((*audit)->record(entry()));
  EXPECT_THAT(read(folder.file(),
                   "SELECT principal, tool, connection, verdict, rows, elapsed_ms, error_code, "
                   "at GLOB '20[0-9][0-9]-*T*Z' FROM calls"),
              ElementsAre(Row{"ada", "query", "db", "allowed", "3", "12", "", "1"}));
  EXPECT_EQ((*audit)->failures(), 0u);
}

TEST(Audit, GoesOnInAnOldFile) {
  const Folder folder;
  for (int i = 0; i < 2; ++i) {
    const auto audit = Audit::open(folder.file());
    ASSERT_TRUE(audit) << audit.error().message;
    ASSERT_TRUE((*audit)->record(entry()));
  }
  EXPECT_THAT(read(folder.file(), "SELECT count(*) FROM calls"), ElementsAre(Row{"2"}));
}

TEST(Audit, StartsALineAndCompletesIt) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  AuditEntry line = entry();
  const auto number = (*audit)->start(line);
  ASSERT_TRUE(number);
  EXPECT_THAT(read(folder.file(), "SELECT elapsed_ms FROM calls"), ElementsAre(Row{"NULL"}));
  line.error_code = "timeout";
  line.rows = 7;
  ASSERT_TRUE((*audit)->complete(*number, line));
  EXPECT_THAT(read(folder.file(), "SELECT elapsed_ms, rows, error_code FROM calls"),
              ElementsAre(Row{"12", "7", "timeout"}));
}

TEST(Audit, LeavesAUsersDatabaseAlone) {
  const Folder folder;
  std::filesystem::create_directory(folder.path());
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &database), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(database, "CREATE TABLE mine (x)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
  const std::string before = bytes_of(folder.file());
  const auto audit = Audit::open(folder.file());
  ASSERT_EQ(code_of(audit), Code::corrupt);
  EXPECT_THAT(audit.error().message, HasSubstr("not an audit log"));
  EXPECT_EQ(bytes_of(folder.file()), before);
}

TEST(Audit, RefusesWhatItCannotRead) {
  const Folder folder;
  std::filesystem::create_directory(folder.path());
  std::ofstream(folder.file()) << std::string(5000, 'x');
  EXPECT_EQ(code_of(Audit::open(folder.file())), Code::corrupt);
  EXPECT_EQ(code_of(Audit::open(folder.file() + "/below")), Code::io);  // Below a file.
  EXPECT_EQ(code_of(Audit::open(folder.path().string())), Code::io);    // A folder.
}

TEST(Audit, RefusesAFileOfANewerVersion) {
  const Folder folder;
  ASSERT_TRUE(Audit::open(folder.file()));
  read(folder.file(), "PRAGMA user_version = 99");
  EXPECT_EQ(code_of(Audit::open(folder.file())), Code::unsupported);
}

TEST(Audit, IsSharedByManyThreadsAndHandles) {
  const Folder folder;
  constexpr int kHandles = 8;
  constexpr int kLines = 100;
  std::vector<std::thread> threads;
  for (int t = 0; t < kHandles; ++t)
    threads.emplace_back([&] {
      const auto audit = Audit::open(folder.file());
      ASSERT_TRUE(audit) << audit.error().message;
      std::thread other([&] {
        for (int i = 0; i < kLines; ++i) ASSERT_TRUE((*audit)->record(entry("other")));
      });
      for (int i = 0; i < kLines; ++i) ASSERT_TRUE((*audit)->record(entry()));
      other.join();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(read(folder.file(), "SELECT count(*), count(DISTINCT id) FROM calls"),
              ElementsAre(Row{"1600", "1600"}));
}

// SQLite's own wait does not hold for the change to WAL.
TEST(Audit, IsMadeBySeveralAtOnce) {
  constexpr int kRounds = 100, kOpeners = 4;
  for (int round = 0; round < kRounds; ++round) {
    const Folder folder;
    std::latch together(kOpeners);
    std::vector<std::thread> openers;
    for (int i = 0; i < kOpeners; ++i)
      openers.emplace_back([&] {
        together.arrive_and_wait();
        const auto audit = Audit::open(folder.file());
        ASSERT_TRUE(audit) << audit.error().message;
        EXPECT_TRUE((*audit)->record(entry()));
      });
    for (std::thread& opener : openers) opener.join();
    EXPECT_THAT(read(folder.file(), "SELECT count(*) FROM calls"), ElementsAre(ElementsAre("4")));
  }
}

// Another process holds the file, and the thread of a loop goes on: it is a task that lets go of
// it.
TEST(Audit, TasksWaitForTheFileWithoutTheirThread) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  ASSERT_TRUE(audit) << audit.error().message;
  sqlite3* holder = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &holder), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto loop = Loop::create();
  ASSERT_TRUE(loop);
  const Loop::Seat seat(**loop);
  constexpr int kTasks = 20;
  int recorded = 0;
  for (int i = 0; i < kTasks; ++i)
    (*loop)->spawn([&] { recorded += (*audit)->record(entry()) ? 1 : 0; });
  (*loop)->spawn([&] {
    EXPECT_EQ(recorded, 0);
    EXPECT_EQ(sqlite3_exec(holder, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  });
  while ((*loop)->tasks() > 0) (*loop)->turn(std::chrono::milliseconds(1000));
  sqlite3_close(holder);
  EXPECT_EQ(recorded, kTasks);
  EXPECT_THAT(read(folder.file(), "SELECT count(*), count(DISTINCT id) FROM calls"),
              ElementsAre(Row{"20", "20"}));
}

// What record() has answered is there after the process was killed, once the log is opened again:
// no destructor, no checkpoint.
TEST(Audit, SurvivesTheDeathOfTheProcess) {
  const Folder folder;
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto audit = Audit::open(folder.file());
    for (char i = 0; audit && (*audit)->record(entry()); ++i)
      if (write(pipe_ends[1], &i, 1) != 1) break;
    _exit(1);
  }
  close(pipe_ends[1]);
  char line = 0;
  int told = 0;
  while (told < 100 && ::read(pipe_ends[0], &line, 1) == 1) ++told;
  kill(child, SIGKILL);
  while (::read(pipe_ends[0], &line, 1) == 1) ++told;
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  ASSERT_TRUE(Audit::open(folder.file()));
  EXPECT_THAT(read(folder.file(), "SELECT count(*) >= " + std::to_string(told) + " FROM calls"),
              ElementsAre(Row{"1"}));
  EXPECT_THAT(read(folder.file(), "PRAGMA integrity_check"), ElementsAre(Row{"ok"}));
}

// A disk that is full, in a process of its own: a limit of file size can't be lifted again.
// Answers what the child counted as failures.
int failures_on_a_full_disk(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    auto audit = Audit::open(path);
    if (!audit || !(*audit)->record(entry())) _exit(100);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {1, 1};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(101);
    for (int i = 0; i < 5; ++i) {
      const auto line = (*audit)->record(entry());
      if (line || (line.error().code != Code::io && line.error().code != Code::exhausted))
        _exit(102);
      if (line.error().hint.empty()) _exit(103);
    }
    _exit(static_cast<int>((*audit)->failures()));
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Audit, CountsWhatADiskThatIsFullRefuses) {
  const Folder folder;
  EXPECT_EQ(failures_on_a_full_disk(folder.file()), 5);
  ASSERT_TRUE(Audit::open(folder.file()));  // Takes an empty journal away.
  EXPECT_THAT(read(folder.file(), "SELECT count(*) FROM calls"), ElementsAre(Row{"1"}));
}

class RecordedTest : public OpsTest {
 protected:
  explicit RecordedTest(Settings settings = {})
      : RecordedTest(std::make_unique<Folder>(), settings) {}

  std::vector<Row> lines(const std::string& columns) const {
    return read(folder_->file(), "SELECT " + columns + " FROM calls ORDER BY id");
  }
  void break_log() const { read(folder_->file(), "DROP TABLE calls"); }
  std::string all_bytes() const {
    return bytes_of(folder_->file()) + bytes_of(folder_->file() + "-wal");
  }

 private:
  RecordedTest(std::unique_ptr<Folder> folder, Settings settings)
      : OpsTest(settings, std::move(*Audit::open(folder->file()))), folder_(std::move(folder)) {}
  std::unique_ptr<Folder> folder_;
};

TEST_F(RecordedTest, LeavesOneLineForEachCall) {
  context_.trace = std::make_shared<const Trace>(Trace{.id = "trace-7"});
  Collected sink;
  ASSERT_TRUE(query("SELECT 3", sink));
  ASSERT_TRUE(query("SELECT 3", sink, 2));
  ASSERT_TRUE(next_page(sink.pages.back().cursor, sink));
  EXPECT_FALSE(next_page("nonsense", sink));
  EXPECT_FALSE(query("INSERT x", sink));
  EXPECT_FALSE(query("SYNTAX", sink));
  EXPECT_FALSE(query("SELECT 1", sink, {}, "nowhere"));
  const auto asked = execute(workspace_, context_, writing("DROP t"), sink);
  ASSERT_TRUE(asked && *asked);
  ExecuteRequest confirmed = writing("DROP t");
  confirmed.confirm = (*asked)->token;
  ASSERT_TRUE(execute(workspace_, context_, std::move(confirmed), sink));
  ExecuteRequest rehearsed = writing("DROP t");
  rehearsed.dry_run = true;
  ASSERT_TRUE(execute(workspace_, context_, std::move(rehearsed), sink));
  EXPECT_THAT(lines("tool, connection, verdict, rows, error_code"),
              ElementsAre(Row{"query", "db", "allowed", "3", ""},         //
                          Row{"query", "db", "allowed", "2", ""},         //
                          Row{"query", "db", "allowed", "1", ""},         //
                          Row{"query", "db", "refused", "0", "expired"},  //
                          Row{"query", "db", "refused", "0", "forbidden"},
                          Row{"query", "db", "refused", "0", "syntax"},
                          Row{"query", "", "refused", "0", "not_found"},
                          Row{"execute", "writable", "confirmation_required", "0", ""},
                          Row{"execute", "writable", "confirmed", "1", ""},
                          Row{"execute", "writable", "rehearsed", "1", ""}));
  EXPECT_THAT(lines("DISTINCT principal || trace_id"), ElementsAre(Row{"adatrace-7"}));
  // A page is of the statement it came from; what has no statement has no hash.
  EXPECT_THAT(lines("DISTINCT length(statement_hash)"), ElementsAre(Row{"64"}, Row{"0"}));
  EXPECT_EQ(lines("statement_hash")[2], lines("statement_hash")[1]);
}

// One line for all that is done, whether it works or not, and none for what is only looked at
// twice.
TEST_F(RecordedTest, NamesEveryTool) {
  Collected sink;
  ASSERT_TRUE(list_connections(workspace_, context_, true));
  ASSERT_TRUE(check_connection(workspace_, context_, "db"));
  ASSERT_TRUE(diagnose(workspace_, context_, "db", ""));
  EXPECT_FALSE(diagnose(workspace_, context_, "db", "nothing"));
  ASSERT_TRUE(operations(workspace_, context_, "db"));
  ExplainRequest explained;
  explained.connection = "db";
  explained.statement = "SELECT 1";
  ASSERT_TRUE(explain(workspace_, context_, std::move(explained)));
  OperateRequest operation;
  operation.connection = "db";
  operation.operation = "locks";
  ASSERT_TRUE(operate(workspace_, context_, std::move(operation), sink));
  EXPECT_THAT(lines("tool, verdict, error_code"),
              ElementsAre(Row{"list_connections", "allowed", ""},  //
                          Row{"check_connection", "allowed", ""},  //
                          Row{"diagnose", "allowed", ""},          //
                          Row{"diagnose", "refused", "invalid_argument"},
                          Row{"operations", "allowed", ""},  //
                          Row{"explain", "allowed", ""},     //
                          Row{"operate locks", "allowed", ""}));
}

// Nothing that a caller says but its name gets into the file.
TEST_F(RecordedTest, HoldsNoValuesAndNoSecrets) {
  constexpr const char* kSecret = "hunter2-planted";
  Collected sink;
  QueryRequest request;
  request.connection = "db";
  request.statement = std::string("SELECT 1 -- ") + kSecret;
  request.parameters.add(kSecret, Value::text(kSecret));
  ASSERT_TRUE(ops::query(workspace_, context_, std::move(request), sink));
  EXPECT_FALSE(query("SELECT 1", sink, {}, std::string("fake://user:") + kSecret + "@host/db"));
  EXPECT_FALSE(query(std::string("SYNTAX ") + kSecret, sink));
  EXPECT_FALSE(next_page(kSecret, sink));
  server_.run_error = Error{.code = Code::data, .message = kSecret, .native_code = kSecret};
  EXPECT_FALSE(query("SELECT 1", sink));
  OperateRequest operation;
  operation.connection = "writable";
  operation.operation = kSecret;
  EXPECT_FALSE(operate(workspace_, context_, std::move(operation), sink));
  OperateRequest vacuum;
  vacuum.connection = "writable";
  vacuum.operation = "vacuum";
  vacuum.arguments = std::string(R"({"table": ")") + kSecret + "\"}";
  vacuum.confirmed = true;
  EXPECT_TRUE(operate(workspace_, context_, std::move(vacuum), sink));
  EXPECT_FALSE(diagnose(workspace_, context_, "db", kSecret));
  EXPECT_EQ(lines("id").size(), 8u);
  EXPECT_THAT(all_bytes(), Not(HasSubstr(kSecret)));
}

class RequiredTest : public RecordedTest {
 protected:
  RequiredTest() : RecordedTest({.audit_required = true}) {}
};

TEST_F(RequiredTest, LeavesOneLineForEachCallToo) {
  Collected sink;
  ASSERT_TRUE(query("SELECT 3", sink));
  EXPECT_FALSE(query("INSERT x", sink));
  const auto asked = execute(workspace_, context_, writing("DROP t"), sink);
  EXPECT_THAT(lines("verdict, rows, error_code, elapsed_ms IS NULL"),
              ElementsAre(Row{"allowed", "3", "", "0"}, Row{"refused", "0", "forbidden", "0"},
                          Row{"confirmation_required", "0", "", "0"}));
}

// Without its table the log takes no more lines.
TEST_F(RequiredTest, RefusesACallThatCannotBeRecorded) {
  break_log();
  Collected sink;
  const auto answer = execute(workspace_, context_, writing("INSERT x"), sink);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, HasSubstr("audit log"));
  EXPECT_EQ(answer.error().effect, Effect::none);
  EXPECT_FALSE(list_connections(workspace_, context_, false));
  EXPECT_EQ(server_.runs, 0);
}

TEST_F(RecordedTest, GoesOnWithoutALog) {
  break_log();
  Collected sink;
  EXPECT_TRUE(query("SELECT 3", sink));
  EXPECT_TRUE(query("SELECT 3", sink));
  EXPECT_EQ(workspace_.audit()->failures(), 2u);
}

}  // namespace
}  // namespace dbops::ops
