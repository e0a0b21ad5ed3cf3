// Reads of whole collections, on the real server.

#include <gmock/gmock-matchers.h>

#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;

constexpr int kDocuments = 2000;  // So many that an index is the cheaper way for any planner.

class MongoGuard : public testing::Test {
 protected:
  void SetUp() override {
    auto session = connect_to(url());
    ASSERT_TRUE(session) << session.error().message;
    plain_ = std::move(*session);
    ASSERT_TRUE(run(*plain_, R"({"dropDatabase": 1})"));
    std::string documents;
    for (int i = 0; i < kDocuments; ++i)
      documents += (i > 0 ? ", " : "") + (R"({"_id": )" + std::to_string(i)) + R"(, "a": )" +
                   std::to_string(i) + R"(, "b": )" + std::to_string(i % 7) + "}";
    ASSERT_TRUE(run(*plain_, R"({"insert": "c", "documents": [)" + documents + "]}"));
    ASSERT_TRUE(
        run(*plain_, R"({"createIndexes": "c", "indexes": [{"key": {"a": 1}, "name": "a_1"}]})"));
  }
  static std::string url(const std::string& options = {}) {
    return at_database(server_url(), "guarded", "&rows=flat" + options);
  }
  static std::unique_ptr<Session> guarded(const std::string& guard) {
    auto session = connect_to(url("&scan_guard=" + guard));
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  std::string documents() const {
    return run(*plain_, R"({"count": "c", "query": {"_id": {"$exists": true}}})").value_or("?");
  }

  std::unique_ptr<Session> plain_;
};

TEST_F(MongoGuard, RefusesWhatReadsAllBeforeItRuns) {
  const auto session = guarded("refuse");
  for (const char* text : {
           R"({"find": "c", "filter": {"b": 1}})",
           R"({"find": "c"})",
           R"({"find": "c", "filter": {"b": 1}, "limit": 1})",
           R"({"count": "c", "query": {"b": 1}})",
           R"({"distinct": "c", "key": "b"})",
           R"({"aggregate": "c", "pipeline": [{"$match": {"b": 1}}], "cursor": {}})",
           R"({"aggregate": "c", "pipeline": [{"$group": {"_id": "$b"}}, {"$out": "d"}],
               "cursor": {}})",
           R"({"update": "c", "updates": [{"q": {"b": 1}, "u": {"$set": {"x": 1}}}]})",
           R"({"update": "c", "updates": [{"q": {"a": 1}, "u": {"$set": {"x": 1}}},
                                          {"q": {"b": 1}, "u": {"$set": {"x": 1}}}]})",
           R"({"delete": "c", "deletes": [{"q": {"b": 1}, "limit": 0}]})",
           R"({"findAndModify": "c", "query": {"b": 1}, "remove": true})",
           R"({"find": "c", "filter": {"b": 1}, "$db": "guarded"})",
       }) {
    const auto answer = run(*session, text);
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, Code::forbidden) << text << answer.error().message;
    EXPECT_EQ(answer.error().effect, Effect::none) << text;
    EXPECT_THAT(answer.error().message, HasSubstr("every document of c")) << text;
    EXPECT_THAT(answer.error().hint, HasSubstr("scan_guard")) << text;
    EXPECT_THAT(answer.error().hint, HasSubstr("_id_, a_1")) << text;
  }
  EXPECT_THAT(run(*session, R"({"find": "c", "filter": {"b": 1}})").error().hint,
              HasSubstr(R"({"createIndexes": "c", "indexes": [{"key": {"b": 1})"));
  EXPECT_EQ(documents(), std::to_string(kDocuments) + "|1");
  EXPECT_EQ(run(*plain_, R"({"count": "c", "query": {"x": 1}})").value_or("?"), "0|1");
}

TEST_F(MongoGuard, LetsPassWhatAnIndexFindsAndWhatEndsEarly) {
  const auto session = guarded("refuse");
  for (const char* text : {
           R"({"find": "c", "filter": {"a": 5, "b": 5}})",
           R"({"find": "c", "filter": {"_id": 5}})",
           R"({"find": "c", "limit": 3})",
           R"({"count": "c"})",
           R"({"count": "c", "query": {"a": 5}})",
           R"({"aggregate": "c", "pipeline": [{"$match": {"a": 5}}], "cursor": {}})",
           R"({"aggregate": "c", "pipeline": [{"$limit": 2}], "cursor": {}})",
           R"({"find": "nothing", "filter": {"b": 1}})",
           R"({"update": "c", "updates": [{"q": {"a": 5}, "u": {"$set": {"x": 1}}}]})",
           R"({"insert": "c", "documents": [{"_id": -1}]})",
           R"({"delete": "c", "deletes": [{"q": {"_id": -1}, "limit": 1}]})",
       }) {
    const auto answer = run(*session, text);
    EXPECT_TRUE(answer) << text << answer.error().message << answer.error().hint;
  }
}

// The planner reads a small collection rather than its index.
TEST_F(MongoGuard, ASmallCollectionWithAnIndexPasses) {
  const auto made = run(*plain_, R"({"insert": "small", "documents": [{"_id": 1, "a": 1}]}
      {"createIndexes": "small", "indexes": [{"key": {"a": 1}, "name": "a_1"}]})");
  ASSERT_TRUE(made) << made.error().message;
  const auto session = guarded("refuse");
  EXPECT_TRUE(run(*session, R"({"find": "small", "filter": {"a": 1}})", Mode::read));
  EXPECT_FALSE(run(*session, R"({"find": "small", "filter": {"b": 1}})", Mode::read));
}

TEST_F(MongoGuard, AParameterIsPartOfWhatIsLookedAt) {
  const auto session = guarded("refuse");
  const auto script = connector().dialect().parse(R"({"find": "c", "filter": {"b": "$1"}})");
  Parameters parameters;
  parameters.add({}, Value::integer(3));
  const auto results = session->queries()->run({}, *script, parameters, Mode::read);
  ASSERT_TRUE(results);
  EXPECT_EQ((*results)->next({}).error().code, Code::forbidden);
}

TEST_F(MongoGuard, WarnsAndRunsWhereItIsToldTo) {
  const auto session = guarded("warn");
  const auto script = connector().dialect().parse(R"({"find": "c", "filter": {"b": 1}})");
  const Parameters none;
  const auto results = session->queries()->run({}, *script, none, Mode::read);
  Stream* stream = *(*results)->next({});
  Batch batch;
  ASSERT_TRUE(*stream->next({}, batch));
  ASSERT_EQ(stream->summary().warnings.size(), 1U);
  EXPECT_THAT(stream->summary().warnings[0], HasSubstr("it reads every document of c"));
}

TEST_F(MongoGuard, ACommandOfManyPartsIsRefusedWhole) {
  std::string parts;
  for (int i = 0; i < 101; ++i)
    parts += std::string(i > 0 ? ", " : "") + R"({"q": {"a": 1}, "u": {"$set": {"x": 1}}})";
  const auto answer = run(*guarded("refuse"), R"({"update": "c", "updates": [)" + parts + "]}");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::too_large);
}

TEST_F(MongoGuard, TheSettingIsOneOfThree) {
  ConnectionOptions options;
  options.url = Secret(url("&scan_guard=sometimes"));
  const auto checked = connector().check(options);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Code::invalid_config);
}

}  // namespace
}  // namespace dbops::mongodb
