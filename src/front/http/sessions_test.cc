#include "front/http/sessions.h"

#include <gtest/gtest.h>

#include <set>

#include "mcp/testing/fake_tools.h"
#include "mcp/testing/recorder.h"

namespace dbops::http {
namespace {

using mcp::testing::Recorder;
using std::chrono::seconds;

class SessionsTest : public ::testing::Test {
 protected:
  std::string add() { return *sessions_.add(std::make_shared<mcp::Client>("local"), now_); }
  bool exists(const std::string& id) { return sessions_.find(id, "local", now_) != nullptr; }
  // A client with a call that goes on until the gate opens.
  std::shared_ptr<mcp::Client> busy_client() {
    auto client = std::make_shared<mcp::Client>("local");
    for (const std::string& text :
         {mcp::testing::initialize("2025-11-25"),
          mcp::testing::legacy("1", "tools/call", R"({"name":"wait"})")}) {
      auto incoming = mcp::parse_incoming(text);
      server_->receive(std::move(*incoming), client, recorder_);
    }
    return client;
  }

  mcp::testing::FakeTools tools_;
  std::unique_ptr<mcp::Server> server_ = mcp::testing::make_fake_server(tools_);
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
  Sessions sessions_{3, 3, seconds(60)};
  Sessions::Clock::time_point now_{};
};

TEST_F(SessionsTest, IdsCanNotBeGuessed) {
  const std::string id = add();
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, add());
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_TRUE(exists(id));
  EXPECT_FALSE(exists(""));
  EXPECT_FALSE(exists(id.substr(1)));
}

TEST_F(SessionsTest, EndOnce) {
  const std::string id = add();
  EXPECT_TRUE(sessions_.remove(id, "local"));
  EXPECT_FALSE(sessions_.remove(id, "local"));
  EXPECT_FALSE(exists(id));
}

TEST_F(SessionsTest, IdleOnesEnd) {
  const std::string idle = add();
  const std::string used = add();
  now_ += seconds(59);
  sessions_.trim(now_);
  EXPECT_TRUE(exists(used));
  now_ += seconds(1);
  sessions_.trim(now_);
  EXPECT_FALSE(exists(idle));
  EXPECT_TRUE(exists(used));
}

TEST_F(SessionsTest, TheLeastUsedGivesWay) {
  const std::string first = add();
  const std::string second = add();
  const std::string third = add();
  EXPECT_TRUE(exists(first));
  const std::string fourth = add();
  EXPECT_FALSE(exists(second));
  EXPECT_TRUE(exists(first) && exists(third) && exists(fourth));
  EXPECT_EQ(sessions_.size(), 3u);
}

TEST_F(SessionsTest, OnesInUseStay) {
  const std::string busy = *sessions_.add(busy_client(), now_);
  const auto stream = std::make_shared<Recorder>();
  const std::string streaming = add();
  EXPECT_EQ(sessions_.attach(streaming, "local", stream, now_), Sessions::Attached::yes);
  now_ += seconds(3600);
  sessions_.trim(now_);
  EXPECT_TRUE(exists(busy) && exists(streaming));

  add();
  add();  // In place of the one before.
  EXPECT_TRUE(exists(busy) && exists(streaming));
  EXPECT_EQ(sessions_.attach(streaming, "local", stream, now_), Sessions::Attached::has_one);
  EXPECT_EQ(sessions_.attach("nobody", "local", stream, now_), Sessions::Attached::unknown_session);
  tools_.gate.open();
}

TEST_F(SessionsTest, AllInUseIsTooMany) {
  std::vector<std::shared_ptr<Recorder>> streams;
  for (int i = 0; i < 3; ++i) {
    streams.push_back(std::make_shared<Recorder>());
    EXPECT_EQ(sessions_.attach(add(), "local", streams.back(), now_), Sessions::Attached::yes);
  }
  EXPECT_FALSE(sessions_.add(std::make_shared<mcp::Client>("local"), now_));
  streams.pop_back();
  EXPECT_TRUE(sessions_.add(std::make_shared<mcp::Client>("local"), now_));
}

TEST_F(SessionsTest, TheirEndEndsWhatGoesOn) {
  const auto client = busy_client();
  const std::string id = *sessions_.add(client, now_);
  const auto stream = std::make_shared<Recorder>();
  sessions_.attach(id, "local", stream, now_);
  EXPECT_TRUE(sessions_.remove(id, "local"));
  EXPECT_EQ(stream->finished(), 1);
  EXPECT_TRUE(client->wait_idle(Deadline::after(seconds(10))));
}

TEST_F(SessionsTest, StopEndsAll) {
  const auto client = busy_client();
  sessions_.add(client, now_);
  const auto stream = std::make_shared<Recorder>();
  sessions_.attach(add(), "local", stream, now_);
  sessions_.end_streams();
  EXPECT_EQ(stream->finished(), 1);
  EXPECT_EQ(sessions_.size(), 2u);
  sessions_.stop();
  EXPECT_EQ(sessions_.size(), 0u);
  EXPECT_TRUE(client->wait_idle(Deadline::after(seconds(10))));
}

}  // namespace
}  // namespace dbops::http
