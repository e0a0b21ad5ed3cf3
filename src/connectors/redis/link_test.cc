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
  // All that the link has said, once it has closed.
  std::string heard() {
    std::string all;
    for (std::array<char, 256> buffer;;) {
      const auto size = peer_->read({}, buffer);
      if (!size || *size == 0) return all;
      all.append(buffer.data(), *size);
    }
  }
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

TEST_F(RedisLink, ClosesWhereALateReplyCouldAnswerTheNextCommand) {
  Context context;
  context.deadline = Deadline::after(20ms);
  EXPECT_EQ(ping(context).error().code, Code::timeout);
  EXPECT_EQ(ping().error().code, Code::disconnected);
  EXPECT_EQ(heard(), "*1\r\n$4\r\nPING\r\n");  // And then the end.
}

TEST_F(RedisLink, ReadsAReplyValueByValue) {
  say(">1\r\n+x\r\n%1\r\n+k\r\n*2\r\n:1\r\n:2\r\n+PONG\r\n");
  const auto head = link_->begin({}, Words{"X"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->type, RespType::map);
  EXPECT_EQ(link_->left(), 2U);
  EXPECT_EQ(link_->call({}, Words{"PING"}).error().code, Code::internal);
  ASSERT_TRUE(link_->value({}));
  const auto second = link_->arrived_value();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->nodes.size(), 3U);
  EXPECT_FALSE(*link_->arrived_value());
  EXPECT_TRUE(ping());
}

TEST_F(RedisLink, SendsCommandsTogetherAndReadsTheirRepliesInOrder) {
  say("+a\r\n-ERR no\r\n*2\r\n:1\r\n:2\r\n+PONG\r\n");
  const std::vector<Link::Command> commands = {{"A"}, {"B", "b"}, {"C"}};
  ASSERT_TRUE(link_->send_all({}, commands));
  EXPECT_EQ(link_->owed(), 3U);
  EXPECT_EQ(ping().error().code, Code::internal);  // It would take another's reply.
  ASSERT_TRUE(link_->begin_next({}));
  EXPECT_FALSE(link_->begin_next({}));  // The first is not read yet.
  EXPECT_EQ(link_->value({})->texts, "a");
  ASSERT_TRUE(link_->begin_next({}));
  EXPECT_EQ(link_->value({})->nodes[0].type, RespType::error);
  EXPECT_FALSE(link_->broken());
  link_->abandon_all();
  EXPECT_EQ(link_->owed(), 0U);
  EXPECT_TRUE(ping());
  link_->close();
  EXPECT_EQ(heard(),
            "*1\r\n$1\r\nA\r\n*2\r\n$1\r\nB\r\n$1\r\nb\r\n*1\r\n$1\r\nC\r\n"
            "*1\r\n$4\r\nPING\r\n");
}

TEST_F(RedisLink, ClosesWhereRepliesThatAreOwedStayAway) {
  say("+a\r\n");
  const std::vector<Link::Command> commands = {{"A"}, {"B"}};
  ASSERT_TRUE(link_->send_all({}, commands));
  link_->abandon_all();
  EXPECT_TRUE(link_->broken());
}

TEST_F(RedisLink, AbandonsAShortReplyAndClosesOnALongOne) {
  say("*2\r\n+a\r\n+b\r\n");
  ASSERT_TRUE(link_->begin({}, Words{"X"}));
  link_->abandon();
  EXPECT_FALSE(link_->broken());
  say("*3\r\n+a\r\n");
  ASSERT_TRUE(link_->begin({}, Words{"X"}));
  link_->abandon();
  EXPECT_TRUE(link_->broken());
}

TEST_F(RedisLink, RefusesAReplyOfTwoToThe63Values) {
  say("*9223372036854775808\r\n");
  const auto head = link_->begin({}, Words{"X"});
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, Code::too_large);
  EXPECT_TRUE(link_->broken());
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
