// What a connection has written or seen is seen by its later reads, whichever member answers. On a
// set of this program's own, whose members can be made to lag.
#include <gmock/gmock-matchers.h>

#include <chrono>
#include <future>
#include <vector>

#include "connectors/mongodb/session.h"
#include "connectors/mongodb/testing.h"
#include "net/url.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;
using namespace std::literals;

constexpr const char* kSet = "DBOPS_TEST_MONGODB_ELECTING";
constexpr const char* kInsert = R"({"insert": "c", "documents": [{"a": 1}]})";
constexpr const char* kCount = R"({"count": "c", "query": {"a": 1}})";
constexpr const char* kSecondary = "&readPreference=secondary";
constexpr auto kBrief = 300ms;  // for a read that waits in vain
constexpr auto kPatience = 30s;

Context within(std::chrono::milliseconds time) {
  Context context;
  context.deadline = Deadline::after(time);
  return context;
}

class MongoCausalSet : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(run(*connect(), R"({"dropDatabase": 1})"));
    ASSERT_TRUE(run(*connect(), kInsert));
    const Url url = *Url::parse(server_url(kSet));
    for (const Url::Host& host : url.hosts) {
      const auto session = connect("", *host.port);
      if (!static_cast<MongoSession&>(*session).commands().link().facts().primary)
        secondaries_.push_back(*host.port);
      else
        primary_ = *host.port;
    }
    ASSERT_EQ(secondaries_.size(), 2U);
  }
  void TearDown() override { replicate(true); }

  static std::unique_ptr<Session> connect(const std::string& options = "", uint16_t port = 0) {
    auto session = connect_to(set_url(kSet, "causal", options, port));
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  static void replicate(uint16_t port, bool on) {
    const auto done =
        run(*connect("", port), R"({"configureFailPoint": "rsSyncApplyStop", "mode": ")"s +
                                    (on ? "off" : "alwaysOn") + R"(", "$db": "admin"})");
    ASSERT_TRUE(done) << done.error().message;
  }
  void replicate(bool on) const {
    for (const uint16_t port : secondaries_) replicate(port, on);
  }
  static std::string count(Session& session, std::string_view text = kCount) {
    const auto said = run(session, text, Mode::read, within(kPatience));
    return said ? *said : said.error().message;
  }
  static void expect_wait(Session& session, std::string_view text = kCount) {
    const auto said = run(session, text, Mode::read, within(kBrief));
    ASSERT_FALSE(said) << *said;
    EXPECT_EQ(said.error().code, Code::timeout) << said.error().message;
  }

  uint16_t primary_ = 0;
  std::vector<uint16_t> secondaries_;
};

TEST_F(MongoCausalSet, WithoutItAMemberThatLagsShowsWhatWas) {
  replicate(false);
  ASSERT_TRUE(run(*connect(), kInsert));
  EXPECT_THAT(count(*connect(kSecondary + "&causal=false"s)), HasSubstr("\"n\": 1"));
}

TEST_F(MongoCausalSet, AReadWaitsForWhatAnotherConnectionWrote) {
  replicate(false);
  ASSERT_TRUE(run(*connect(), kInsert));
  const auto reader = connect(kSecondary);
  auto said = std::async(std::launch::async, [&] { return count(*reader); });
  const auto watcher = connect("", primary_);
  const auto deadline = Deadline::after(kPatience);
  std::string running;
  while (running.find("afterClusterTime") == std::string::npos && !deadline.passed())
    running = run(*watcher, R"({"currentOp": 1, "$db": "admin"})").value_or("");
  EXPECT_THAT(running, HasSubstr("afterClusterTime"));
  replicate(true);
  EXPECT_THAT(said.get(), HasSubstr("\"n\": 2"));
}

TEST_F(MongoCausalSet, AWaitInVainSaysThatTheMemberLags) {
  replicate(false);
  ASSERT_TRUE(run(*connect(), kInsert));
  const auto reader = connect(kSecondary);
  const auto said = run(*reader, kCount, Mode::read, within(kBrief));
  ASSERT_FALSE(said) << *said;
  EXPECT_EQ(said.error().code, Code::timeout);
  EXPECT_THAT(said.error().hint, HasSubstr("lag"));
  EXPECT_THAT(said.error().hint, HasSubstr("causal=false"));
  EXPECT_FALSE(reader->broken());
  replicate(true);
  EXPECT_THAT(count(*reader), HasSubstr("\"n\": 2"));
}

TEST_F(MongoCausalSet, WhatOneMemberHasShownTheOthersShowToo) {
  replicate(secondaries_[0], false);
  ASSERT_TRUE(run(*connect("&causal=false"), kInsert));
  const auto behind = connect(kSecondary, secondaries_[0]);
  EXPECT_THAT(count(*connect(kSecondary, secondaries_[1])), HasSubstr("\"n\": 2"));
  expect_wait(*behind);
}

TEST_F(MongoCausalSet, TheUrlsConcernAndTheCommandsAreKept) {
  replicate(false);
  ASSERT_TRUE(run(*connect(), kInsert));
  expect_wait(*connect(kSecondary + "&readConcernLevel=majority"s));
  const auto reader = connect(kSecondary);
  expect_wait(*reader, R"({"count": "c", "query": {"a": 1}, "readConcern": {"level": "local"}})");
  // At this level the server does not wait.
  EXPECT_THAT(
      count(*reader, R"({"count": "c", "query": {"a": 1}, "readConcern": {"level": "available"}})"),
      HasSubstr("\"n\": 1"));
  EXPECT_THAT(count(*connect(kSecondary + "&readConcernLevel=available"s)), HasSubstr("\"n\": 1"));
}

TEST_F(MongoCausalSet, ACommandMayNameATimeItself) {
  const auto count_after = [](const std::string& reply) {
    const size_t at = reply.find(R"({"$timestamp")");
    EXPECT_NE(at, std::string::npos) << reply;
    return R"({"count": "c", "query": {"a": 1}, "readConcern": {"afterClusterTime": )" +
           reply.substr(at, reply.find("}}", at) + 2 - at) + "}}";
  };
  const std::string first = count_after(run(*connect(), kInsert).value_or("?"));
  replicate(false);
  const std::string second = count_after(run(*connect(), kInsert).value_or("?"));
  const auto reader = connect(kSecondary);
  EXPECT_THAT(count(*reader, first), HasSubstr("\"n\": 2")) << "it counts before ours";
  expect_wait(*reader, second);
  replicate(true);
  EXPECT_THAT(count(*reader, second), HasSubstr("\"n\": 3"));
}

TEST_F(MongoCausalSet, AfterAnElectionTheOldPrimaryWaitsForTheNew) {
  const auto before = connect();
  ASSERT_TRUE(run(*before, kInsert));
  ASSERT_TRUE(run(*before, R"({"replSetStepDown": 1, "$db": "admin"})"));
  secondaries_.push_back(primary_);
  replicate(primary_, false);
  ASSERT_TRUE(run(*connect(), kInsert));
  const auto old = connect(kSecondary, primary_);
  expect_wait(*old);
  replicate(primary_, true);
  EXPECT_THAT(count(*old), HasSubstr("\"n\": 3"));
}

TEST_F(MongoCausalSet, OfATransactionTheFirstCommandAloneWaits) {
  ASSERT_TRUE(run(*connect(), kInsert));
  ASSERT_TRUE(run(*connect(), R"({"replSetStepDown": 1, "$db": "admin"})"));
  const auto session = connect();
  const auto done = run(*session, kInsert + std::string(R"({"find": "c"})") + kInsert);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_THAT(count(*session), HasSubstr("\"n\": 4"));
}

TEST(MongoCausal, AServerWithoutSuchTimesIsNotAskedForThem) {
  const auto session = connect_to(at_database(server_url(), "causal"));
  ASSERT_TRUE(session) << session.error().message;
  ASSERT_TRUE(run(**session, R"({"dropDatabase": 1})"));
  ASSERT_TRUE(run(**session, kInsert));
  EXPECT_THAT(run(**session, kCount, Mode::read).value_or("?"), HasSubstr("\"n\": 1"));
}

}  // namespace
}  // namespace dbops::mongodb
