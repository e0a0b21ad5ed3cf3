// Change streams of a replica set: as rows for a while, and of the catalogue for who subscribes.
#include <gmock/gmock-matchers.h>

#include <chrono>

#include "base/value_text.h"
#include "connectors/mongodb/changes.h"
#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/extended_json.h"
#include "connectors/mongodb/session.h"
#include "connectors/mongodb/testing.h"

namespace dbops::mongodb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using namespace std::literals;

constexpr const char* kSet = "DBOPS_TEST_MONGODB_SET";
constexpr const char* kDatabase = "changes";
constexpr auto kLong = 60s;  // for what is there long before

Context soon() {
  Context context;
  context.deadline = Deadline::after(kLong);
  return context;
}

class MongoChanges : public testing::Test {
 protected:
  void SetUp() override {
    writer_ = connect(Tier::admin);
    session_ = connect(Tier::read);
    ASSERT_TRUE(writer_ && session_ && run(*writer_, R"({"dropDatabase": 1})"));
  }
  static std::unique_ptr<Session> connect(Tier tier) {
    auto session = connect_to(set_url(kSet, kDatabase), tier);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  MongoQueries& queries() { return static_cast<MongoSession&>(*session_).commands(); }
  void write(std::string_view text) {
    const auto done = run(*writer_, text);
    ASSERT_TRUE(done) << done.error().message;
  }
  Result<std::unique_ptr<Stream>> collect(const ChangesWanted& wanted, int64_t changes,
                                          std::chrono::seconds span = kLong) {
    return collect_changes({}, queries(), wanted, span, changes);
  }
  // "operation collection key document description" of each.
  static std::vector<std::string> rest_of(Stream& stream) {
    std::vector<std::string> all;
    Batch batch;
    for (;;) {
      const auto more = stream.next(soon(), batch);
      EXPECT_TRUE(more) << more.error().message;
      if (!more || !*more) return all;
      for (size_t i = 0; i < batch.rows(); ++i) {
        std::string line;
        for (const size_t column : {1, 3, 4, 5, 6})
          append_text(line += line.empty() ? "" : " ", batch.row(i)[column]);
        all.push_back(line);
      }
    }
  }
  // What the answer says of going on.
  static Bson token_of(const Stream& stream) {
    const std::string said = stream.summary().warnings.back();
    auto token = parse_document(said.substr(said.find('{')));
    EXPECT_TRUE(token) << said;
    return token ? std::move(*token) : Bson();
  }

  std::unique_ptr<Session> writer_;
  std::unique_ptr<Session> session_;
};

TEST_F(MongoChanges, AreRowsInTheirOrder) {
  const auto stream = collect({.database = kDatabase, .collection = "c", .documents = true}, 4);
  ASSERT_TRUE(stream) << stream.error().message;
  write(R"({"insert": "c", "documents": [{"_id": 1, "a": 1}]})");
  write(R"({"insert": "other", "documents": [{"_id": 1}]})");
  write(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$set": {"a": 2}}}]})");
  write(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"b": 1}}]})");
  write(R"({"delete": "c", "deletes": [{"q": {"_id": 1}, "limit": 1}]})");
  const auto rows = rest_of(**stream);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[0], R"(insert c {"_id": 1} {"_id": 1, "a": 1} )");
  EXPECT_THAT(rows[1], StartsWith(R"(update c {"_id": 1} {"_id": 1, "a": 2} {"updatedFields")"));
  EXPECT_EQ(rows[2], R"(replace c {"_id": 1} {"_id": 1, "b": 1} )");
  EXPECT_EQ(rows[3], R"(delete c {"_id": 1}  )");
}

TEST_F(MongoChanges, GoOnBehindTheirToken) {
  const auto first = collect({.database = kDatabase, .collection = "c"}, 1);
  ASSERT_TRUE(first) << first.error().message;
  write(R"({"insert": "c", "documents": [{"_id": 1}, {"_id": 2}]})");
  EXPECT_EQ(rest_of(**first).size(), 1U);
  const auto second =
      collect({.database = kDatabase, .collection = "c", .after = token_of(**first)}, 1);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_THAT(rest_of(**second), ElementsAre(StartsWith(R"(insert c {"_id": 2})")));
}

TEST_F(MongoChanges, EndWithTheirTimeAndLeaveTheLinkAsItIs) {
  Bson token;
  {
    const auto none = collect({.database = kDatabase}, 1, 1s);
    ASSERT_TRUE(none) << none.error().message;
    EXPECT_THAT(rest_of(**none), ElementsAre());
    token = token_of(**none);
  }
  EXPECT_FALSE(session_->broken());
  EXPECT_TRUE(session_->ping({}));
  write(R"({"insert": "late", "documents": [{"_id": 1}]})");
  const auto found = collect({.database = kDatabase, .after = std::move(token)}, 1);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(rest_of(**found), ElementsAre(StartsWith("insert late")));
}

TEST_F(MongoChanges, AreChosenByACondition) {
  const auto stream =
      collect({.database = kDatabase, .match = R"({"operationType": "delete"})"}, 1);
  ASSERT_TRUE(stream) << stream.error().message;
  write(R"({"insert": "c", "documents": [{"_id": 1}]})");
  write(R"({"delete": "c", "deletes": [{"q": {"_id": 1}, "limit": 1}]})");
  EXPECT_THAT(rest_of(**stream), ElementsAre(StartsWith("delete c")));
}

TEST_F(MongoChanges, AConditionRunsNoScript) {
  const auto refused = collect({.database = kDatabase, .match = R"({"$where": "true"})"}, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::forbidden) << refused.error().message;
}

TEST_F(MongoChanges, EndWhereTheCollectionDoes) {
  write(R"({"create": "c"})");
  const auto stream = collect({.database = kDatabase, .collection = "c"}, 10);
  ASSERT_TRUE(stream) << stream.error().message;
  write(R"({"drop": "c"})");
  EXPECT_THAT(rest_of(**stream), ElementsAre(StartsWith("drop c"), StartsWith("invalidate")));
  EXPECT_THAT((*stream)->summary().warnings[0], HasSubstr("is over"));
}

TEST_F(MongoChanges, ATokenOfAnotherServerIsRefused) {
  auto token = parse_document(R"({"_data": "ff"})");
  const auto refused = collect({.database = kDatabase, .after = std::move(*token)}, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::expired) << refused.error().message;
  EXPECT_FALSE(session_->broken());
}

TEST_F(MongoChanges, ACancelEndsTheWait) {
  const auto stream = collect({.database = kDatabase}, 1);
  ASSERT_TRUE(stream) << stream.error().message;
  Context context;
  context.cancel = Cancel::create();
  context.cancel.request();
  Batch batch;
  const auto stopped = (*stream)->next(context, batch);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::cancelled) << stopped.error().message;
}

class MongoWatching : public MongoChanges {
 protected:
  // The places of this test's database that are told of up to a mark.
  std::vector<Watcher::Place> told() {
    write(R"({"create": "mark"})");
    std::vector<Watcher::Place> places;
    for (;;) {
      const auto next = session_->watcher()->next(soon());
      EXPECT_TRUE(next) << next.error().message;
      if (!next) return places;
      for (const Watcher::Place& place : *next) {
        if (place == Watcher::Place{"changes", "mark"}) return places;
        if (!place.empty() && place[0] == "changes") places.push_back(place);
      }
    }
  }
};

TEST_F(MongoWatching, TellsOfCollectionsAndIndexesAlone) {
  ASSERT_TRUE(session_->watcher()->begin(soon()));
  write(R"({"insert": "c", "documents": [{"_id": 1}]})");
  write(R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$set": {"a": 2}}}]})");
  write(R"({"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "a"}]})");
  write(R"({"renameCollection": "changes.c", "to": "changes.d", "$db": "admin"})");
  write(R"({"drop": "d"})");
  const Watcher::Place c = {"changes", "c"};
  const Watcher::Place d = {"changes", "d"};
  EXPECT_THAT(told(), ElementsAre(c, c, c, d, d));
}

TEST_F(MongoWatching, AWaitWithoutNewsLeavesItListening) {
  ASSERT_TRUE(session_->watcher()->begin(soon()));
  Context brief;
  brief.deadline = Deadline::after(50ms);
  while (const auto told_early = session_->watcher()->next(brief)) {
    // Another test's doing.
  }
  EXPECT_FALSE(session_->broken());
  ASSERT_TRUE(session_->watcher()->begin(soon()));
  write(R"({"create": "c"})");
  EXPECT_THAT(told(), ElementsAre(Watcher::Place{"changes", "c"}));
}

TEST(MongoWithoutChanges, SaysWhatItLacks) {
  const auto session = connect_to(server_url());
  ASSERT_TRUE(session) << session.error().message;
  const auto refused = (*session)->watcher()->begin(soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported);
  EXPECT_FALSE(refused.error().hint.empty());
  EXPECT_FALSE((*session)->broken());
}

}  // namespace
}  // namespace dbops::mongodb
