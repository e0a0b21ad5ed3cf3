// Commands against a real server: rows, cursors, writes and their errors, limits of time.
#include <gmock/gmock-more-matchers.h>

#include <chrono>

#include "connectors/mongodb/connector.h"
#include "connectors/mongodb/testing.h"
#include "core/catalog.h"

namespace dbops::mongodb {
namespace {

using testing::HasSubstr;
using namespace std::literals;

class MongoSessions : public testing::Test {
 protected:
  void SetUp() override {
    url_ = at_database(server_url(), "sessions");
    session_ = connect();
    ASSERT_TRUE(session_ && run(*session_, R"({"dropDatabase": 1})"));
  }
  std::unique_ptr<Session> connect(const std::string& options = "", Tier tier = Tier::admin) const {
    auto session = connect_to(url_ + options, tier);
    EXPECT_TRUE(session) << session.error().message;
    return session ? std::move(*session) : nullptr;
  }
  Error error_of(std::string_view text, Mode mode = Mode::write, const Context& context = {}) {
    const auto done = run(*session_, text, mode, context);
    if (done) ADD_FAILURE() << *done;
    return done ? Error() : done.error();
  }

  std::string url_;
  std::unique_ptr<Session> session_;
};

TEST_F(MongoSessions, AnswersDocumentsAsTheirJson) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [
    {"_id": 1, "n": {"$numberLong": "5"}, "d": 1.0}, {"_id": 2, "a": {"b": [1]}}]})"));
  EXPECT_EQ(run(*session_, R"({"find": "c", "sort": {"_id": 1}})", Mode::read).value_or("?"),
            "{\"_id\": 1, \"n\": 5, \"d\": 1.0}\n{\"_id\": 2, \"a\": {\"b\": [1]}}");
  EXPECT_EQ(run(*connect("&json=canonical"), R"({"find": "c", "filter": {"_id": 1}})", Mode::read)
                .value_or("?"),
            R"({"_id": {"$numberInt": "1"}, "n": {"$numberLong": "5"}, )"
            R"("d": {"$numberDouble": "1.0"}})");
  EXPECT_EQ(run(*session_, R"({"count": "c", "query": {"_id": {"$exists": true}}})", Mode::read)
                .value_or("?"),
            R"({"n": 2, "ok": 1.0})");
  EXPECT_EQ(run(*session_, R"({"count": "c", "query": {"_id": {"$exists": true}}, "$db": "other"})",
                Mode::read)
                .value_or("?"),
            R"({"n": 0, "ok": 1.0})");
}

TEST_F(MongoSessions, FlatRowsLoseNothing) {
  std::string documents;
  for (int i = 0; i < 200; ++i)
    documents += (i > 0 ? ", " : "") + (R"({"_id": )" + std::to_string(i)) +
                 (i < 150 ? R"(, "a": {"b": 1}})" : R"(, "late": {"x": "y"}})");
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [)" + documents + "]}"));
  const auto rows = run(*connect("&rows=flat"),
                        R"({"find": "c", "sort": {"_id": 1}, "batchSize": 50})", Mode::read);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_THAT(*rows, testing::StartsWith("0|1|null\n1|1|null\n"));
  EXPECT_THAT(*rows, testing::EndsWith("\n199|null|{\"late.x\": \"y\"}"));
}

TEST_F(MongoSessions, TellsWhichItemsFailedAndWhatWasWritten) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1}]})"));
  const Error none = error_of(R"({"insert": "c", "documents": [{"_id": 1}, {"_id": 2}]})");
  EXPECT_EQ(none.code, Code::constraint);
  EXPECT_EQ(none.effect, Effect::none);
  EXPECT_THAT(none.message, HasSubstr("item 0"));
  EXPECT_THAT(none.native_code, HasSubstr("11000"));
  const Error some = error_of(
      R"({"insert": "c", "ordered": false, "documents": [{"_id": 2}, {"_id": 1}, {"_id": 3}]})");
  EXPECT_EQ(some.code, Code::constraint);
  EXPECT_EQ(some.effect, Effect::applied);
  EXPECT_THAT(some.message, HasSubstr("item 1"));
  EXPECT_THAT(some.message, HasSubstr("2 were written"));
}

TEST_F(MongoSessions, GivesTheServerItsTime) {
  Context context;
  context.deadline = Deadline::after(300ms);
  const Error error = error_of(R"({"aggregate": 1, "cursor": {}, "pipeline": [
    {"$documents": [{"a": {"$range": [0, 20000]}}]}, {"$unwind": "$a"},
    {"$set": {"b": {"$range": [0, 20000]}}}, {"$unwind": "$b"}, {"$match": {"b": -1}}]})",
                               Mode::read, context);
  EXPECT_EQ(error.code, Code::timeout) << error.message;
}

TEST_F(MongoSessions, KnowsErrorsByTheirNumber) {
  EXPECT_EQ(error_of(R"({"nosuch": 1})").code, Code::syntax);
  EXPECT_EQ(error_of(R"({"find": "c", "filter": {"$nosuch": 1}})", Mode::read).code, Code::data);
  EXPECT_EQ(error_of(R"({"insert": "$c", "documents": [{}]})").code, Code::syntax);
  ASSERT_TRUE(run(*session_, R"({"create": "c"} {"create": "d"})"));
  EXPECT_EQ(
      error_of(R"({"renameCollection": "sessions.no", "to": "sessions.e", "$db": "admin"})").code,
      Code::not_found);
  EXPECT_EQ(
      error_of(R"({"renameCollection": "sessions.c", "to": "sessions.d", "$db": "admin"})").code,
      Code::already_exists);
  EXPECT_FALSE(session_->broken());
}

// A parameter is seen as what it is when the command leaves: the text alone is a read.
TEST_F(MongoSessions, AParameterCannotSmuggleAWrite) {
  const auto reader = connect("", Tier::read);
  const auto script =
      connector().dialect().parse(R"({"aggregate": "c", "pipeline": "$1", "cursor": {}})");
  ASSERT_EQ(script->tier(), Tier::read);
  for (const char* smuggled : {R"([{"$out": "x"}])", R"([{"$match": {"$where": "1"}}])"}) {
    Parameters parameters;
    parameters.add({}, Value::view(Kind::json, smuggled));
    const auto results = reader->queries()->run({}, *script, parameters, Mode::read);
    ASSERT_TRUE(results);
    const auto stream = (*results)->next({});
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code, Code::forbidden) << stream.error().message;
  }
}

TEST_F(MongoSessions, RehearsesNothing) {
  const Error error = error_of(R"({"insert": "c", "documents": [{"_id": 1}]})", Mode::rehearse);
  EXPECT_EQ(error.code, Code::unsupported);
}

// What a person is told before they confirm.
TEST_F(MongoSessions, CountsWhatADangerousCommandWouldChange) {
  std::string documents;
  for (int i = 0; i < 1200; ++i)
    documents += (i > 0 ? ", " : "") + (R"({"_id": )" + std::to_string(i)) + R"(, "k": ")" +
                 (i % 3 == 0 ? "A" : "b") + "\"}";
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [)" + documents + "]}"));
  const auto effects = [&](std::string_view text) {
    const auto preview =
        session_->queries()->preview({}, *connector().dialect().parse(text), Parameters());
    if (!preview) return preview.error().message;
    EXPECT_FALSE(preview->rehearses) << "there are no transactions here";
    std::string all;
    for (const std::string& each : preview->effects) all += each + "\n";
    return all;
  };
  EXPECT_EQ(effects(R"({"drop": "c"})"), "that is 1,200 documents of c\n");
  EXPECT_EQ(effects(R"({"delete": "c", "deletes": [{"q": {}, "limit": 0}]})"),
            "that is 1,200 documents of c\n");
  EXPECT_EQ(effects(R"({"delete": "c", "deletes": [{"q": {"k": "A"}, "limit": 0},
                        {"q": {"k": "b"}, "limit": 1}, {"q": {}, "limit": 0}]})"),
            "that is 1,601 documents of c\n");
  EXPECT_EQ(
      effects(R"({"update": "c", "updates": [{"q": {}, "u": {"$set": {"x": 1}}, "multi": true},
      {"q": {"k": "a"}, "u": {"$set": {"x": 2}}, "multi": true,
       "collation": {"locale": "en", "strength": 2}}]})"),
      "that is 1,600 documents of c\n");
  EXPECT_EQ(effects(R"({"aggregate": "d", "pipeline": [{"$out": "c"}], "cursor": {}})"),
            "that is 1,200 documents of c\n");
  EXPECT_EQ(effects(R"({"dropDatabase": 1})"),
            "that is 1,200 documents of sessions, in 1 collection\n");
  // What needs no confirmation, and what can't be counted by a read.
  EXPECT_EQ(effects(R"({"delete": "c", "deletes": [{"q": {"k": "A"}, "limit": 0}]})"), "");
  EXPECT_EQ(effects(R"({"delete": "c", "deletes": [{"q": {}, "limit": 0},
                        {"q": {"$where": "1"}, "limit": 0}]})"),
            "");
  EXPECT_EQ(run(*session_, R"({"count": "c", "query": {"_id": {"$exists": true}}})").value_or("?"),
            R"({"n": 1200, "ok": 1.0})");
}

TEST_F(MongoSessions, ExplainsWithoutRunning) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1, "a": 1}]})"));
  const auto script = connector().dialect().parse(R"({"find": "c", "filter": {"a": 1}})");
  const auto plan = session_->explainer()->explain({}, *script, {}, false, Mode::read);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr("Scan"));
  EXPECT_THAT(plan->json, testing::StartsWith("{"));
}

// FerretDB itself explains neither writes nor distinct.
TEST_F(MongoSessions, ExplainsHowAWriteFindsItsDocuments) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [{"_id": 1, "a": 1}]})"));
  const auto explain = [&](std::string_view text, bool analyze, Mode mode) {
    return session_->explainer()->explain({}, *connector().dialect().parse(text), {}, analyze,
                                          mode);
  };
  for (const char* text : {
           R"({"update": "c", "updates": [{"q": {"_id": 1}, "u": {"$set": {"a": 2}}}]})",
           R"({"delete": "c", "deletes": [{"q": {"_id": 1}, "limit": 0}]})",
           R"({"findAndModify": "c", "query": {"_id": 1}, "remove": true})",
           R"({"distinct": "c", "key": "a", "query": {"_id": 1}})",
           R"({"aggregate": "c", "pipeline": [{"$match": {"_id": 1}}, {"$out": "d"}],
               "cursor": {}})",
       }) {
    for (const bool analyze : {false, true}) {
      const auto plan = explain(text, analyze, analyze ? Mode::rehearse : Mode::read);
      ASSERT_TRUE(plan) << text << plan.error().message;
      EXPECT_EQ(plan->findings.front().message, "uses the index _id_") << text;
      EXPECT_FALSE(plan->findings.back().message.empty());
    }
  }
  EXPECT_EQ(run(*session_, R"({"find": "c"})").value_or("?"), R"({"_id": 1, "a": 1})");
  EXPECT_EQ(explain(R"({"delete": "c", "deletes": [{"q": {}, "limit": 0}]})", true, Mode::read)
                .error()
                .code,
            Code::forbidden);
  EXPECT_EQ(explain(R"({"insert": "c", "documents": [{}]})", false, Mode::read).error().code,
            Code::unsupported);
}

TEST_F(MongoSessions, DescribesWhatASampleShows) {
  ASSERT_TRUE(run(*session_, R"({"insert": "c", "documents": [
    {"_id": 1, "a": 1, "b": {"c": "x"}, "d": [{"e": 1}, {"e": "y"}]}, {"_id": 2, "a": "z"}]}
    {"createIndexes": "c", "indexes": [{"key": {"a": -1}, "name": "a_desc", "unique": true}]})"));
  const auto described = session_->catalog()->describe({}, {{"sessions", "c"}, {"sessions"}});
  ASSERT_TRUE(described) << described.error().message;
  const Description& c = (*described)[0];
  std::string fields;
  for (const ColumnInfo& column : c.columns)
    fields += column.name + " " + column.type + (column.nullable ? "?" : "") + "\n";
  EXPECT_EQ(fields,
            "_id int\na int 50%, string 50%\nb object?\nb.c string?\nd array?\nd[] object?\n"
            "d[].e int 50%, string 50%?\n");
  ASSERT_EQ(c.indexes.size(), 2U);
  EXPECT_THAT(c.indexes[1].columns, testing::ElementsAre("a desc"));
  EXPECT_TRUE(c.indexes[1].unique);
  EXPECT_EQ((*described)[1].item.kind, "database");
}

// FerretDB takes such options, and makes a plain collection.
TEST_F(MongoSessions, WarnsOfOptionsThatTheServerDropped) {
  const auto warnings = [&](std::string_view text) {
    const auto script = *connector().dialect().parse(text);
    const Parameters none;
    const auto results = *session_->queries()->run({}, script, none, Mode::write);
    Stream* stream = *results->next({});
    Batch batch;
    while (*stream->next({}, batch)) continue;
    return stream->summary().warnings;
  };
  EXPECT_THAT(
      warnings(R"({"create": "v", "viewOn": "c", "pipeline": []})"),
      testing::ElementsAre("the server made v without the option pipeline: it does not have it",
                           "the server made v without the option viewOn: it does not have it"));
  EXPECT_THAT(warnings(R"({"create": "p", "capped": false, "collation": {"locale": "simple"},
                           "changeStreamPreAndPostImages": {"enabled": false}})"),
              testing::IsEmpty());
}

// FerretDB keeps a validator that collMod gives, though not one of create.
TEST_F(MongoSessions, KeepsToAValidator) {
  ASSERT_TRUE(run(*session_, R"({"create": "c"} {"insert": "c", "documents": [{"_id": 1, "a": 7}]}
    {"collMod": "c", "validator": {"$jsonSchema": {"required": ["a"],
      "properties": {"a": {"bsonType": "string"}}}}})"));
  const Error refused = error_of(R"({"insert": "c", "documents": [{"_id": 2, "a": 1}]})");
  EXPECT_EQ(refused.code, Code::constraint) << refused.message;
  EXPECT_EQ(refused.effect, Effect::none);
  const auto described = session_->catalog()->describe({}, {{"sessions", "c"}});
  ASSERT_TRUE(described) << described.error().message;
  ASSERT_EQ((*described)[0].features.size(), 2U);
  EXPECT_EQ((*described)[0].features[0].kind, "validator");
  EXPECT_EQ((*described)[0].features[1].name, "a");
  EXPECT_EQ((*described)[0].features[1].text, "the validator wants string; 100% are int");
}

TEST_F(MongoSessions, FindsWhatRefersToOtherCollections) {
  ASSERT_TRUE(run(*session_, R"({"insert": "films", "documents": [{"_id": 1}, {"_id": 2}]}
    {"insert": "shows", "documents": [{"film_id": 1, "at": 5}, {"film_id": 2}, {"film_id": 9}]})"));
  const auto described = session_->catalog()->describe({}, {{"sessions", "shows"}});
  ASSERT_TRUE(described) << described.error().message;
  const Description& shows = (*described)[0];
  ASSERT_EQ(shows.features.size(), 1U);
  EXPECT_EQ(shows.features[0].kind, "reference");
  EXPECT_EQ(shows.features[0].name, "film_id");
  EXPECT_EQ(shows.features[0].text, "films._id: 2 of 3 sampled values are there");
  EXPECT_EQ(shows.columns[1].comment, "1 to 9");
  EXPECT_EQ(shows.columns[2].comment, "in 33% of the sampled documents; 5");
}

}  // namespace
}  // namespace dbops::mongodb
