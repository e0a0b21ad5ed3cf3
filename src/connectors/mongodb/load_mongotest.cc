// Loads into a real server.
#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/loader.h"
#include "connectors/mongodb/testing.h"
#include "gate/gate.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;

class MongoLoads : public testing::Test {
 protected:
  void SetUp() override {
    url_ = at_database(server_url(), "loads");
    auto session = connect_to(url_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_TRUE(run(*session_, R"({"dropDatabase": 1} {"create": "c"})"));
    batch_.reset(1);
  }
  static LoadTarget documents(bool replace = false) {
    LoadTarget target;
    target.path = {"c"};
    target.columns = {{"document", "", Kind::json}};
    target.documents = true;
    target.replace = replace;
    return target;
  }
  void add(std::string_view document) { *batch_.add_row() = batch_.copy(Kind::json, document); }
  Result<LoadOutcome> load(const LoadTarget& target, size_t refusals_max) {
    DBOPS_ASSIGN(const auto load, session_->loader()->start({}, target));
    return load->write({}, batch_, refusals_max);
  }
  std::string all(const std::string& options = "") {
    auto session = connect_to(url_ + options);
    return session
               ? run(**session, R"({"find": "c", "sort": {"_id": 1}})", Mode::read).value_or("?")
               : "?";
  }

  std::string url_;
  std::unique_ptr<Session> session_;
  Batch batch_;
};

TEST_F(MongoLoads, KeepsTheTypesOfExtendedJson) {
  constexpr std::string_view kDocument =
      R"({"_id": {"$oid": "65f000000000000000000001"}, "l": {"$numberLong": "1"}, )"
      R"("d": {"$numberDecimal": "1.10"}, "t": {"$date": {"$numberLong": "1"}}})";
  add(kDocument);
  const LoadTarget target = documents();
  const auto outcome = load(target, 0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 1U);
  EXPECT_EQ(all("&json=canonical"), kDocument);
}

TEST_F(MongoLoads, StopsBeforeTheFirstThatIsRefused) {
  for (const char* document : {R"({"_id": 1})", R"({"_id": 2})", R"({"_id": 1, "again": 1})",
                               R"({"_id": {"$oid": "x"}})", R"({"_id": 5})"})
    add(document);
  const LoadTarget target = documents();
  const auto outcome = load(target, 0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 2U);
  ASSERT_EQ(outcome->refused.size(), 1U);
  EXPECT_EQ(outcome->refused[0].item, 2U);
  EXPECT_EQ(outcome->refused[0].error.code, Code::already_exists);
  EXPECT_EQ(all(), "{\"_id\": 1}\n{\"_id\": 2}");
}

TEST_F(MongoLoads, TriesAllWhereSomeMayBeRefused) {
  for (const char* document :
       {R"({"_id": 1})", R"({"_id": 1, "again": 1})", R"({"_id": {"$oid": "x"}})", R"({"_id": 5})"})
    add(document);
  const LoadTarget target = documents();
  const auto outcome = load(target, 1);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 4U);
  ASSERT_EQ(outcome->refused.size(), 2U);
  EXPECT_EQ(outcome->refused[0].item, 1U);
  EXPECT_EQ(outcome->refused[1].item, 2U);
  EXPECT_EQ(outcome->refused[1].error.code, Code::data);
  EXPECT_EQ(all(), "{\"_id\": 1}\n{\"_id\": 5}");
}

TEST_F(MongoLoads, ReplacesByTheId) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1, "old": 1}]})"));
  for (const char* document : {R"({"_id": 1, "new": 1})", R"({"_id": 2})", R"({"n": 1})"})
    add(document);
  const LoadTarget target = documents(true);
  const auto outcome = load(target, 9);
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_EQ(outcome->refused.size(), 1U);
  EXPECT_EQ(outcome->refused[0].item, 2U);
  EXPECT_EQ(all(), "{\"_id\": 1, \"new\": 1}\n{\"_id\": 2}");
}

TEST_F(MongoLoads, SendsABatchInSeveralCommandsWhereItIsLarge) {
  const std::string text(kBulkBytes / 3, 'x');
  for (int i = 0; i < 8; ++i) add("{\"_id\": " + std::to_string(i) + ", \"t\": \"" + text + "\"}");
  const LoadTarget target = documents();
  const auto outcome = load(target, 0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 8U);
  // A count without a filter may be an estimate.
  const auto ids =
      run(*session_, R"({"find": "c", "projection": {"_id": 1}, "sort": {"_id": 1}})", Mode::read);
  std::string expected;
  for (int i = 0; i < 8; ++i)
    expected += (i > 0 ? "\n" : "") + ("{\"_id\": " + std::to_string(i)) + "}";
  EXPECT_EQ(ids.value_or("?"), expected);
}

TEST_F(MongoLoads, MakesACollectionOnlyWhenAsked) {
  LoadTarget target;
  target.path = {"loads", "made"};
  target.columns = {{"_id", "", Kind::integer}, {"at", "", Kind::timestamp_tz}};
  Loader& loader = *session_->loader();
  EXPECT_EQ(loader.start({}, target).error().code, Code::not_found);
  target.create = true;
  const auto plan = loader.plan({}, target);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->creates, R"({"create": "made", "$db": "loads"})");
  EXPECT_EQ(plan->fields.at(1).type, "date");
  batch_.reset(2);
  Value* cells = batch_.add_row();
  cells[0] = Value::integer(1);
  cells[1] = Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06+00");
  ASSERT_TRUE(load(target, 0));
  EXPECT_TRUE(loader.plan({}, target)->exists);
  EXPECT_EQ(run(*session_, R"({"find": "made"})", Mode::read).value_or("?"),
            R"({"_id": 1, "at": {"$date": "2026-11-24T17:07:06Z"}})");
}

TEST_F(MongoLoads, RefusesWhatCantBe) {
  const auto code = [&](const LoadTarget& target) {
    const auto plan = session_->loader()->plan({}, target);
    return plan ? std::string("none") : std::string(name(plan.error().code));
  };
  LoadTarget target = documents();
  target.key = {"_id"};
  EXPECT_EQ(code(target), "none");
  target.key = {"n"};
  EXPECT_EQ(code(target), "invalid_argument");
  target = documents();
  target.path = {"a", "b", "c"};
  EXPECT_EQ(code(target), "invalid_argument");
  target.path = {"cc"};
  EXPECT_EQ(code(target), "not_found");
  target = {};
  target.path = {"c"};
  target.columns = {{"n", "", Kind::integer}};
  EXPECT_EQ(code(target), "none");
  target.replace = true;
  EXPECT_EQ(code(target), "not_found");
  auto reader = connect_to(url_, Tier::read);
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->loader()->start({}, documents()).error().code, Code::forbidden);
}

TEST_F(MongoLoads, ALostAnswerLeavesItInDoubt) {
  gate::Gate gate(port_of(url_));
  auto behind = connect_to(at_database(server_url(), "loads", "", gate.port()));
  ASSERT_TRUE(behind) << behind.error().message;
  const LoadTarget target = documents();
  const auto load = (*behind)->loader()->start({}, target);
  ASSERT_TRUE(load) << load.error().message;
  add(R"({"_id": 1})");
  gate.arm({.action = gate::Action::reset, .direction = gate::Direction::to_client, .after = 0});
  const auto cut = (*load)->write({}, batch_, 0);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().effect, Effect::unknown) << cut.error().message;
  EXPECT_TRUE(cut.error().session_broken);
}

}  // namespace
}  // namespace dbops::mongodb
