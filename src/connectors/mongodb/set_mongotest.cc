// A replica set: which of its members a link goes to, and what becomes of it when another is
// elected, falls silent or is gone. On a set of this program's own.
#include <gmock/gmock-matchers.h>

#include <array>
#include <chrono>

#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/session.h"
#include "connectors/mongodb/testing.h"
#include "core/connections.h"
#include "gate/gate.h"
#include "net/url.h"

namespace dbops::mongodb {
namespace {

using gate::Action;
using testing::HasSubstr;
using namespace std::literals;

constexpr const char* kSet = "DBOPS_TEST_MONGODB_ELECTING";
constexpr const char* kInsert = R"({"insert": "c", "documents": [{"a": 1}]})";
constexpr const char* kFind = R"({"find": "c"})";
constexpr size_t kMembers = 3;

class MongoSet : public testing::Test {
 protected:
  void SetUp() override {
    const Url url = *Url::parse(server_url(kSet));
    ASSERT_EQ(url.hosts.size(), kMembers);
    for (size_t i = 0; i < kMembers; ++i) ports_[i] = *url.hosts[i].port;
    const auto session = connect();
    ASSERT_TRUE(session && run(*session, R"({"dropDatabase": 1})"));
  }
  static std::unique_ptr<Session> connect(const std::string& options = "", uint16_t port = 0) {
    auto session = connect_to(set_url(kSet, "electing", options, port));
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  static ServerFacts facts(Session& session) {
    return static_cast<MongoSession&>(session).commands().link().facts();
  }
  uint16_t primary() const {
    for (const uint16_t port : ports_)
      if (facts(*connect("", port)).primary) return port;
    ADD_FAILURE() << "no member is the primary";
    return 0;
  }
  void step_down() const {
    const auto done = run(*connect("", primary()), R"({"replSetStepDown": 1, "$db": "admin"})");
    ASSERT_TRUE(done) << done.error().message;
  }
  static void fail_commands(const std::string& name, const std::string& how) {
    const auto done =
        run(*connect(), R"({"configureFailPoint": "failCommand", "mode": {"times": 1},
      "data": {"failCommands": [")" +
                            name + R"("], "appName": "failing", )" + how + R"(}, "$db": "admin"})");
    ASSERT_TRUE(done) << done.error().message;
  }

  std::array<uint16_t, kMembers> ports_{};
};

TEST_F(MongoSet, TellsHowFarTheOplogReachesBack) {
  const auto session = connect();
  ASSERT_TRUE(session && run(*session, R"({"insert": "c", "documents": [{"a": 1}]})"));
  const auto findings = session->diagnostics()->diagnose({}, "replication");
  ASSERT_TRUE(findings) << findings.error().message;
  EXPECT_EQ(findings->back().subject, "oplog");
  EXPECT_EQ(findings->back().severity, Severity::warning) << "less than a day: the set is young";
  EXPECT_THAT(findings->back().message, testing::StartsWith("it reaches back "));
}

TEST_F(MongoSet, AnyOfItsHostsLeadsToThePrimary) {
  for (const uint16_t port : ports_) {
    auto session =
        connect_to("mongodb://127.0.0.1:" + std::to_string(port) + "/electing?replicaSet=rs0");
    ASSERT_TRUE(session) << session.error().message;
    EXPECT_TRUE(facts(**session).primary);
    EXPECT_EQ(facts(**session).set, "rs0");
  }
}

TEST_F(MongoSet, AReadingConnectionMayHaveASecondary) {
  ASSERT_TRUE(run(*connect(), kInsert));
  const auto session = connect("&readPreference=secondary");
  EXPECT_FALSE(facts(*session).primary);
  EXPECT_THAT(run(*session, kFind, Mode::read).value_or("?"), HasSubstr("\"a\": 1"));
  const auto refused = run(*session, kInsert);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::busy);
  EXPECT_EQ(refused.error().effect, Effect::none);
}

TEST_F(MongoSet, ASecondaryIsLookedAtTooNotOnlyRead) {
  ASSERT_TRUE(run(*connect(), kInsert));
  const auto session = connect("&readPreference=secondary");
  const auto described = session->catalog()->describe({}, {{"electing", "c"}});
  ASSERT_TRUE(described) << described.error().message;
  EXPECT_FALSE(described->front().columns.empty());
  const auto listing = session->catalog()->list({}, {"electing"}, {});
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->items.size(), 1u);
  const auto info = session->info({});
  EXPECT_TRUE(info) << info.error().message;
  const auto findings = session->diagnostics()->diagnose({}, "indexes");
  EXPECT_TRUE(findings) << findings.error().message;
}

TEST_F(MongoSet, AnotherNameOfTheSetIsNotIt) {
  const auto refused =
      connect_to("mongodb://127.0.0.1:" + std::to_string(ports_[0]) + "/electing?replicaSet=other");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unreachable) << refused.error().message;
}

TEST_F(MongoSet, AWriteToWhoHasSteppedDownIsNotDoneAndTheNextLinkFindsTheOther) {
  const auto session = connect();
  step_down();
  const auto refused = run(*session, kInsert);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::busy) << refused.error().message;
  EXPECT_THAT(refused.error().native_code, HasSubstr("10107"));
  EXPECT_EQ(refused.error().effect, Effect::none);
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_TRUE(session->broken());
  EXPECT_TRUE(run(*connect(), kInsert));
  EXPECT_THAT(
      run(*connect(), R"({"count": "c", "query": {"_id": {"$exists": true}}})").value_or("?"),
      HasSubstr("\"n\": 1"));
}

TEST_F(MongoSet, AnElectionTakesBackATransaction) {
  const auto session = connect();
  const auto script = connector().dialect().parse(std::string(kInsert) + kInsert);
  const Parameters none;
  const auto results = session->queries()->run({}, *script, none, Mode::write);
  ASSERT_TRUE(*(*results)->next({}));
  step_down();
  const auto next = (*results)->next({});
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().effect, Effect::none);
  EXPECT_TRUE(next.error().retryable);
  EXPECT_THAT(
      run(*connect(), R"({"count": "c", "query": {"_id": {"$exists": true}}})").value_or("?"),
      HasSubstr("\"n\": 0"));
}

TEST_F(MongoSet, APoolFindsTheNewPrimary) {
  ConnectionOptions options;
  options.name = "m";
  options.url = Secret(set_url(kSet, "electing"));
  options.tier = Tier::write;
  Connection connection(options, connector());
  {
    const auto first = connection.pool().acquire({});
    const auto second = connection.pool().acquire({});
    ASSERT_TRUE(first && second);
  }
  step_down();
  size_t refused = 0;
  for (int i = 0; i < 4; ++i) {
    const auto lease = connection.pool().acquire({});
    ASSERT_TRUE(lease) << lease.error().message;
    if (!run(**lease, kInsert)) ++refused;
  }
  EXPECT_LE(refused, 2U);  // One for each link of before.
  EXPECT_THAT(
      run(*connect(), R"({"count": "c", "query": {"_id": {"$exists": true}}})").value_or("?"),
      HasSubstr("\"n\": " + std::to_string(4 - refused)));
}

TEST_F(MongoSet, AnIdleLinkSaysThatItsMemberIsNoPrimaryAnyMore) {
  const auto session = connect();
  EXPECT_TRUE(session->ping({}));
  step_down();
  const auto stale = session->ping({});
  ASSERT_FALSE(stale);
  EXPECT_TRUE(session->broken());
}

TEST_F(MongoSet, AWriteThatAnElectionInterruptsIsUnknown) {
  for (const char* code : {"11602", "91", "189"}) {
    const auto session = connect("&appName=failing");
    fail_commands("insert", R"("errorCode": )" + std::string(code));
    const auto failed = run(*session, kInsert);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().effect, Effect::unknown) << code;
    EXPECT_TRUE(session->broken());
  }
}

TEST_F(MongoSet, AWriteThatOnlyTheOldPrimaryHasIsUnknown) {
  const auto session = connect("&appName=failing");
  fail_commands("insert", R"("writeConcernError": {"code": 91, "errmsg": "it ends"})");
  const auto failed = run(*session, kInsert);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().effect, Effect::unknown) << failed.error().message;
  EXPECT_TRUE(failed.error().session_broken);
  EXPECT_TRUE(session->broken());
}

// Gates before all members, which say that they are where the gates stand.
class MongoSetBehindGates : public MongoSet {
 protected:
  void SetUp() override {
    MongoSet::SetUp();
    for (size_t i = 0; i < kMembers; ++i) gates_[i] = std::make_unique<gate::Gate>(ports_[i]);
    announce([&](size_t i) { return gates_[i]->port(); });
  }
  void TearDown() override {
    announce([&](size_t i) { return ports_[i]; });
  }
  template <class PortOf>
  void announce(PortOf port_of) const {
    std::string members;
    for (size_t i = 0; i < kMembers; ++i)
      members +=
          (i > 0 ? ", " : "") + (R"({"host": "127.0.0.1:)" + std::to_string(port_of(i))) + "\"}";
    const auto done = run(*connect("", ports_[0]), R"({"replSetReconfig": {"members": [)" +
                                                       members + R"(]}, "$db": "admin"})");
    ASSERT_TRUE(done) << done.error().message;
  }
  std::string url() const {
    std::string hosts;
    for (const auto& gate : gates_)
      hosts += (hosts.empty() ? "" : ",") + ("127.0.0.1:" + std::to_string(gate->port()));
    return "mongodb://" + hosts + "/electing?replicaSet=rs0";
  }
  gate::Gate& gate_of(uint16_t port) {
    for (size_t i = 0; i < kMembers; ++i)
      if (ports_[i] == port) return *gates_[i];
    throw std::runtime_error("no member has that port");
  }

  std::array<std::unique_ptr<gate::Gate>, kMembers> gates_;
};

TEST_F(MongoSetBehindGates, ASilentMemberKeepsNobodyFromThePrimary) {
  gate_of(ports_[0] == primary() ? ports_[1] : ports_[0]).apply(Action::stall);
  const auto session = connect_to(url());
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, kInsert));
}

TEST_F(MongoSetBehindGates, AMemberThatIsGoneKeepsNobodyFromThePrimary) {
  const uint16_t kept = primary();
  const std::string hosts = url();
  for (auto& gate : gates_)
    if (gate.get() != &gate_of(kept)) {
      gate.reset();
      break;
    }
  const auto session = connect_to(hosts);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, kInsert));
}

TEST_F(MongoSetBehindGates, WithoutAPrimaryItSaysSoAndLaterItRecovers) {
  gate::Gate& gate = gate_of(primary());
  const auto before = connect_to(url());
  ASSERT_TRUE(before) << before.error().message;
  gate.apply(Action::stall);
  const auto refused = connect_to(url());
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == Code::unreachable || refused.error().code == Code::timeout)
      << refused.error().message;
  EXPECT_FALSE(refused.error().hint.empty());
  step_down();  // Over the members' own ports.
  const auto session = connect_to(url());
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_TRUE(run(**session, kInsert));
  gate.flow();
}

}  // namespace
}  // namespace dbops::mongodb
