#include "ops/scripts.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "fakes/fake_connector.h"

namespace dbops::ops {
namespace {

class ScriptsTest : public testing::Test {
 protected:
  auto parse(const std::string& text) { return scripts_.parse(connector_.dialect(), text); }

  fakes::Server server_;
  fakes::FakeConnector connector_{server_};
  Scripts scripts_;
};

TEST_F(ScriptsTest, NamesAStatementByItsDigest) {
  const auto parsed = parse("SELECT 1");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)->hash, "e004ebd5b5532a4b85984a62f8ad48a81aa3460c1ca07701f386135d72cdecf5");
}

TEST_F(ScriptsTest, KeepsTheOnesUsedLast) {
  const auto text = [](size_t i) { return "SELECT " + std::to_string(i); };
  for (size_t i = 0; i < Scripts::kEntriesMax; ++i) ASSERT_TRUE(parse(text(i)));
  ASSERT_TRUE(parse(text(0)));  // Now the newest.
  ASSERT_TRUE(parse(text(Scripts::kEntriesMax)));
  EXPECT_EQ(scripts_.size(), Scripts::kEntriesMax);
  const int parses = server_.parses;
  ASSERT_TRUE(parse(text(0)));
  EXPECT_EQ(server_.parses, parses);
  ASSERT_TRUE(parse(text(1)));  // It was the oldest.
  EXPECT_EQ(server_.parses, parses + 1);
}

TEST_F(ScriptsTest, KeepsNoErrors) {
  EXPECT_FALSE(parse("SYNTAX"));
  EXPECT_FALSE(parse("SYNTAX"));
  EXPECT_EQ(server_.parses, 2);
  EXPECT_EQ(scripts_.size(), 0u);
}

TEST_F(ScriptsTest, KeepsNoLongTextsAndNotTooManyBytes) {
  const std::string longest(Scripts::kEntryBytesMax - 7, ' ');
  ASSERT_TRUE(parse("SELECT 1" + longest));
  EXPECT_EQ(scripts_.size(), 0u);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(parse("SELECT " + std::to_string(i + 100) + longest.substr(100)));
  EXPECT_LE(scripts_.size(), Scripts::kBytesMax / (Scripts::kEntryBytesMax - 100));
  EXPECT_GT(scripts_.size(), 0u);
}

TEST_F(ScriptsTest, TellsDialectsApart) {
  fakes::FakeConnector other(server_);
  ASSERT_TRUE(parse("SELECT 1"));
  ASSERT_TRUE(scripts_.parse(other.dialect(), "SELECT 1"));
  EXPECT_EQ(server_.parses, 2);
}

TEST_F(ScriptsTest, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        const std::string text = "SELECT " + std::to_string(i % 300);
        const auto parsed = parse(text);
        ASSERT_TRUE(parsed);
        ASSERT_EQ((*parsed)->script.text, text);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(scripts_.size(), Scripts::kEntriesMax);
}

}  // namespace
}  // namespace dbops::ops
