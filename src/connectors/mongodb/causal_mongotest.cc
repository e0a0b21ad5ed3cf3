// Reads from a member that lags behind, of what was written or read at another. On a replica set of
// this program's own, whose members' replication is stopped and goes on again.
#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <thread>

#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/session.h"
#include "connectors/mongodb/testing.h"
#include "net/url.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;
using testing::Not;
using namespace std::literals;

constexpr const char* kSet = "DBOPS_TEST_MONGODB_ELECTING";
constexpr const char* kFind = R"({"find": "c"})";
constexpr const char* kSecondary = "&readPreference=secondary";
constexpr const char* kSecondaryAsItIs = "&readPreference=secondary&causal=false";
constexpr size_t kMembers = 3;

class MongoCausal : public testing::Test {
 protected:
  void SetUp() override {
    const Url url = *Url::parse(server_url(kSet));
    ASSERT_EQ(url.hosts.size(), kMembers);
    for (size_t i = 0; i < kMembers; ++i) ports_[i] = *url.hosts[i].port;
    ASSERT_TRUE(run(*connect(), R"({"dropDatabase": 1})"));
    insert(0);
  }
  void TearDown() override { go_on(); }
  static std::unique_ptr<Session> connect(const std::string& options = "", uint16_t port = 0) {
    auto session = connect_to(set_url(kSet, "causal", options, port));
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  static void insert(int id) {
    const auto done =
        run(*connect(), R"({"insert": "c", "documents": [{"_id": )" + std::to_string(id) + "}]}");
    ASSERT_TRUE(done) << done.error().message;
  }
  static bool is_primary(uint16_t port) {
    return static_cast<MongoSession&>(*connect("", port)).commands().link().facts().primary;
  }
  static void replicate(uint16_t port, bool on) {
    const auto done = run(*connect("", port),
                          std::string(R"({"configureFailPoint": "rsSyncApplyStop", "mode": ")") +
                              (on ? "off" : "alwaysOn") + R"(", "$db": "admin"})");
    ASSERT_TRUE(done) << done.error().message;
  }
  void stop_secondaries() const {
    for (const uint16_t port : ports_)
      if (!is_primary(port)) replicate(port, false);
  }
  void go_on() const {
    for (const uint16_t port : ports_) replicate(port, true);
  }
  static void await_waiting_read() {
    const auto looking = connect();
    for (const Deadline deadline = Deadline::after(10s); !deadline.passed();) {
      const auto said = run(*looking, R"({"currentOp": 1, "$db": "admin"})");
      if (said && said->find("afterClusterTime") != std::string::npos) return;
    }
    ADD_FAILURE() << "no read waits";
  }
  // What `read` answers when replication goes on once it waits.
  template <class Read>
  Result<std::string> while_it_goes_on(Read read) const {
    std::thread later([this] {
      await_waiting_read();
      go_on();
    });
    auto said = read();
    later.join();
    return said;
  }
  static Context within(std::chrono::milliseconds time) {
    Context context;
    context.deadline = Deadline::after(time);
    return context;
  }

  std::array<uint16_t, kMembers> ports_{};
};

TEST_F(MongoCausal, AReadElsewhereWaitsForWhatWasWritten) {
  stop_secondaries();
  insert(1);
  const auto as_it_is = run(*connect(kSecondaryAsItIs), kFind, Mode::read);
  ASSERT_TRUE(as_it_is) << as_it_is.error().message;
  EXPECT_THAT(*as_it_is, Not(HasSubstr(R"({"_id": 1})"))) << "the member lags behind";
  const auto reader = connect(kSecondary);
  const auto said = while_it_goes_on([&] { return run(*reader, kFind, Mode::read); });
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_THAT(*said, HasSubstr(R"({"_id": 1})"));
}

TEST_F(MongoCausal, OneThatWaitsInVainSaysWhatForAndTheLinkStays) {
  stop_secondaries();
  insert(1);
  const auto reader = connect(kSecondary);
  const auto said = run(*reader, kFind, Mode::read, within(300ms));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, Code::timeout);
  EXPECT_THAT(said.error().hint, HasSubstr("causal"));
  EXPECT_FALSE(reader->broken());
  go_on();
  EXPECT_THAT(*run(*reader, kFind, Mode::read), HasSubstr(R"({"_id": 1})"));
}

TEST_F(MongoCausal, WhatIsWrittenWhileALinkIsOpenCounts) {
  const auto reader = connect(kSecondary);
  ASSERT_TRUE(run(*reader, kFind, Mode::read));
  stop_secondaries();
  insert(1);
  EXPECT_EQ(run(*reader, kFind, Mode::read, within(200ms)).error().code, Code::timeout);
  EXPECT_EQ(run(*reader, R"({"count": "c"})", Mode::read, within(200ms)).error().code,
            Code::timeout);
  EXPECT_EQ(
      run(*reader, R"({"distinct": "c", "key": "_id"})", Mode::read, within(200ms)).error().code,
      Code::timeout);
  EXPECT_EQ(
      run(*reader, R"({"aggregate": "c", "pipeline": [], "cursor": {}})", Mode::read, within(200ms))
          .error()
          .code,
      Code::timeout);
}

TEST_F(MongoCausal, ALevelOfTheUrlOrOfTheCommandStays) {
  stop_secondaries();
  insert(1);
  const auto majority = connect(std::string(kSecondary) + "&readConcernLevel=majority");
  EXPECT_EQ(run(*majority, kFind, Mode::read, within(200ms)).error().code, Code::timeout);
  constexpr const char* kLocal = R"({"find": "c", "readConcern": {"level": "local"}})";
  EXPECT_EQ(run(*majority, kLocal, Mode::read, within(200ms)).error().code, Code::timeout);
  constexpr const char* kAvailable = R"({"find": "c", "readConcern": {"level": "available"}})";
  const auto available = run(*majority, kAvailable, Mode::read, within(200ms));
  ASSERT_TRUE(available) << available.error().message << ": the server takes no time with it";
  go_on();
  EXPECT_THAT(*run(*majority, kFind, Mode::read), HasSubstr(R"({"_id": 1})"));
}

TEST_F(MongoCausal, ATimeOfTheCommandsOwnIsTaken) {
  stop_secondaries();
  insert(1);
  const auto at = [](const char* time) {
    return std::string(R"({"find": "c", "readConcern": {"afterClusterTime": {"$timestamp": )") +
           time + "}}}";
  };
  const auto reader = connect(kSecondary);
  const auto early = run(*reader, at(R"({"t": 1, "i": 1})"), Mode::read);
  ASSERT_TRUE(early) << early.error().message;
  EXPECT_THAT(*early, Not(HasSubstr(R"({"_id": 1})"))) << "it asked for no more";
  EXPECT_FALSE(run(*reader, at(R"({"t": 4000000000, "i": 1})"), Mode::read)) << "none is so late";
}

TEST_F(MongoCausal, WhatTheOldPrimaryShowedIsWaitedForAtTheNew) {
  stop_secondaries();
  insert(1);
  const auto primary = std::find_if(ports_.begin(), ports_.end(), is_primary);
  ASSERT_NE(primary, ports_.end());
  ASSERT_TRUE(run(*connect("", *primary), R"({"replSetStepDown": 1, "$db": "admin"})"));
  EXPECT_THAT(*run(*connect("&causal=false"), kFind, Mode::read), Not(HasSubstr(R"({"_id": 1})")));
  const auto session = connect();
  const auto said = while_it_goes_on([&] { return run(*session, kFind, Mode::read); });
  ASSERT_TRUE(said) << said.error().message;
  EXPECT_THAT(*said, HasSubstr(R"({"_id": 1})"));
}

// Only the first command of one may say for what it waits.
TEST_F(MongoCausal, ATransactionWaitsAtItsBegin) {
  insert(1);
  const auto primary = std::find_if(ports_.begin(), ports_.end(), is_primary);
  ASSERT_NE(primary, ports_.end());
  ASSERT_TRUE(run(*connect("", *primary), R"({"replSetStepDown": 1, "$db": "admin"})"));
  const auto done = run(*connect(), R"(
    {"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$set": {"a": 5}}}]}
    {"find": "c", "filter": {"a": 5}}
    {"insert": "c", "documents": [{"_id": 2}]})");
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(*done, HasSubstr(R"({"_id": 1, "a": 5})"));
}

}  // namespace
}  // namespace dbops::mongodb
