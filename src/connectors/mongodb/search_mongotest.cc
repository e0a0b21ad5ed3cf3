// The search that fits every engine, on a real server.
#include <gmock/gmock-more-matchers.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "base/value_text.h"
#include "connectors/mongodb/testing.h"
#include "core/searcher.h"

namespace dbops::mongodb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr const char* kObjectId = R"({"$oid": "65f000000000000000000001"})";

class MongoSearch : public testing::Test {
 protected:
  void SetUp() override {
    auto session = connect_to(at_database(server_url(), "searched"));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    for (const char* text :
         {R"({"dropDatabase": 1})",
          R"({"insert": "notes", "documents": [
            {"_id": 1, "t": "red apples and pears", "y": 2024, "v": [1.0, 0.0]},
            {"_id": {"$oid": "65f000000000000000000001"}, "t": "pears alone", "y": 2025},
            {"_id": "three", "t": "an apple, apples", "y": null, "v": [0.9, 0.1]}]})",
          R"({"createIndexes": "notes", "indexes": [{"key": {"t": "text"}, "name": "words"}]})",
          R"({"insert": "near", "documents": [{"_id": 1, "v": [1.0, 0.0], "kind": "a"},
            {"_id": 2, "v": [0.0, 1.0], "kind": "b"}, {"_id": 3, "v": [0.8, 0.1], "kind": "b"}]})",
          R"({"createIndexes": "near", "indexes": [{"key": {"v": "cosmosSearch"}, "name": "v",
            "cosmosSearchOptions": {"kind": "vector-ivf", "numLists": 1, "similarity": "COS",
              "dimensions": 2}}, {"key": {"kind": 1}, "name": "kind"}]})"}) {
      const auto done = run(*session_, text);
      ASSERT_TRUE(done) << text << ": " << done.error().message;
    }
  }
  void TearDown() override {
    if (session_) static_cast<void>(run(*session_, R"({"dropDatabase": 1})"));
  }

  std::vector<std::string> search(const SearchRequest& request) {
    hits_.clear();
    warnings_.clear();
    auto found = session_->searcher()->search({}, request);
    if (!found) {
      message_ = found.error().message + " | " + found.error().hint;
      return {std::string(name(found.error().code))};
    }
    std::vector<std::string> ids;
    Batch batch;
    for (auto more = (*found)->next({}, batch); more && *more; more = (*found)->next({}, batch))
      for (size_t i = 0; i < batch.rows(); ++i) {
        append_text(ids.emplace_back(), batch.row(i)[0]);
        EXPECT_EQ(batch.row(i)[1].kind(), Kind::real);
        append_text(hits_.emplace_back(), batch.row(i)[2]);
      }
    for (const std::string& warning : (*found)->summary().warnings) warnings_ += warning + "; ";
    return ids;
  }
  std::vector<std::string> words(const std::string& text, std::string_view filter = "{}") {
    return search({.path = {"notes"},
                   .text = text,
                   .conditions = read_conditions(parse_json(filter)->as_object()).value()});
  }

  std::unique_ptr<Session> session_;
  std::vector<std::string> hits_;
  std::string warnings_, message_;
};

TEST_F(MongoSearch, ByWords) {
  EXPECT_THAT(words("apples"), UnorderedElementsAre("1", "three"));
  EXPECT_EQ(warnings_, "");
  EXPECT_THAT(words("pears -apples"), ElementsAre(kObjectId));
  EXPECT_THAT(hits_[0], HasSubstr(R"("t": "pears alone", "y": 2025)"));
  EXPECT_THAT(words("\"pears alone\""), ElementsAre(kObjectId));
  EXPECT_THAT(words("\"alone pears\""), IsEmpty());
  EXPECT_THAT(search({.path = {"searched", "notes"}, .text = "apples", .limit = 1}).size(), 1U);
  words("$where apples \" \\ {");
  EXPECT_THAT(warnings_, HasSubstr("any of the words"));
}

TEST_F(MongoSearch, HoldsToTheFilter) {
  EXPECT_THAT(words("pears", R"({"y": 2024})"), ElementsAre("1"));
  EXPECT_THAT(words("pears", R"({"y": {"gt": 2024, "lte": 2025}})"), ElementsAre(kObjectId));
  EXPECT_THAT(words("apples", R"({"y": null})"), ElementsAre("three"));
  EXPECT_THAT(words("apples", R"({"y": {"ne": null}})"), ElementsAre("1"));
  EXPECT_THAT(words("apples", R"({"y": {"in": [2024, "$2"]}})"), ElementsAre("1"));
  EXPECT_THAT(words("apples", R"({"y": {"in": []}})"), IsEmpty());
  EXPECT_THAT(words("apples", R"({"$where": "true"})"), ElementsAre("invalid_argument"));
}

TEST_F(MongoSearch, ByVectorWhereTheServerHasAnIndex) {
  EXPECT_THAT(search({.path = {"near"}, .vector = {1, 0}, .limit = 2}), ElementsAre("1", "3"));
  EXPECT_THAT(hits_[0], HasSubstr(R"("kind": "a")"));
  EXPECT_THAT(hits_[0], Not(HasSubstr("\"v\"")));
  EXPECT_THAT(hits_[0], Not(HasSubstr("cosmos")));
  EXPECT_THAT(warnings_, HasSubstr("left out of the documents: v"));
  EXPECT_THAT(
      search({.path = {"near"},
              .vector = {1, 0},
              .fields = {"v"},
              .conditions = read_conditions(parse_json(R"({"kind": "b"})")->as_object()).value()}),
      ElementsAre("3", "2"));
  EXPECT_THAT(search({.path = {"near"}, .vector = {1}}), ElementsAre("invalid_argument"));
  EXPECT_THAT(search({.path = {"notes"}, .vector = {1, 0}}), ElementsAre("unsupported"));
  EXPECT_THAT(message_, HasSubstr("$vectorSearch"));
}

TEST_F(MongoSearch, SaysWhatIsWrong) {
  EXPECT_THAT(search({.path = {"near"}, .text = "x"}), ElementsAre("unsupported"));
  EXPECT_THAT(message_, HasSubstr("createIndexes"));
  EXPECT_THAT(search({.path = {"noets"}, .text = "x"}), ElementsAre("not_found"));
  EXPECT_THAT(message_, HasSubstr("notes"));
  EXPECT_THAT(search({.path = {"a", "b", "c"}, .text = "x"}), ElementsAre("invalid_argument"));
  EXPECT_THAT(search({.path = {"notes"}, .text = "x", .fields = {"t"}}),
              ElementsAre("unsupported"));
  EXPECT_THAT(search({.path = {"notes"}, .text = "x", .vector = {1}}), ElementsAre("unsupported"));
  EXPECT_THAT(words("-x"), ElementsAre("invalid_argument"));
}

}  // namespace
}  // namespace dbops::mongodb
