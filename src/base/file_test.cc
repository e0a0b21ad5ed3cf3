#include "base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/bytes.h"

namespace dbops {
namespace {

namespace fs = std::filesystem;

class FileTest : public testing::Test {
 protected:
  FileTest() : folder_(fs::temp_directory_path() / ("dbops-file-test-" + random_name())) {
    fs::create_directory(folder_);
  }
  ~FileTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ / name; }
  size_t entries() const {
    return static_cast<size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  std::string content(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream(path(name)).rdbuf();
    return out.str();
  }
  Result<void> write(const std::string& to, std::string_view bytes, Files::Existing existing) {
    auto file = real_files().create(to, existing);
    if (!file) return fail(file.error());
    DBOPS_TRY((*file)->write(bytes));
    return (*file)->commit();
  }

  const fs::path folder_;
};

TEST_F(FileTest, AppearsWholeOrNotAtAll) {
  {
    const auto file = real_files().create(path("a"), Files::Existing::refuse).value();
    ASSERT_TRUE(file->write("half"));
    EXPECT_FALSE(fs::exists(path("a")));
  }
  EXPECT_EQ(entries(), 0u) << "destroyed without commit: nothing stays";
  ASSERT_TRUE(write(path("a"), "whole", Files::Existing::refuse));
  EXPECT_EQ(content("a"), "whole");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(FileTest, RefusesOrReplacesWhatExists) {
  ASSERT_TRUE(write(path("a"), "one", Files::Existing::refuse));
  const auto refused = write(path("a"), "two", Files::Existing::refuse);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::already_exists);
  EXPECT_EQ(content("a"), "one");
  ASSERT_TRUE(write(path("a"), "two", Files::Existing::replace));
  EXPECT_EQ(content("a"), "two");

  const auto late = real_files().create(path("b"), Files::Existing::refuse).value();
  ASSERT_TRUE(write(path("b"), "first", Files::Existing::refuse));
  const auto lost = late->commit();
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::already_exists);
  EXPECT_EQ(content("b"), "first");
}

TEST_F(FileTest, KeepsModeAndSymbolicLink) {
  ASSERT_TRUE(write(path("a"), "one", Files::Existing::refuse));
  fs::permissions(path("a"), fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("a", path("link"));
  ASSERT_TRUE(write(path("link"), "two", Files::Existing::replace));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content("a"), "two");
  EXPECT_EQ(fs::status(path("a")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FileTest, RespectsTheUmask) {
  const mode_t before = umask(027);
  ASSERT_TRUE(write(path("a"), "x", Files::Existing::refuse));
  umask(before);
  struct stat found;
  ASSERT_EQ(stat(path("a").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0640u);
}

TEST_F(FileTest, WritesSpecialFilesInPlace) {
  EXPECT_TRUE(write("/dev/null", "x", Files::Existing::refuse));
  const auto full = write("/dev/full", "x", Files::Existing::replace);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, Code::exhausted);

  ASSERT_EQ(mkfifo(path("pipe").c_str(), 0600), 0);
  std::string received;
  std::thread reader([&] { received = real_files().read(path("pipe"), 1 << 20).value(); });
  EXPECT_TRUE(write(path("pipe"), std::string(200'000, 'x'), Files::Existing::refuse));
  reader.join();
  EXPECT_EQ(received, std::string(200'000, 'x'));
}

// The system's limit on a file's size stands for a disk that fills: at whatever byte, nothing
// stays.
TEST_F(FileTest, LeavesNothingOnAFullDisk) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {0, 1, 4096, 99'999}) {
    const rlimit limit = {bytes, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto full = write(path("a"), std::string(100'000, 'x'), Files::Existing::refuse);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(full) << bytes;
    EXPECT_EQ(full.error().code, Code::exhausted) << full.error().message;
    EXPECT_EQ(entries(), 0u) << bytes;
  }
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(write(path("a"), std::string(100'000, 'x'), Files::Existing::refuse));
}

TEST_F(FileTest, SaysWhatIsWrong) {
  const auto code = [&](const std::string& to) {
    return write(to, "x", Files::Existing::replace).error().code;
  };
  EXPECT_EQ(code(path("no/such/folder")), Code::not_found);
  EXPECT_EQ(code(folder_.string()), Code::io);
  EXPECT_EQ(code(""), Code::invalid_argument);
  EXPECT_EQ(code(std::string("a\0b", 3)), Code::invalid_argument);
  EXPECT_EQ(code(path(std::string(300, 'a'))), Code::io);
  ASSERT_TRUE(write(path("a"), "x", Files::Existing::replace));
  EXPECT_EQ(code(path("a/b")), Code::not_found);
  const auto named = write(path("no/x\n"), "x", Files::Existing::replace);
  EXPECT_NE(named.error().message.find("no/x\\n"), std::string::npos);
}

TEST_F(FileTest, ReadsUpToALimit) {
  ASSERT_TRUE(write(path("a"), std::string(100'000, 'x'), Files::Existing::refuse));
  EXPECT_EQ(real_files().read(path("a"), 100'000).value().size(), 100'000u);
  EXPECT_EQ(real_files().read(path("a"), 99'999).error().code, Code::too_large);
  EXPECT_EQ(real_files().read("/dev/zero", 1000).error().code, Code::too_large);
  EXPECT_EQ(real_files().read("/dev/null", 0).value(), "");
  EXPECT_EQ(real_files().read(path("none"), 1).error().code, Code::not_found);
  EXPECT_EQ(real_files().read(folder_, 1).error().code, Code::io);
}

}  // namespace
}  // namespace dbops
