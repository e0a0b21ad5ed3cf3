// Reads from replicas: of a plain primary, of a cluster, and behind a sentinel.
#include <gmock/gmock-matchers.h>
#include <signal.h>

#include <charconv>
#include <chrono>

#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"
#include "net/url.h"

namespace dbops::redis {
namespace {

using namespace std::literals;

std::unique_ptr<Session> open(const std::string& url) {
  auto session = connect_to(url);
  EXPECT_TRUE(session) << session.error().message;
  return session ? std::move(*session) : nullptr;
}

// Of the server in that variable, whose replicas are asked by name.
class RedisReplicas : public testing::TestWithParam<const char*> {
 protected:
  // A server of the test, by a link of its own.
  struct Server {
    std::string url;
    pid_t pid = 0;
    std::string configuration = {};
  };

  void SetUp() override {
    url_ = server_url(GetParam());
    primary_ = open(url_);
    ASSERT_NE(primary_, nullptr);
    const std::string info = on(*primary_, "INFO replication");
    // slave0:ip=127.0.0.1,port=6380,state=online,...
    for (size_t at = 0; (at = info.find(",port=", at)) != std::string::npos;) {
      at += 6;
      uint16_t port = 0;
      std::from_chars(info.data() + at, info.data() + info.size(), port);
      Server server{.url = at_database(url_, 0, port)};
      const auto link = open(server.url);
      const std::string about = on(*link, "INFO server");
      const std::string pid = info_field(about, "process_id");
      std::from_chars(pid.data(), pid.data() + pid.size(), server.pid);
      server.configuration = info_field(about, "config_file");
      replicas_.push_back(std::move(server));
    }
    ASSERT_EQ(replicas_.size(), 2u) << info;
    ASSERT_EQ(on(*primary_, "SET k 1\nHSET h f 1\nWAIT 2 60000").substr(0, 2), "OK");
    session_ = open(url_ + "?read_from=replica");
  }
  void TearDown() override {
    for (const Server& server : dead_) EXPECT_TRUE(start_server(server.configuration));
    for (const Server& server : dead_)
      EXPECT_TRUE(eventually([&] {
        auto link = connect_to(server.url);
        return link && info_field(on(**link, "INFO replication"), "master_link_status") == "up";
      }));
  }

  void kill_server(const Server& server) {
    ASSERT_GT(server.pid, 1);
    ASSERT_EQ(kill(server.pid, SIGKILL), 0);
    dead_.push_back(server);
  }

  static std::string on(Session& session, std::string_view text, Mode mode = Mode::write) {
    auto shown = run(session, text, mode);
    return shown ? *std::move(shown)
                 : std::string(name(shown.error().code)) + shown.error().message;
  }
  std::string read(std::string_view text) { return on(*session_, text, Mode::read); }
  // How often a server has run a command.
  static std::string calls(Session& session, const std::string& command) {
    const std::string stats = info_field(on(session, "INFO commandstats"), "cmdstat_" + command);
    return stats.empty() ? "0" : stats.substr(6, stats.find(',') - 6);
  }
  std::string calls_of_primary(const std::string& command) { return calls(*primary_, command); }

  std::string url_;
  std::unique_ptr<Session> primary_;
  std::unique_ptr<Session> session_;
  std::vector<Server> replicas_;
  std::vector<Server> dead_;
};

TEST_P(RedisReplicas, AnswerReadsOfKeysAlone) {
  ASSERT_EQ(on(*primary_, "CONFIG RESETSTAT"), "OK");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(read("GET k\nHGETALL h"), "1\nf|1");
  EXPECT_EQ(calls_of_primary("get"), "0");
  EXPECT_EQ(calls_of_primary("hgetall"), "0");
  // What goes on from a cursor, is the server's own, or was asked for by `execute`.
  EXPECT_EQ(read("HSCAN h 0\nGET k\nOBJECT ENCODING k"), "0\n[\"f\",\"1\"]\n1\nint");
  EXPECT_EQ(calls_of_primary("hscan"), "1");
  EXPECT_EQ(calls_of_primary("object|encoding"), "1");
  EXPECT_EQ(calls_of_primary("get"), "0");
  EXPECT_EQ(on(*session_, "SET k 2\nGET k\nSET k 1"), "OK\n2\nOK");
  EXPECT_EQ(calls_of_primary("get"), "1");
  EXPECT_EQ(read("MULTI\nGET k\nEXEC"), "1");
  EXPECT_EQ(calls_of_primary("get"), "2");
}

TEST_P(RedisReplicas, AreNotAskedUnlessItWasSaid) {
  ASSERT_EQ(on(*primary_, "CONFIG RESETSTAT"), "OK");
  const auto plain = open(url_);
  EXPECT_EQ(on(*plain, "GET k", Mode::read), "1");
  const auto said = open(url_ + "?read_from=primary");
  EXPECT_EQ(on(*said, "GET k", Mode::read), "1");
  EXPECT_EQ(calls_of_primary("get"), "2");
}

TEST_P(RedisReplicas, AreLookedAt) {
  const auto findings = primary_->diagnostics()->diagnose({}, "replication");
  ASSERT_TRUE(findings) << findings.error().message;
  ASSERT_EQ(findings->size(), 3u);
  EXPECT_THAT((*findings)[0].message, testing::HasSubstr("2 replicas"));
  EXPECT_THAT((*findings)[1].message, testing::HasSubstr("the replica is online and "));
  EXPECT_EQ((*findings)[1].severity, Severity::ok);
}

TEST_P(RedisReplicas, StandInForEachOther) {
  ASSERT_EQ(on(*primary_, "CONFIG RESETSTAT"), "OK");
  EXPECT_EQ(read("GET k"), "1");
  kill_server(replicas_[0]);
  EXPECT_EQ(read("GET k\nGET k"), "1\n1");
  EXPECT_EQ(calls_of_primary("get"), "0");
  kill_server(replicas_[1]);
  EXPECT_EQ(read("GET k\nGET k"), "1\n1");
  EXPECT_EQ(calls_of_primary("get"), "2");
  EXPECT_FALSE(session_->broken());
  EXPECT_EQ(on(*session_, "SET k 1"), "OK");
  // A session that begins now asks nobody else either.
  session_ = open(url_ + "?read_from=replica");
  EXPECT_EQ(read("GET k"), "1");
}

INSTANTIATE_TEST_SUITE_P(Plain, RedisReplicas, testing::Values("DBOPS_TEST_REDIS_REPLICAS"));
INSTANTIATE_TEST_SUITE_P(Cluster, RedisReplicas,
                         testing::Values("DBOPS_TEST_REDIS_REPLICAS_CLUSTER"));

TEST(RedisSentinelReplicas, AreNamedByTheSentinel) {
  const std::string url = server_url("DBOPS_TEST_REDIS_SENTINEL");
  // After a failover the sentinel may need a while to hold the replica for healthy.
  const Deadline deadline = Deadline::after(60s);
  std::string role;
  while (role != "slave" && !deadline.passed()) {
    const auto writer = connect_to(url);
    if (!writer || !run(**writer, "SET k 1\nCONFIG RESETSTAT\nWAIT 1 1000")) continue;
    const auto reader = connect_to(url + "&read_from=replica");
    if (!reader || run(**reader, "GET k", Mode::read).value_or("?") != "1") continue;
    const std::string stats = run(**writer, "INFO commandstats").value_or("cmdstat_get:");
    if (stats.find("cmdstat_get:") == std::string::npos) role = "slave";
  }
  EXPECT_EQ(role, "slave");
}

// Whichever stands first in the URL: writes go to the primary.
TEST(RedisReplicaHosts, MayStandInAnyOrder) {
  const std::string url = server_url("DBOPS_TEST_REDIS_REPLICAS");
  const size_t at = url.rfind('@') + 1;
  const std::string hosts = url.substr(at, url.rfind('/') - at);
  const size_t last = hosts.rfind(',');
  const std::string turned = url.substr(0, at) + hosts.substr(last + 1) + "," +
                             hosts.substr(0, last) + "/0?read_from=replica";
  const auto session = open(turned);
  EXPECT_EQ(run(*session, "SET k 1").value_or("?"), "OK");
  EXPECT_EQ(run(*session, "GET k", Mode::read).value_or("?"), "1");
}

}  // namespace
}  // namespace dbops::redis
