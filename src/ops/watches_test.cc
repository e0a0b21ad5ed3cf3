// One watch for all that want to hear of a connection: shared, kept up, ended.
#include "ops/watches.h"

#include <condition_variable>
#include <thread>

#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using std::chrono::milliseconds;
using Place = Watcher::Place;
using ::testing::ElementsAre;

constexpr std::chrono::seconds kPatience{20};

class WatchesTest : public OpsTest {
 protected:
  WatchesTest() { server_.changes.offered = true; }
  // The n-th telling, from 0; waits for it.
  std::vector<Place> told(size_t index) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, kPatience, [&] { return told_.size() > index; })) return {};
    return told_[index];
  }
  void wait_until_nobody_listens() {
    const Deadline end = Deadline::after(kPatience);
    while (server_.sessions > 0 && !end.passed()) std::this_thread::yield();
    EXPECT_FALSE(end.passed());
  }
  Result<void> begin(const std::string& connection) { return watches_.begin(context_, connection); }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::vector<Place>> told_;
  const Watches::Pace pace_{.standing = {.look = milliseconds(5),
                                         .check = milliseconds(20),
                                         .retry_first = milliseconds(1),
                                         .retry_max = milliseconds(4)},
                            .gather = milliseconds(50),
                            .rest = milliseconds(1),
                            .places_max = 3};
  Watches watches_{workspace_,
                   [this](const std::string& connection, const std::vector<Place>& places) {
                     EXPECT_EQ(connection, "db");
                     const std::lock_guard lock(mutex_);
                     told_.push_back(places);
                     changed_.notify_all();
                   },
                   pace_};
};

TEST_F(WatchesTest, AllShareOneSession) {
  ASSERT_TRUE(begin("db"));
  ASSERT_TRUE(begin("db"));
  EXPECT_EQ(server_.sessions, 1);
  EXPECT_EQ(watches_.size(), 1u);
  server_.changes.tell({{"public", "t"}});
  EXPECT_THAT(told(0), ElementsAre(Place{"public", "t"}));
}

TEST_F(WatchesTest, WhatComesTogetherIsToldTogetherAndOnce) {
  ASSERT_TRUE(begin("db"));
  server_.changes.tell({{"public", "b"}, {"public", "a"}, {"public", "b"}});
  EXPECT_THAT(told(0), ElementsAre(Place{"public", "a"}, Place{"public", "b"}));
}

TEST_F(WatchesTest, TooManyPlacesAreAnywhere) {
  ASSERT_TRUE(begin("db"));
  server_.changes.tell({{"a"}, {"b"}, {"c"}, {"d"}});
  EXPECT_THAT(told(0), ElementsAre(Place()));
}

TEST_F(WatchesTest, ALostSessionIsReplacedAndWhatWasMissedIsAnywhere) {
  ASSERT_TRUE(begin("db"));
  server_.changes.refuse(Error{.code = Code::unreachable, .message = "it is away"});
  server_.changes.hang_up();
  wait_until_nobody_listens();
  server_.changes.refuse(std::nullopt);
  EXPECT_THAT(told(0), ElementsAre(Place()));
  server_.changes.tell({{"public", "t"}});
  EXPECT_THAT(told(1), ElementsAre(Place{"public", "t"}));
}

TEST_F(WatchesTest, WhoNoLongerTellsIsNoticed) {
  ASSERT_TRUE(begin("db"));
  server_.changes.refuse(Error{.code = Code::unsupported, .message = "it tells nobody"});
  wait_until_nobody_listens();
  server_.changes.refuse(std::nullopt);
  EXPECT_THAT(told(0), ElementsAre(Place()));
}

TEST_F(WatchesTest, AnotherConfigurationIsFollowed) {
  ASSERT_TRUE(begin("db"));
  Connections connections(connectors_);
  ConnectionOptions options;
  options.name = "db";
  options.url = Secret("fake:elsewhere");
  ASSERT_TRUE(connections.add(std::move(options)));
  workspace_.replace(std::move(connections));
  EXPECT_THAT(told(0), ElementsAre(Place()));
  EXPECT_EQ(server_.connects, 2);
}

TEST_F(WatchesTest, RefusalsSayWhy) {
  server_.changes.refuse(Error{.code = Code::unsupported, .message = "it tells nobody"});
  EXPECT_EQ(begin("db").error().message, "it tells nobody");
  EXPECT_EQ(watches_.size(), 0u);
  EXPECT_EQ(begin("nothing").error().code, Code::not_found);
  server_.changes.offered = false;
  EXPECT_EQ(begin("db").error().code, Code::unsupported);
  EXPECT_EQ(server_.sessions, 0);
}

TEST_F(WatchesTest, WhatNobodyWantsEndsAtTheSecondLook) {
  ASSERT_TRUE(begin("db"));
  watches_.retain({"db"});
  watches_.retain({});
  EXPECT_EQ(watches_.size(), 1u);
  ASSERT_TRUE(begin("db"));
  watches_.retain({});
  EXPECT_EQ(watches_.size(), 1u) << "it was asked for in between";
  watches_.retain({});
  EXPECT_EQ(watches_.size(), 0u);
  EXPECT_EQ(server_.sessions, 0);
}

}  // namespace
}  // namespace dbops::ops
