#include "gate/gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>
#include <vector>

#include "net/transport.h"

namespace dbops {
namespace {

using gate::Action;
using gate::Counts;
using gate::Direction;
using gate::Gate;
using gate::Unit;
using std::chrono::milliseconds;

Context within(milliseconds span) {
  Context context;
  context.deadline = Deadline::after(span);
  return context;
}
Context in_time() { return within(milliseconds(10'000)); }

// Sends back all it hears, on each connection, until the client ends it.
class EchoServer {
 public:
  EchoServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    context_.cancel = Cancel::create();
    acceptor_ = std::thread([this] {
      while (context_.wait(listener_, POLLIN)) {
        const int fd = accept(listener_, nullptr, nullptr);
        peers_.emplace_back([this, fd] { echo(fd); });
      }
    });
  }
  ~EchoServer() {
    context_.cancel.request();
    acceptor_.join();
    for (std::thread& peer : peers_) peer.join();
    close(listener_);
  }
  uint16_t port() const { return port_; }

 private:
  void echo(int fd) const {
    const auto transport = fd_transport(fd, fd);
    std::array<char, 4096> piece;
    for (;;) {
      const auto got = transport->read(context_, piece);
      if (!got || *got == 0 || !transport->write(context_, {piece.data(), *got})) return;
    }
  }

  Context context_;
  int listener_;
  uint16_t port_;
  std::thread acceptor_;
  std::vector<std::thread> peers_;
};

class GateTest : public testing::Test {
 protected:
  std::unique_ptr<Transport> client() {
    return connect_tcp(in_time(), "127.0.0.1", gate_.port()).value();
  }
  // What comes back of `sent`: all of it, or what had come when the stream ended or failed.
  struct Heard {
    std::string text;
    std::optional<Error> error;
  };
  static Heard talk(Transport& transport, const std::string& sent,
                    const Context& context = in_time()) {
    Heard heard;
    if (auto written = transport.write(context, sent); !written) heard.error = written.error();
    std::array<char, 4096> piece;
    while (!heard.error && heard.text.size() < sent.size()) {
      auto got = transport.read(context, piece);
      if (!got) {
        heard.error = got.error();
      } else if (*got == 0) {
        return heard;
      } else {
        heard.text.append(piece.data(), *got);
      }
    }
    return heard;
  }
  // Every test ends so: what was done to one connection does not outlive it.
  void expect_recovery() {
    gate_.flow();
    gate_.delay(milliseconds(0));
    const auto transport = client();
    EXPECT_EQ(talk(*transport, "still there?").text, "still there?");
  }

  EchoServer server_;
  Gate gate_{server_.port()};
};

TEST_F(GateTest, ForwardsAndCounts) {
  const std::string text(1 << 20, 'x');
  auto first = client();
  const auto second = client();
  EXPECT_EQ(talk(*second, "hi").text, "hi");
  // More than all buffers on the way hold, so it is written and read at the same time.
  std::thread writer([&, &out = *first] { EXPECT_TRUE(out.write(in_time(), text)); });
  std::string heard;
  std::array<char, 4096> piece;
  while (heard.size() < text.size()) {
    const auto got = first->read(in_time(), piece);
    ASSERT_TRUE(got && *got > 0);
    heard.append(piece.data(), *got);
  }
  writer.join();
  EXPECT_EQ(heard, text);
  EXPECT_EQ(gate_.counts().accepted, 2u);
  EXPECT_EQ(gate_.counts().open, 2u);
  EXPECT_EQ(gate_.counts().to_client, text.size() + 2);
  EXPECT_EQ(gate_.counts().to_server, text.size() + 2);
  first.reset();
  EXPECT_TRUE(gate_.wait([](const Counts& counts) { return counts.open == 1; }));
  expect_recovery();
}

TEST_F(GateTest, CutsAfterExactlyNBytes) {
  for (const Action action : {Action::finish, Action::reset}) {
    for (const uint64_t after : {0u, 1u, 5u, 9u}) {
      SCOPED_TRACE(after);
      const auto transport = client();
      const uint64_t before = gate_.counts().to_client;
      gate_.arm({.action = action, .direction = Direction::to_client, .after = after});
      const Heard heard = talk(*transport, "0123456789");
      EXPECT_TRUE(gate_.wait([&](const Counts& counts) { return counts.open == 0; }));
      EXPECT_EQ(gate_.counts().to_client - before, after);
      if (action == Action::finish) {
        EXPECT_FALSE(heard.error) << heard.error->message;
        EXPECT_EQ(heard.text, std::string("0123456789").substr(0, after));
      } else {
        ASSERT_TRUE(heard.error);
        EXPECT_EQ(heard.error->code, Code::disconnected);
      }
    }
  }
  EXPECT_EQ(gate_.counts().fired, 8u);
  expect_recovery();
}

TEST_F(GateTest, CutsOnTheWayToTheServer) {
  const auto transport = client();
  gate_.arm({.action = Action::finish, .direction = Direction::to_server, .after = 3});
  talk(*transport, "0123456789");
  EXPECT_TRUE(gate_.wait([](const Counts& counts) { return counts.fired == 1; }));
  EXPECT_EQ(gate_.counts().to_server, 3u);
  expect_recovery();
}

TEST_F(GateTest, CountsChunks) {
  const auto transport = client();
  gate_.arm({.direction = Direction::to_client, .after = 2, .unit = Unit::chunks});
  EXPECT_EQ(talk(*transport, "one").text, "one");
  EXPECT_EQ(talk(*transport, "two").text, "two");
  EXPECT_TRUE(talk(*transport, "three").error);
  expect_recovery();
}

TEST_F(GateTest, CutsAllThatIsOpenAtOnce) {
  for (const Action action : {Action::finish, Action::reset}) {
    const auto first = client();
    const auto second = client();
    EXPECT_EQ(talk(*first, "a").text, "a");
    EXPECT_EQ(talk(*second, "b").text, "b");
    gate_.apply(action);
    EXPECT_EQ(gate_.counts().open, 0u);
    for (const auto& transport : {first.get(), second.get()}) {
      std::array<char, 4> piece;
      const auto got = transport->read(in_time(), piece);
      EXPECT_EQ(got.has_value(), action == Action::finish);
    }
  }
  expect_recovery();
}

TEST_F(GateTest, LeavesOutAndPutsIn) {
  const auto transport = client();
  gate_.arm({.action = Action::edit,
             .direction = Direction::to_client,
             .after = 3,
             .left_out = 4,
             .put_in = "abcd"});
  EXPECT_EQ(talk(*transport, "0123456789").text, "012abcd789");
  gate_.arm({.action = Action::edit, .direction = Direction::to_server, .after = 0, .left_out = 2});
  EXPECT_TRUE(transport->write(in_time(), "__"));
  EXPECT_EQ(talk(*transport, "still one stream").text, "still one stream");
  EXPECT_EQ(gate_.counts().fired, 2u);
  expect_recovery();
}

TEST_F(GateTest, StallsUntilItFlows) {
  const auto transport = client();
  EXPECT_EQ(talk(*transport, "a").text, "a");
  gate_.apply(Action::stall);
  const Heard nothing = talk(*transport, "b", within(milliseconds(30)));
  ASSERT_TRUE(nothing.error);
  EXPECT_EQ(nothing.error->code, Code::timeout);
  const auto newer = client();
  EXPECT_EQ(talk(*newer, "c", within(milliseconds(30))).text, "");
  gate_.flow();
  std::array<char, 4> piece;
  EXPECT_EQ(transport->read(in_time(), piece).value(), 1u);
  EXPECT_EQ(piece[0], 'b');
  EXPECT_EQ(newer->read(in_time(), piece).value(), 1u);
  expect_recovery();
}

TEST_F(GateTest, NoticesAClientThatLeavesAStall) {
  auto transport = client();
  gate_.arm({.action = Action::stall, .direction = Direction::to_client, .after = 1});
  EXPECT_EQ(talk(*transport, "ab", within(milliseconds(50))).text, "a");
  transport.reset();
  EXPECT_TRUE(gate_.wait([](const Counts& counts) { return counts.open == 0; }));
  expect_recovery();
}

TEST_F(GateTest, Delays) {
  const auto transport = client();
  gate_.delay(milliseconds(25));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(talk(*transport, "slow").text, "slow");
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(50));
  expect_recovery();
}

TEST_F(GateTest, RefusesWhereNoServerIs) {
  uint16_t unused;
  { unused = EchoServer().port(); }
  const Gate closed(unused);
  // The reset may come before the connection counts as made, or after.
  const auto transport = connect_tcp(in_time(), "127.0.0.1", closed.port());
  if (!transport) return;
  EXPECT_TRUE(talk(**transport, "x").error);
}

}  // namespace
}  // namespace dbops
