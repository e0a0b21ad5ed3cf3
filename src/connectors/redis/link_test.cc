// The link against a peer that does what no server should.
#include "connectors/redis/link.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace dbops::redis {
namespace {

using Words = std::vector<std::string_view>;
using namespace std::literals;

class RedisLink : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends = {};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    link_ = std::make_unique<Link>(fd_transport(ends[0], ends[0]));
    peer_ = fd_transport(ends[1], ends[1]);
  }

  // What the peer says is there before it is asked.
  void say(std::string_view bytes) { ASSERT_TRUE(peer_->write({}, bytes)); }
  Result<RespReply> ping(const Context& context = {}) {
    return link_->call(context, Words{"PING"});
  }

  std::unique_ptr<Link> link_;
  std::unique_ptr<Transport> peer_;
};

TEST_F(RedisLink, PassesOverPushes) {
  say(">2\r\n+invalidate\r\n_\r\n+PONG\r\n");
  const auto reply = ping();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text(reply->nodes[0]), "PONG");
  EXPECT_FALSE(link_->broken());
}

TEST_F(RedisLink, StaysWholeAfterAnErrorOfTheServer) {
  say("-OOM no\r\n+PONG\r\n");
  const auto error = link_->ask({}, Words{"SET", "k", "v"});
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code, Code::exhausted);
  EXPECT_TRUE(ping());
}

TEST_F(RedisLink, BreaksOnGarbageForGood) {
  say("HTTP/1.1 400 Bad Request\r\n\r\n+PONG\r\n");
  const auto reply = ping();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::protocol);
  EXPECT_TRUE(reply.error().session_broken);
  EXPECT_TRUE(link_->broken());
  EXPECT_EQ(ping().error().code, Code::disconnected);
}

TEST_F(RedisLink, BreaksWhereAReplyEndsHalfway) {
  say("*2\r\n$5\r\nab");
  peer_.reset();
  const auto reply = ping();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::disconnected);
  EXPECT_TRUE(link_->broken());
}

TEST_F(RedisLink, BreaksWhenALateReplyCouldAnswerTheNextCommand) {
  Context context;
  context.deadline = Deadline::after(20ms);
  EXPECT_EQ(ping(context).error().code, Code::timeout);
  say("+late\r\n");
  EXPECT_EQ(ping().error().code, Code::disconnected);
}

TEST_F(RedisLink, IsNotTouchedByACallThatNeverBegan) {
  Context context;
  context.cancel = Cancel::create();
  context.cancel.request();
  EXPECT_EQ(ping(context).error().code, Code::cancelled);
  EXPECT_FALSE(link_->broken());
  say("+PONG\r\n");
  EXPECT_TRUE(ping());
}

TEST(RedisError, HasACodeForWhatTheServerSays) {
  for (const auto& [text, code] : {std::pair{"WRONGTYPE x", Code::data},
                                   {"NOPERM x", Code::denied},
                                   {"READONLY x", Code::denied},
                                   {"LOADING x", Code::busy},
                                   {"MOVED 1 127.0.0.1:7001", Code::unsupported},
                                   {"CROSSSLOT x", Code::unsupported},
                                   {"BUSYGROUP x", Code::already_exists},
                                   {"ERR value is not an integer", Code::data}})
    EXPECT_EQ(server_error(text).code, code) << text;
  EXPECT_EQ(server_error("MOVED 1 h:7").native_code, "MOVED");
  EXPECT_EQ(server_error("ERR \x1b[31m").message.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace dbops::redis
