#include "app/secrets.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/time.h"

namespace dbops::app {
namespace {

SecretSource command(std::vector<std::string> words) {
  SecretSource source;
  source.kind = SecretSource::Kind::command;
  source.words = std::move(words);
  return source;
}

std::string said(const Result<Secret>& secret) {
  return secret ? std::string(secret->reveal()) : "error: " + secret.error().message;
}

TEST(Secrets, ComeFromTheEnvironment) {
  SecretSource source;
  source.kind = SecretSource::Kind::environment;
  source.name = "DBOPS_TEST_SECRET";
  setenv("DBOPS_TEST_SECRET", " kept as it is ", 1);
  EXPECT_EQ(said(read_secret(Context{}, source)), " kept as it is ");
  unsetenv("DBOPS_TEST_SECRET");
  const auto missing = read_secret(Context{}, source);
  EXPECT_EQ(missing.error().code, Code::invalid_config);
  EXPECT_EQ(missing.error().message,
            "the environment variable DBOPS_TEST_SECRET, which has the secret, is not set");
}

TEST(Secrets, ComeFromTheFirstLineOfAFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("dbops-secret-" + std::to_string(getpid()));
  SecretSource source;
  source.kind = SecretSource::Kind::file;
  source.name = path;
  EXPECT_EQ(read_secret(Context{}, source).error().code, Code::invalid_config);
  std::ofstream(path) << "first\r\nsecond\n";
  EXPECT_EQ(said(read_secret(Context{}, source)), "first");
  std::ofstream(path) << "\n";
  EXPECT_EQ(said(read_secret(Context{}, source)), "error: the secret's source gives an empty one");
  std::ofstream(path) << std::string(kSecretBytesMax + 1, 'x');
  EXPECT_EQ(read_secret(Context{}, source).error().code, Code::invalid_config);
  std::filesystem::remove(path);
}

TEST(Secrets, ComeFromACommandWithoutAShell) {
  EXPECT_EQ(said(read_secret(Context{}, command({"echo", "$HOME", "; ls"}))), "$HOME ; ls");
  EXPECT_EQ(said(read_secret(Context{}, command({"sh", "-c", "exit 3"}))),
            "error: the secret's command sh failed with exit code 3");
  EXPECT_EQ(said(read_secret(Context{}, command({"sh", "-c", "kill -9 $$"}))),
            "error: the secret's command sh failed with exit code -1");
  EXPECT_EQ(said(read_secret(Context{}, command({"/no/such/program"}))),
            "error: can't run the secret's command /no/such/program: No such file or directory");
  EXPECT_EQ(said(read_secret(Context{}, command({"true"}))),
            "error: the secret's source gives an empty one");
  EXPECT_EQ(said(read_secret(Context{}, command({"cat"}))),  // stdin is empty.
            "error: the secret's source gives an empty one");
  EXPECT_EQ(said(read_secret(Context{}, command({"yes"}))),
            "error: the secret's command says more than 64 KiB");
}

TEST(Secrets, ACommandThatHangsIsEnded) {
  Context context;
  context.deadline = Deadline::after(std::chrono::milliseconds(50));
  const Stopwatch watch;
  // Also where it has closed its output, and where a child of it lives on.
  for (const char* script : {"sleep 30", "exec >&-; sleep 30", "sleep 30 & echo x"}) {
    SCOPED_TRACE(script);
    EXPECT_EQ(read_secret(context, command({"sh", "-c", script})).error().code, Code::timeout);
  }
  EXPECT_LT(watch.elapsed_ms(), 5000);
  Context cancelled;
  cancelled.cancel = Cancel::create();
  cancelled.cancel.request();
  EXPECT_EQ(read_secret(cancelled, command({"sleep", "30"})).error().code, Code::cancelled);
}

TEST(Secrets, GoIntoTheirPlaceInTheUrl) {
  const Secret secret("p@:/?#%w");
  const auto placed = [&](const std::string& url) { return said(with_password(url, secret)); };
  const std::string encoded = "p%40%3A%2F%3F%23%25w";
  EXPECT_EQ(placed("postgresql://me@h/d"), "postgresql://me:" + encoded + "@h/d");
  EXPECT_EQ(placed("postgresql://h/d?a=b@c"), "postgresql://:" + encoded + "@h/d?a=b@c");
  EXPECT_EQ(placed("postgresql:///d"), "postgresql://:" + encoded + "@/d");
  EXPECT_EQ(placed("postgresql://me@"), "postgresql://me:" + encoded + "@");
  EXPECT_EQ(placed("postgresql://me:x@h/d"),
            "error: a password is given twice: in the URL and beside it");
  EXPECT_EQ(placed("sqlite:x.db"), "error: a password is given, but the URL has no place for one");
}

}  // namespace
}  // namespace dbops::app
