#include "base/input.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/bytes.h"

namespace dbops {
namespace {

namespace fs = std::filesystem;

std::string all_of(Input& input) {
  std::string all, block;
  for (;;) {
    const auto read = input.read({}, block);
    if (!read) return std::string(name(read.error().code));
    if (block.empty()) return all;
    EXPECT_LE(block.size(), Input::kBlockBytes);
    all += block;
  }
}
std::string all_of(const Result<std::unique_ptr<Input>>& input) {
  return input ? all_of(**input) : std::string(name(input.error().code));
}

class InputTest : public testing::Test {
 protected:
  InputTest() {
    fs::create_directories(folder_ / "in" / "deeper");
    write("in/file", "inside");
    write("in/deeper/file", "deeper");
    write("secret", "outside");
    fs::create_symlink("../secret", folder_ / "in" / "out");
    fs::create_symlink("deeper/file", folder_ / "in" / "within");
    fs::create_symlink("/proc/self/environ", folder_ / "in" / "magic");
  }
  ~InputTest() override { fs::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string beneath(const std::string& path) const {
    return all_of(open_input_beneath((folder_ / "in").string(), path));
  }
  const fs::path folder_ = fs::temp_directory_path() / ("dbops-input-" + random_name());
};

TEST_F(InputTest, ReadsFilesInBlocks) {
  std::string large(3 * Input::kBlockBytes + 7, 'x');
  large[Input::kBlockBytes] = 'y';
  write("large", large);
  EXPECT_EQ(all_of(open_input((folder_ / "large").string())), large);
  EXPECT_EQ(all_of(*input_of(large)), large);
  EXPECT_EQ(all_of(*input_of(std::string())), "");
}

TEST_F(InputTest, SaysWhyAFileCantBeRead) {
  EXPECT_EQ(all_of(open_input((folder_ / "none").string())), "not_found");
  EXPECT_EQ(all_of(open_input(folder_.string())), "io");
  EXPECT_EQ(all_of(open_input("")), "invalid_argument");
  EXPECT_EQ(all_of(open_input(std::string("a\0b", 3))), "invalid_argument");
}

TEST_F(InputTest, StaysBeneathTheFolder) {
  EXPECT_EQ(beneath("file"), "inside");
  EXPECT_EQ(beneath("deeper/../file"), "inside");
  EXPECT_EQ(beneath("within"), "deeper");
  for (const char* path : {"../secret", "out", "deeper/../../secret", "magic", "/etc/passwd"})
    EXPECT_EQ(beneath(path), "forbidden") << path;
  EXPECT_EQ(beneath((folder_ / "in" / "file").string()), "forbidden");
  EXPECT_EQ(beneath("none"), "not_found");
  EXPECT_EQ(beneath("deeper"), "io");
  ASSERT_EQ(mkfifo((folder_ / "in" / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(beneath("pipe"), "forbidden");
}

TEST_F(InputTest, WaitsForAPipeUntilTheContextEnds) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const auto input = input_of(ends[0]);
  std::string block;
  Context bounded;
  bounded.deadline = Deadline::after(std::chrono::milliseconds(10));
  EXPECT_EQ(input->read(bounded, block).error().code, Code::timeout);
  ASSERT_EQ(::write(ends[1], "abc", 3), 3);
  ASSERT_TRUE(input->read({}, block));
  EXPECT_EQ(block, "abc");
  close(ends[1]);
  ASSERT_TRUE(input->read({}, block));
  EXPECT_EQ(block, "");
  close(ends[0]);
}

}  // namespace
}  // namespace dbops
