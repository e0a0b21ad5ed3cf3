// Lines that come quickly: kept in a journal, then folded into the table.
#include "ops/audit_journal.h"

#include <gmock/gmock-matchers.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <set>

#include "ops/audit_calls.h"
#include "ops/audit_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr int kLines = 500;

// In a process that dies of SIGKILL when the work is done. `work` answers 0, or else what failed.
void do_and_die(const std::function<int()>& work) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (const int failed = work(); failed != 0) _exit(failed);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
}

bool append(AuditJournal& journal, const std::string& tool) {
  const AuditEntry each = entry(tool);
  AuditLine line{.entry = each, .elapsed_ms = each.elapsed_ms};
  AuditLine* const added = &line;
  return journal.append({&added, 1}).has_value();
}

// Lines "0", "1" ...: the first in the table, the others in a journal.
void record_and_die(const std::string& path, int lines) {
  do_and_die([&] {
    const auto audit = Audit::open(path);
    if (!audit || !(*audit)->record(entry("0"))) return 1;
    const auto journal = AuditJournal::create(path);
    for (int i = 1; i < lines; ++i)
      if (!journal || !append(**journal, std::to_string(i))) return 2;
    return 0;
  });
}

std::string one_journal(const std::string& path) {
  const auto found = journals(path);
  EXPECT_THAT(found, SizeIs(1));
  return found.empty() ? std::string() : found.front().string();
}

const char* const kCounted = "SELECT count(*), count(DISTINCT tool) FROM calls";

TEST(AuditJournal, FoldsEachLineOnce) {
  const Folder folder;
  {
    const auto audit = Audit::open(folder.file());
    ASSERT_TRUE(audit) << audit.error().message;
    for (int i = 0; i < kLines; ++i) ASSERT_TRUE((*audit)->record(entry(std::to_string(i))));
    EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"500", "500"}));
    EXPECT_THAT(read(folder.file(),
                     "SELECT count(*) FROM calls a JOIN calls b ON b.id = a.id + 1 "
                     "WHERE b.tool + 0 <> a.tool + 1 OR b.at < a.at"),
                ElementsAre(Row{"0"}));
    EXPECT_THAT(read(folder.file(),
                     "SELECT DISTINCT principal, connection, verdict, rows, "
                     "elapsed_ms, error_code FROM calls"),
                ElementsAre(Row{"ada", "db", "allowed", "3", "12", ""}));
    ASSERT_TRUE((*audit)->record(entry("last")));
  }
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
  EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"501", "501"}));
  // Marks go with their journals, but for the last.
  EXPECT_THAT(read(folder.file(), "SELECT count(*) <= 1 FROM journals"), ElementsAre(Row{"1"}));
}

TEST(AuditJournal, IsItsOwnersAlone) {
  const Folder folder;
  record_and_die(folder.file(), kLines);
  struct stat status;
  ASSERT_EQ(stat(one_journal(folder.file()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(AuditJournal, OutlivesAKilledProcess) {
  const Folder folder;
  record_and_die(folder.file(), kLines);
  EXPECT_THAT(journals(folder.file()), SizeIs(1));
  ASSERT_TRUE(Audit::open(folder.file()));
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
  EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"500", "500"}));
}

// Its process died between the commit and the removal.
TEST(AuditJournal, IsNotFoldedTwice) {
  const Folder folder;
  record_and_die(folder.file(), kLines);
  const std::string journal = one_journal(folder.file());
  const std::string bytes = bytes_of(journal);
  ASSERT_TRUE(Audit::open(folder.file()));
  std::ofstream(journal, std::ios::binary) << bytes;
  ASSERT_TRUE(Audit::open(folder.file()));
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
  EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"500", "500"}));
}

// A part of its lines was folded before its process died.
TEST(AuditJournal, IsGoneOnWithWhereItsProcessDied) {
  const Folder folder;
  do_and_die([&] {
    const auto calls = AuditCalls::open(folder.file());
    const auto journal = AuditJournal::create(folder.file());
    if (!calls || !journal) return 1;
    for (int i = 0; i < kLines; ++i) {
      if (!append(**journal, std::to_string(i))) return 2;
      if (i % 200 != 199) continue;
      const AuditFold fold = {(*journal)->name(), (*journal)->take()};
      if (!(*calls)->write({&fold, 1}, {})) return 3;
    }
    return 0;
  });
  EXPECT_THAT(journals(folder.file()), SizeIs(1));
  ASSERT_TRUE(Audit::open(folder.file()));
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
  EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"500", "500"}));
}

// What was written of a line when the disk was full is taken back.
TEST(AuditJournal, StaysWholeWhereAWriteFails) {
  const Folder folder;
  do_and_die([&] {
    const auto audit = Audit::open(folder.file());
    const auto journal = AuditJournal::create(folder.file());
    if (!audit || !journal || !append(**journal, "first")) return 1;
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = {};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlim_t all = limit.rlim_cur;
    limit.rlim_cur = std::filesystem::file_size(one_journal(folder.file())) + 10;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
    if (append(**journal, "refused") || (*journal)->is_over()) return 3;
    limit.rlim_cur = all;
    return setrlimit(RLIMIT_FSIZE, &limit) == 0 && append(**journal, "last") ? 0 : 4;
  });
  ASSERT_TRUE(Audit::open(folder.file()));
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
  EXPECT_THAT(read(folder.file(), "SELECT tool FROM calls ORDER BY id"),
              ElementsAre(Row{"first"}, Row{"last"}));
}

TEST(AuditJournal, MayEndWithinALine) {
  const Folder folder;
  record_and_die(folder.file(), kLines);
  const std::string journal = one_journal(folder.file());
  std::filesystem::resize_file(journal, std::filesystem::file_size(journal) - 10);
  ASSERT_TRUE(Audit::open(folder.file()));
  EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"499", "499"}));
}

TEST(AuditJournal, IsLeftWhereItIsDamaged) {
  for (const char* const damage :
       {"[]\n", "{}\n", "[1,\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",1,\"g\",\"h\"]\n", "\n"}) {
    const Folder folder;
    record_and_die(folder.file(), kLines);
    const std::string journal = one_journal(folder.file());
    std::ofstream(journal, std::ios::app) << damage;
    const auto audit = Audit::open(folder.file());
    ASSERT_TRUE(audit) << audit.error().message;
    ASSERT_TRUE((*audit)->record(entry()));
    EXPECT_EQ(one_journal(folder.file()), journal) << damage;
  }
}

TEST(AuditJournal, IsNotTakenFromALivingProcess) {
  const Folder folder;
  const auto journal = AuditJournal::create(folder.file());
  ASSERT_FALSE(journal);  // No folder yet.
  ASSERT_TRUE(Audit::open(folder.file()));
  const auto owned = AuditJournal::create(folder.file());
  ASSERT_TRUE(owned) << owned.error().message;
  EXPECT_THAT(AuditJournal::take_over(folder.file()), SizeIs(0));
  EXPECT_TRUE(AuditJournal::exists(folder.file(), (*owned)->name()));
  (*owned)->remove();
  EXPECT_FALSE(AuditJournal::exists(folder.file(), (*owned)->name()));
}

// Who asks now and then finds each line in the table at once, and so does whoever reads it.
TEST(AuditJournal, IsNotForLinesThatComeSlowly) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  ASSERT_TRUE((*audit)->record(entry()));
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
}

// Nor for one that must stand in the table before its work.
TEST(AuditJournal, IsNotForLinesThatHaveOnlyBegun) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  for (int i = 0; i < kLines; ++i) {
    const auto number = (*audit)->start(entry());
    ASSERT_TRUE(number);
    EXPECT_EQ(*number, i + 1);
    ASSERT_TRUE((*audit)->complete(*number, entry()));
    ASSERT_THAT(journals(folder.file()), SizeIs(0));
  }
}

TEST(AuditJournal, GoesFirstWhereALineBegins) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*audit)->record(entry()));
  const auto number = (*audit)->start(entry("begun"));
  ASSERT_TRUE(number);
  EXPECT_EQ(*number, 4);
}

// So much that several journals are filled: each is gone once it is folded.
TEST(AuditJournal, IsFollowedByAnotherWhenItIsFull) {
  const Folder folder;
  AuditEntry large = entry();
  for (std::string* const text : {&large.principal, &large.statement_hash, &large.trace_id})
    *text = std::string(kAuditFieldBytesMax, 'x');
  std::set<std::filesystem::path> seen;
  {
    const auto audit = Audit::open(folder.file());
    for (int i = 0; i < 5000; ++i) {
      large.tool = std::to_string(i);
      ASSERT_TRUE((*audit)->record(large));
      if (i % 50 != 0) continue;
      const auto now = journals(folder.file());
      EXPECT_THAT(now, SizeIs(testing::Le(2)));
      seen.insert(now.begin(), now.end());
    }
  }
  EXPECT_THAT(seen, SizeIs(testing::AllOf(testing::Ge(2), testing::Le(6))));
  EXPECT_THAT(read(folder.file(), kCounted), ElementsAre(Row{"5000", "5000"}));
  EXPECT_THAT(journals(folder.file()), SizeIs(0));
}

// Another process holds the table: calls go on, until too many lines wait.
TEST(AuditJournal, BridgesALockedTable) {
  const Folder folder;
  const auto audit = Audit::open(folder.file());
  ASSERT_TRUE((*audit)->record(entry("first")));
  sqlite3* holder = nullptr;
  ASSERT_EQ(sqlite3_open(folder.file().c_str(), &holder), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(holder, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  int recorded = 0;
  Result<void> last;
  while (recorded < 10'000 && (last = (*audit)->record(entry()))) ++recorded;
  EXPECT_EQ(recorded, 4096);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, Code::busy);
  EXPECT_EQ((*audit)->failures(), 1u);
  EXPECT_THAT(journals(folder.file()), SizeIs(testing::Le(2)));  // However long it lasts.
  ASSERT_EQ(sqlite3_exec(holder, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(holder);
  EXPECT_THAT(read(folder.file(), "SELECT count(*) FROM calls"), ElementsAre(Row{"4097"}));
}

TEST(AuditJournal, KeepsWhatTextsHold) {
  const Folder folder;
  AuditEntry odd = entry("a\"b\\c\n\x01\u00e9");
  odd.principal = std::string(1000, 'p');
  odd.rows = UINT64_MAX >> 1;
  {
    const auto audit = Audit::open(folder.file());
    ASSERT_TRUE((*audit)->record(entry("first")));
    ASSERT_TRUE((*audit)->record(odd));
  }
  EXPECT_THAT(read(folder.file(),
                   "SELECT tool, length(principal), rows FROM calls ORDER BY id "
                   "DESC LIMIT 1"),
              ElementsAre(Row{odd.tool, "256", "9223372036854775807"}));
}

}  // namespace
}  // namespace dbops::ops
