#include "base/process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace dbops {
namespace {

TEST(Process, KnowsItself) {
  const std::string self = process_identity();
  ASSERT_NE(self, "");
  EXPECT_EQ(process_identity(), self);
  EXPECT_EQ(process_lives(self), true);
}

TEST(Process, WhatEndedIsNotThereAnyMore) {
  int told[2];
  ASSERT_EQ(pipe(told), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string self = process_identity();
    _exit(write(told[1], self.data(), self.size()) > 0 ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  std::string identity(256, '\0');
  const ssize_t size = read(told[0], identity.data(), identity.size());
  ASSERT_GT(size, 0);
  identity.resize(static_cast<size_t>(size));
  siginfo_t ended;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(process_lives(identity), false) << "its parent has not taken notice yet";
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  EXPECT_NE(identity, process_identity());
  EXPECT_EQ(process_lives(identity), false);
  close(told[0]);
  close(told[1]);
}

TEST(Process, AnotherMachinesCantBeTold) {
  const std::string self = process_identity();
  EXPECT_EQ(process_lives("another-boot" + self.substr(self.find(' '))), std::nullopt);
  for (const char* text : {"", "a b", "a b c d e", "a b 1/../2 c"})
    EXPECT_EQ(process_lives(text), std::nullopt) << text;
}

}  // namespace
}  // namespace dbops
