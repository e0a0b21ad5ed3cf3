#include "faults/faults.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <filesystem>
#include <thread>

#include "base/bytes.h"

namespace dbops {
namespace {

namespace fs = std::filesystem;
using faults::Plan;
using faults::Times;

constexpr std::array kTimes = {Times::once, Times::from_then_on};

// A hang would be a failure too.
Context in_time() {
  Context context;
  context.deadline = Deadline::after(std::chrono::seconds(10));
  return context;
}

TEST(Plan, StrikesOnceOrFromThenOn) {
  Plan once(2, Times::once), after(2, Times::from_then_on), never(0, Times::once);
  for (const bool expected : {false, true, false, false}) EXPECT_EQ(once.strikes(), expected);
  for (const bool expected : {false, true, true, true}) EXPECT_EQ(after.strikes(), expected);
  EXPECT_FALSE(never.strikes());
  EXPECT_TRUE(once.fired());
  EXPECT_FALSE(never.fired());
}

// One line with its end, or nothing at the end of the stream.
Result<std::string> read_line(Transport& transport, std::string& held) {
  for (;;) {
    if (const size_t end = held.find('\n'); end != std::string::npos) {
      std::string line = held.substr(0, end + 1);
      held.erase(0, end + 1);
      return line;
    }
    std::array<char, 256> piece;
    DBOPS_ASSIGN(const size_t got, transport.read(in_time(), piece));
    if (got == 0) return std::string();
    held.append(piece.data(), got);
  }
}

// Says three lines to a peer that echoes, and hears them again.
Result<std::vector<std::string>> converse(Transport& ours) {
  std::vector<std::string> heard;
  std::string held;
  for (const std::string line : {"one\n", "a second, longer line\n", "3\n"}) {
    DBOPS_TRY(ours.write(in_time(), line));
    DBOPS_ASSIGN(std::string answer, read_line(ours, held));
    if (answer != line) return fail(Code::protocol, "heard " + answer);
    heard.push_back(std::move(answer));
  }
  return heard;
}

void echo(Transport& theirs) {
  std::array<char, 256> piece;
  for (;;) {
    const auto got = theirs.read(in_time(), piece);
    if (!got || *got == 0 || !theirs.write(in_time(), {piece.data(), *got})) return;
  }
}

// Whatever single read or write fails, on either side, the talk is whole or ends with an error;
// nobody hangs, and no line is torn.
void survive_every_failure(Times times, bool fail_theirs, size_t read_max) {
  for (int fail_at = 1;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    std::array<int, 2> fds;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
    Plan plan(fail_at, times), calm(0, times);
    auto ours = std::make_unique<faults::Transport>(fd_transport(fds[0], fds[0]),
                                                    fail_theirs ? calm : plan, read_max);
    std::thread peer([&, fd = fds[1]] {
      faults::Transport theirs(fd_transport(fd, fd), fail_theirs ? plan : calm, read_max);
      echo(theirs);
    });
    const auto heard = converse(*ours);
    ours.reset();  // The peer reads the end of the stream, and goes.
    peer.join();
    if (!plan.fired()) {
      EXPECT_EQ(heard.value().size(), 3u);
      return;
    }
    if (fail_theirs) continue;  // The fault may be in the last read, after the talk.
    ASSERT_FALSE(heard);
    EXPECT_EQ(heard.error().code, Code::disconnected);
  }
}

TEST(FaultTransport, SurvivesEveryFailureOfOurs) {
  for (const Times times : kTimes)
    for (const size_t read_max : {size_t{1}, size_t{5}, SIZE_MAX})
      survive_every_failure(times, false, read_max);
}

TEST(FaultTransport, SurvivesEveryFailureOfTheirs) {
  for (const Times times : kTimes) survive_every_failure(times, true, 7);
}

class FaultFilesTest : public testing::TestWithParam<Times> {
 protected:
  FaultFilesTest() : folder_(fs::temp_directory_path() / ("dbops-faults-" + random_name())) {
    fs::create_directory(folder_);
  }
  ~FaultFilesTest() override { fs::remove_all(folder_); }

  std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    return names;
  }
  const fs::path folder_;
};

Result<void> save(Files& files, const std::string& path) {
  DBOPS_ASSIGN(const auto file, files.create(path, Files::Existing::replace));
  for (const std::string_view piece : {"first ", "second ", "third"}) DBOPS_TRY(file->write(piece));
  return file->commit();
}

TEST_P(FaultFilesTest, LeavesTheTargetWholeOrAbsent) {
  for (int fail_at = 1;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    Plan plan(fail_at, GetParam());
    faults::Files files(plan);
    const auto saved = save(files, folder_ / "out");
    if (!plan.fired()) {
      EXPECT_TRUE(saved);
      EXPECT_EQ(real_files().read(folder_ / "out", 100).value(), "first second third");
      EXPECT_EQ(entries(), std::vector<std::string>{"out"});
      EXPECT_EQ(fail_at, 6) << "one create, three writes, one commit";
      return;
    }
    EXPECT_FALSE(saved);
    EXPECT_TRUE(entries().empty()) << "no half file, no temporary one";
  }
}

TEST_P(FaultFilesTest, KeepsTheOldFileUntilTheNewIsWhole) {
  ASSERT_TRUE(save(real_files(), folder_ / "out"));
  const std::string old = real_files().read(folder_ / "out", 100).value();
  for (int fail_at = 1;; ++fail_at) {
    SCOPED_TRACE(fail_at);
    Plan plan(fail_at, GetParam());
    faults::Files files(plan);
    const auto saved = save(files, folder_ / "out");
    EXPECT_EQ(real_files().read(folder_ / "out", 100).value(), old);
    EXPECT_EQ(entries().size(), 1u);
    if (!plan.fired()) return;
    EXPECT_FALSE(saved);
  }
}

TEST_P(FaultFilesTest, FailsReadsToo) {
  ASSERT_TRUE(save(real_files(), folder_ / "out"));
  Plan plan(2, GetParam());
  faults::Files files(plan);
  EXPECT_TRUE(files.read(folder_ / "out", 100));
  EXPECT_EQ(files.read(folder_ / "out", 100).error().code, Code::denied);
  EXPECT_EQ(files.read(folder_ / "out", 100).has_value(), GetParam() == Times::once);
}

INSTANTIATE_TEST_SUITE_P(Times, FaultFilesTest, testing::ValuesIn(kTimes));

}  // namespace
}  // namespace dbops
