// Connecting: what can be had, and a code of its own for each way it can't.

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/time.h"
#include "contract/contract.h"

namespace dbops::contract {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

// Takes connections on a port of 127.0.0.1 and never says a word.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(fd_, generic, size) != 0 || listen(fd_, 8) != 0 ||
        getsockname(fd_, generic, &size) != 0)
      throw std::runtime_error("no port to listen on");
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(fd_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

TEST_P(Contract, ConnectsAndSaysWhatItFound) {
  const auto session = connect(Tier::read);
  EXPECT_TRUE(session->ping({}));
  EXPECT_FALSE(session->broken());
  const ServerInfo info = must(session->info({}));
  EXPECT_THAT(info.product, Not(testing::IsEmpty()));
  EXPECT_THAT(info.version, testing::ContainsRegex("^[0-9]+\\."));
  EXPECT_THAT(info.database, Not(testing::IsEmpty()));
  EXPECT_THAT(info.transport, Not(testing::IsEmpty()));
}

TEST_P(Contract, ItsOptionsPassTheirCheck) {
  EXPECT_TRUE(quirks().connector.check(sandbox().options(Tier::read)));
  ConnectionOptions options = sandbox().options(Tier::read);
  options.settings.emplace_back("no_such_setting", "1");
  const auto checked = quirks().connector.check(options);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::invalid_config);
  EXPECT_THAT(checked.error().message, HasSubstr("no_such_setting"));
}

TEST_P(Contract, EachBadTargetHasItsOwnCode) {
  for (const BadTarget& target : quirks().bad_targets(sandbox())) {
    SCOPED_TRACE(target.what);
    const Stopwatch stopwatch;
    const auto session = quirks().connector.connect({}, target.options);
    EXPECT_LT(stopwatch.elapsed(), target.options.connect_timeout + stop_max());
    if (session) {
      ADD_FAILURE() << "connected";
      continue;
    }
    const Error& error = session.error();
    EXPECT_EQ(name(error.code), name(target.code)) << error.message;
    EXPECT_EQ(error.effect, Effect::none);
    EXPECT_THAT(error.hint, Not(testing::IsEmpty()));
    for (const std::string& mention : target.mentions)
      EXPECT_THAT(error.message, HasSubstr(mention));
    for (const std::string& said : {error.message, error.hint, error.native_code})
      EXPECT_THAT(said, Not(HasSubstr("hunter2"))) << "the secret came out";
  }
}

TEST_P(Contract, CancelsAConnect) {
  const SilentServer server;
  const ConnectionOptions options = quirks().on_port(sandbox(), server.port());
  Context context;
  context.cancel = Cancel::create();
  constexpr milliseconds kUnderWay{100};
  const Stopwatch stopwatch;
  Later later(kUnderWay, [&] { context.cancel.request(); });
  const auto session = quirks().connector.connect(context, options);
  EXPECT_LT(stopwatch.elapsed(), kUnderWay + stop_max());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::cancelled) << session.error().message;
}

TEST_P(Contract, EndsAConnectAtTheDeadline) {
  const SilentServer server;
  ConnectionOptions options = quirks().on_port(sandbox(), server.port());
  Context context;
  constexpr milliseconds kLimit{150};
  context.deadline = Deadline::after(kLimit);
  Stopwatch stopwatch;
  auto session = quirks().connector.connect(context, options);
  EXPECT_LT(stopwatch.elapsed(), kLimit + stop_max());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::timeout) << session.error().message;

  options.connect_timeout = kLimit;
  stopwatch = Stopwatch();
  session = quirks().connector.connect({}, options);
  EXPECT_LT(stopwatch.elapsed(), kLimit + stop_max());
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::timeout) << session.error().message;
  EXPECT_THAT(session.error().message, HasSubstr("127.0.0.1"));
  EXPECT_THAT(session.error().message, HasSubstr(std::to_string(server.port())));
}

TEST_P(Contract, ConnectsOverTls) {
  const auto session = must(quirks().connector.connect({}, quirks().over_tls(sandbox())));
  EXPECT_THAT(must(session->info({})).transport, HasSubstr("TLS"));
  EXPECT_EQ(read(*session, statements().read_items).size(), 100U);
}

}  // namespace
}  // namespace dbops::contract
