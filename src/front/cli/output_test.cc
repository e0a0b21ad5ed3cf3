#include "front/cli/output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

namespace dbops::cli {
namespace {

struct Pipe {
  Pipe() { EXPECT_EQ(pipe(ends), 0); }
  ~Pipe() {
    close(ends[0]);
    if (ends[1] >= 0) close(ends[1]);
  }
  int ends[2];
};

TEST(Output, WritesInBlocks) {
  Pipe pipe;
  Output output(Context{}, pipe.ends[1]);
  fcntl(pipe.ends[0], F_SETFL, O_NONBLOCK);
  char got = 0;
  output.buffer() = "small";
  ASSERT_TRUE(output.spill());
  EXPECT_EQ(read(pipe.ends[0], &got, 1), -1);  // Nothing came yet.
  ASSERT_TRUE(output.finish());
  EXPECT_EQ(read(pipe.ends[0], &got, 1), 1);
}

TEST(Output, TellsThatTheReaderIsGone) {
  std::signal(SIGPIPE, SIG_IGN);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Output output(Context{}, ends[1]);
  output.buffer() = "x";
  EXPECT_FALSE(output.flush());
  EXPECT_TRUE(output.closed_by_reader());
  EXPECT_TRUE(output.failed());
  close(ends[1]);
}

TEST(Output, TellsThatTheDiskIsFull) {
  auto output = Output::create(Context{}, real_files(), "/dev/full");
  ASSERT_TRUE(output);
  output->buffer() = "x";
  const auto written = output->finish();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::exhausted);
  EXPECT_TRUE(output->failed());
}

TEST(Output, StopsWaitingForASlowReader) {
  Pipe pipe;
  Context context;
  context.cancel = Cancel::create();
  Output output(context, pipe.ends[1]);
  std::thread interrupt([&] { context.cancel.request(); });
  Result<void> written;
  while (written) {
    output.buffer().assign(Output::kBlockBytes, 'x');
    fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK);
    written = output.flush();
  }
  interrupt.join();
  EXPECT_EQ(written.error().code, Code::cancelled);
  EXPECT_FALSE(output.failed());
}

TEST(Output, FilesAppearWholeOrNotAtAll) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("dbops-output-" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  const std::string path = folder / "out.csv";
  {
    auto output = Output::create(Context{}, real_files(), path);
    ASSERT_TRUE(output);
    output->buffer() = "half";
    ASSERT_TRUE(output->flush());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  auto output = Output::create(Context{}, real_files(), path);
  ASSERT_TRUE(output);
  output->buffer() = "whole";
  ASSERT_TRUE(output->finish());
  EXPECT_EQ(real_files().read(path, 100), "whole");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dbops::cli
