// Keys as rows, and back into keys.
#include <gmock/gmock-matchers.h>

#include <boost/json/value.hpp>
#include <set>
#include <sstream>

#include "base/json.h"
#include "connectors/redis/connector.h"
#include "connectors/redis/testing.h"
#include "core/loader.h"

namespace dbops::redis {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class RedisExport : public testing::Test {
 protected:
  void SetUp() override {
    url_ = at_database(server_url(), 8);
    auto session = connect_to(url_);
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    ASSERT_EQ(run(*session_, "FLUSHDB").value_or("?"), "OK");
  }
  std::string exported(Session& session, std::string_view json) {
    const auto rows = operate(connector(), session, "export_keys", json);
    return rows ? *rows : rows.error().message;
  }
  // Takes all that there is as dumps from one session into another.
  Result<std::vector<LoadOutcome::Refusal>> bring(Session& from, Session& to, bool replace) {
    LoadTarget target;
    target.columns = {
        {"key", "", Kind::null}, {"ttl_ms", "", Kind::null}, {"dump", "", Kind::null}};
    target.replace = replace;
    for (const Operation& operation : connector().operations()) {
      if (operation.name != "export_keys") continue;
      const auto given = parse_json(R"({"as": "dump"})");
      auto arguments = read_arguments(operation.arguments, given->as_object());
      DBOPS_ASSIGN(const auto rows, operation.run({}, from, *std::move(arguments)));
      DBOPS_ASSIGN(const auto load, to.loader()->start({}, target));
      std::vector<LoadOutcome::Refusal> refused;
      Batch batch;
      for (;;) {
        DBOPS_ASSIGN(const bool more, rows->next({}, batch));
        if (!more) return refused;
        DBOPS_ASSIGN(auto outcome, load->write({}, batch, SIZE_MAX));
        for (auto& each : outcome.refused) refused.push_back(std::move(each));
      }
    }
    return fail(Code::internal, "no such operation");
  }

  std::string url_;
  std::unique_ptr<Session> session_;
};

TEST_F(RedisExport, ShowsEachTypeOfKey) {
  ASSERT_TRUE(run(*session_,
                  "SET s v EX 1000\nHSET h f 1\nRPUSH l a b\nZADD z 1.5 m\nSADD t x\n"
                  "XADD x 1-1 f v\nSET \"\\xff\" \"\\x00\\xff\""));
  EXPECT_THAT(exported(*session_, R"({"match": "s"})"), MatchesRegex("s\\|string\\|[0-9]+\\|v"));
  EXPECT_EQ(exported(*session_, R"({"match": "h"})"), R"(h|hash|-1|{"f":"1"})");
  EXPECT_EQ(exported(*session_, R"({"match": "l"})"), R"(l|list|-1|["a","b"])");
  EXPECT_EQ(exported(*session_, R"({"match": "z"})"), R"(z|zset|-1|[["m",1.5]])");
  EXPECT_EQ(exported(*session_, R"({"match": "t"})"), R"(t|set|-1|["x"])");
  EXPECT_EQ(exported(*session_, R"({"match": "x"})"), R"(x|stream|-1|[["1-1",["f","v"]]])");
  EXPECT_EQ(exported(*session_, R"({"match": "\\?"})"), "");
  const std::string all = exported(*session_, "{}");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 6);
  EXPECT_THAT(all, HasSubstr("\\xff|string|-1|\\x00ff"));
}

TEST_F(RedisExport, ReadsMoreKeysThanAreHeld) {
  std::string sets = "MSET";
  for (int i = 0; i < 5000; ++i) sets += " k" + std::to_string(i) + " " + std::to_string(i);
  ASSERT_TRUE(run(*session_, sets));
  std::stringstream rows(exported(*session_, "{}"));
  std::set<std::string> seen;
  for (std::string row; std::getline(rows, row);) seen.insert(row);
  EXPECT_EQ(seen.size(), 5000U);
  EXPECT_TRUE(seen.contains("k4999|string|-1|4999"));
}

TEST_F(RedisExport, ComesBackAsItWas) {
  const std::string fill =
      "SET {e}s \"\\x00\\xff\" EX 1000\nHSET {e}h \"\\xfe\" 1\nRPUSH {e}l a b\nZADD {e}z 1.5 m\n"
      "SADD {e}t x\nXADD {e}x 1-1 f v";
  ASSERT_TRUE(run(*session_, fill));
  const auto cluster = connect_to(server_url("DBOPS_TEST_REDIS_CLUSTER"));
  ASSERT_TRUE(cluster);
  const std::string dumps = "DUMP {e}s\nDUMP {e}h\nDUMP {e}l\nDUMP {e}z\nDUMP {e}t\nDUMP {e}x";
  ASSERT_TRUE(run(**cluster, "DEL {e}s {e}h {e}l {e}z {e}t {e}x"));
  const auto refused = bring(*session_, **cluster, false);
  ASSERT_TRUE(refused) << refused.error().message;
  EXPECT_TRUE(refused->empty());
  EXPECT_EQ(run(**cluster, dumps).value_or("?"), run(*session_, dumps).value_or("??"));
  EXPECT_THAT(run(**cluster, "TTL {e}s").value_or("?"), MatchesRegex("1000|9[0-9]{2}"));
  EXPECT_EQ(run(**cluster, "TTL {e}h").value_or("?"), "-1");
  // Once more: what is there stays, unless it is to be replaced.
  ASSERT_TRUE(run(**cluster, "SET {e}s other"));
  const auto again = bring(*session_, **cluster, false);
  ASSERT_TRUE(again);
  ASSERT_EQ(again->size(), 6U);
  EXPECT_EQ((*again)[0].error.code, Code::already_exists);
  EXPECT_THAT((*again)[0].error.hint, HasSubstr("replace"));
  EXPECT_EQ(run(**cluster, "GET {e}s").value_or("?"), "other");
  EXPECT_TRUE(bring(*session_, **cluster, true)->empty());
  EXPECT_EQ(run(**cluster, "GET {e}s").value_or("?"), "\\x00ff");
  ASSERT_TRUE(run(**cluster, "DEL {e}s {e}h {e}l {e}z {e}t {e}x"));
}

TEST_F(RedisExport, TakesWhatCameByWayOfJson) {
  ASSERT_TRUE(run(*session_, "SET k v"));
  const std::string dump = exported(*session_, R"({"as": "dump"})");
  EXPECT_THAT(dump, testing::StartsWith("k|-1|"));
  LoadTarget target;
  target.columns = {{"key", "", Kind::null}, {"ttl_ms", "", Kind::null}, {"dump", "", Kind::null}};
  const auto plan = session_->loader()->plan({}, target);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->fields[1].type, "time to live");
  Batch batch;
  batch.reset(3);
  for (const char* text : {R"({"base64": "!"})", R"({"base64": "AAAA"})"}) {
    Value* cells = batch.add_row();
    cells[0] = Value::view(Kind::json, R"({"base64": "/w=="})");
    cells[2] = Value::view(Kind::json, text);
  }
  Value* null = batch.add_row();
  null[0] = Value::text("none");
  const auto load = session_->loader()->start({}, target);
  ASSERT_TRUE(load);
  const auto outcome = (*load)->write({}, batch, 10);
  ASSERT_TRUE(outcome) << outcome.error().message;
  ASSERT_EQ(outcome->refused.size(), 3U);
  EXPECT_THAT(outcome->refused[0].error.message, HasSubstr("DUMP payload"));
  EXPECT_EQ(run(*session_, "DBSIZE").value_or("?"), "1");
}

TEST_F(RedisExport, LeavesOutWhatRulesHide) {
  ASSERT_TRUE(run(*session_, "SET mine v\nSET other v"));
  ConnectionOptions options;
  options.name = "r";
  options.url = Secret(url_);
  options.access = *Access::make({.allow = {"mine"}});
  const auto ruled = connector().connect({}, options);
  ASSERT_TRUE(ruled);
  EXPECT_EQ(exported(**ruled, "{}"), "mine|string|-1|v");
  EXPECT_THAT(exported(**ruled, R"({"as": "dump"})"), testing::Not(HasSubstr("other")));
}

}  // namespace
}  // namespace dbops::redis
