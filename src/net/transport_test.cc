#include "net/transport.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "base/time.h"

namespace dbops {
namespace {

using std::chrono::milliseconds;

struct Pair {
  std::unique_ptr<Transport> ours;
  std::unique_ptr<Transport> theirs;
};
Pair socket_pair() {
  std::array<int, 2> fds;
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0);
  return {fd_transport(fds[0], fds[0]), fd_transport(fds[1], fds[1])};
}

Context within(milliseconds span) {
  Context context;
  context.deadline = Deadline::after(span);
  return context;
}

// A TCP socket on a free loopback port; one that never accepts when its backlog is full.
struct Listener {
  Listener() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  ~Listener() { close(fd); }
  int fd;
  uint16_t port;
};

TEST(FdTransport, CarriesBytesBothWays) {
  auto [ours, theirs] = socket_pair();
  const Context context = within(milliseconds(5000));
  std::array<char, 8> into;
  ASSERT_TRUE(ours->write(context, "hello"));
  EXPECT_EQ(theirs->read(context, into).value(), 5u);
  EXPECT_EQ(std::string_view(into.data(), 5), "hello");
  ASSERT_TRUE(theirs->write(context, "!"));
  EXPECT_EQ(ours->read(context, into).value(), 1u);
}

TEST(FdTransport, WritesMoreThanTheSystemBuffers) {
  auto [ours, theirs] = socket_pair();
  const std::string sent(4 << 20, 'x');
  std::thread writer([&, &out = ours] { EXPECT_TRUE(out->write(Context(), sent)); });
  std::string received;
  std::array<char, 4096> into;
  while (received.size() < sent.size()) {
    const auto got = theirs->read(within(milliseconds(5000)), into);
    ASSERT_TRUE(got);
    received.append(into.data(), *got);
  }
  writer.join();
  EXPECT_EQ(received, sent);
}

TEST(FdTransport, TellsTheEndFromALostPeer) {
  auto [ours, theirs] = socket_pair();
  EXPECT_FALSE(ours->peer_left());
  EXPECT_FALSE(ours->hung_up());
  theirs.reset();
  EXPECT_TRUE(ours->peer_left());
  EXPECT_TRUE(ours->hung_up());
  std::array<char, 8> into;
  EXPECT_EQ(ours->read(Context(), into).value(), 0u);
  const auto written = ours->write(Context(), "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Code::disconnected);
  EXPECT_TRUE(written.error().session_broken);
}

TEST(FdTransport, ReadsAndWritesPipes) {
  std::array<int, 2> fds;
  ASSERT_EQ(pipe2(fds.data(), O_CLOEXEC), 0);
  const auto transport = fd_transport(fds[0], fds[1]);
  std::array<char, 8> into;
  ASSERT_TRUE(transport->write(Context(), "abc"));
  EXPECT_EQ(transport->read(Context(), into).value(), 3u);
}

TEST(FdTransport, SeesAPipeThatNobodyReads) {
  std::array<int, 2> in;
  std::array<int, 2> out;
  ASSERT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
  const auto transport = fd_transport(in[0], out[1]);
  close(in[1]);
  EXPECT_FALSE(transport->peer_left());
  close(out[0]);
  EXPECT_TRUE(transport->peer_left());
}

TEST(FdTransport, EndsAWaitWhenCancelledOrLate) {
  auto [ours, theirs] = socket_pair();
  std::array<char, 8> into;
  EXPECT_EQ(ours->read(within(milliseconds(20)), into).error().code, Code::timeout);

  Context context;
  context.cancel = Cancel::create();
  std::thread canceller([&] { context.cancel.request(); });
  EXPECT_EQ(ours->read(context, into).error().code, Code::cancelled);
  canceller.join();
  ASSERT_TRUE(theirs->write(Context(), "x"));
  EXPECT_EQ(ours->read(context, into).error().code, Code::cancelled) << "also where bytes wait";

  const std::string endless(64 << 20, 'x');
  EXPECT_EQ(ours->write(within(milliseconds(50)), endless).error().code, Code::timeout);
}

TEST(ConnectTcp, ReachesAListener) {
  Listener listener;
  ASSERT_EQ(listen(listener.fd, 4), 0);
  const Context context = within(milliseconds(5000));
  for (const char* host : {"127.0.0.1", "localhost"}) {
    auto ours = connect_tcp(context, host, listener.port);
    ASSERT_TRUE(ours) << host << ": " << ours.error().message;
    const int accepted = accept(listener.fd, nullptr, nullptr);
    const auto theirs = fd_transport(accepted, accepted);
    std::array<char, 8> into;
    ASSERT_TRUE((*ours)->write(context, "hi"));
    EXPECT_EQ(theirs->read(context, into).value(), 2u);
  }
}

TEST(ConnectTcp, NamesHostAndPortWhenRefused) {
  const Listener listener;  // Bound but not listening: refused.
  const auto refused = connect_tcp(within(milliseconds(5000)), "127.0.0.1", listener.port);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unreachable);
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_NE(refused.error().message.find("127.0.0.1:" + std::to_string(listener.port)),
            std::string::npos);
}

TEST(ConnectTcp, DoesNotKnowEveryHost) {
  for (const std::string& host : {std::string("no-such-host.invalid"), std::string(),
                                  std::string(300, 'a'), std::string("a\0b", 3)}) {
    const auto unknown = connect_tcp(within(milliseconds(20'000)), host, 1);
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().code, Code::unknown_host) << unknown.error().message;
  }
}

TEST(ConnectTcp, EndsWithItsContext) {
  Context context;
  context.cancel = Cancel::create();
  context.cancel.request();
  const Stopwatch watch;
  EXPECT_EQ(connect_tcp(context, "no-such-host.invalid", 1).error().code, Code::cancelled);

  // A backlog of one that is full: the next connection hangs in the kernel.
  Listener listener;
  ASSERT_EQ(listen(listener.fd, 0), 0);
  std::vector<std::unique_ptr<Transport>> filling;
  Code code = Code::internal;
  for (int i = 0; i < 8 && code == Code::internal; ++i) {
    auto made = connect_tcp(within(milliseconds(50)), "127.0.0.1", listener.port);
    if (made) filling.push_back(std::move(*made));
    if (!made) code = made.error().code;
  }
  EXPECT_EQ(code, Code::timeout);
  EXPECT_LT(watch.elapsed_ms(), 2000);
}

}  // namespace
}  // namespace dbops
