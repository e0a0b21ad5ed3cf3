#include "base/log.h"

#include <gtest/gtest.h>

namespace dbops {
namespace {

TEST(Log, GoesToStderrEscapedAndByLevel) {
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  log::info("too quiet");
  log::warning("one\ntwo\x1b[2J {} {0");
  log::set_level(log::Level::debug);
  log::debug("now heard");
  log::set_level(log::Level::off);
  log::error("never");
  log::write(log::Level::off, "never");
  log::set_level(log::Level::warning);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("too quiet"), std::string::npos);
  EXPECT_NE(text.find("warning one\\ntwo\\x1b[2J {} {0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("debug now heard\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("never"), std::string::npos);
}

}  // namespace
}  // namespace dbops
