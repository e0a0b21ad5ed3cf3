// The search that fits every engine, on Elasticsearch and on OpenSearch.
#include <gmock/gmock-more-matchers.h>

#include <boost/json.hpp>

#include "base/json.h"
#include "base/value_text.h"
#include "connectors/elasticsearch/testing.h"
#include "core/searcher.h"

namespace dbops::elasticsearch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

constexpr std::string_view kAnalysis =
    R"("analysis": {"analyzer": {"without_the": {"type": "standard", "stopwords": ["the"]}}})";
constexpr std::string_view kFields =
    R"("title": {"type": "text", "analyzer": "without_the"},
       "body": {"type": "text", "fields": {"whole": {"type": "keyword"}}},
       "bare": {"type": "text"}, "tag": {"type": "keyword"}, "year": {"type": "long"},)";
constexpr std::string_view kDocuments =
    R"(POST /found/_bulk?refresh=true
{"index":{"_id":"a"}}
{"title":"red apples","body":"and pears","bare":"one two","tag":"x","year":2024,"v":[1,0]}
{"index":{"_id":"b"}}
{"title":"green pears","body":"alone","bare":"two one","tag":"y","year":2025,"v":[0,1]}
{"index":{"_id":"c"}}
{"title":"the apple","body":"An Apple; apples","tag":"x","year":9007199254740993,"v":[0.9,0.1]}
{"index":{"_id":"d"}}
{"tag":"z"})";

class Searches : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto session = connect_to(server_url(GetParam()));
    ASSERT_TRUE(session) << session.error().message;
    session_ = std::move(*session);
    TearDown();
    const bool opensearch = std::string_view(GetParam()).ends_with("OPENSEARCH");
    const std::string create =
        opensearch
            ? R"(PUT /found {"settings": {"index.knn": true, "number_of_replicas": 0, ANALYSIS},
                        "mappings": {"properties": {FIELDS "v": {"type": "knn_vector", "dimension": 2,
                          "method": {"name": "hnsw", "engine": "lucene", "space_type": "l2"}}}}})"
            : R"(PUT /found {"settings": {"number_of_replicas": 0, ANALYSIS}, "mappings": {"properties":
                        {FIELDS "v": {"type": "dense_vector", "dims": 2, "similarity": "l2_norm"}}}})";
    std::string made = create;
    made.replace(made.find("FIELDS"), 6, kFields);
    made.replace(made.find("ANALYSIS"), 8, kAnalysis);
    for (const std::string& statement : {made, std::string(kDocuments)}) {
      const auto done = run(*session_, statement);
      ASSERT_TRUE(done) << done.error().message;
    }
  }
  void TearDown() override {
    if (session_)
      for (const char* index : {"found", "found_too", "found_tags"})
        static_cast<void>(run(*session_, std::string("DELETE /") + index));
  }

  // The ids of the hits, best first; or the error's code.
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
        auto& hit = hits_.emplace_back(3);
        for (size_t cell = 0; cell < 3; ++cell) append_text(hit[cell], batch.row(i)[cell]);
        ids.push_back(hit[0]);
        EXPECT_EQ(batch.row(i)[1].kind(), Kind::real);
      }
    for (const std::string& warning : (*found)->summary().warnings) warnings_ += warning + "; ";
    return ids;
  }
  std::vector<std::string> words(const std::string& text, std::string_view filter = "{}",
                                 std::vector<std::string> fields = {}) {
    return search({.path = {"found"},
                   .text = text,
                   .fields = std::move(fields),
                   .conditions = read_conditions(parse_json(filter)->as_object()).value()});
  }
  std::vector<std::string> near(std::vector<float> vector, const std::string& text = {},
                                std::string_view filter = "{}", uint64_t limit = 10) {
    return search({.path = {"found"},
                   .text = text,
                   .vector = std::move(vector),
                   .conditions = read_conditions(parse_json(filter)->as_object()).value(),
                   .limit = limit});
  }

  std::unique_ptr<Session> session_;
  std::vector<std::vector<std::string>> hits_;
  std::string warnings_, message_;
};

TEST_P(Searches, ByWordsThatMustAllBeThere) {
  EXPECT_THAT(words("apples"), UnorderedElementsAre("a", "c"));
  EXPECT_THAT(hits_[0][2], HasSubstr(R"("tag":"x")"));
  EXPECT_THAT(hits_[0][2], Not(HasSubstr("\"v\"")));
  EXPECT_EQ(warnings_, "left out of the documents: v; ");
  EXPECT_THAT(words("apples pears"), ElementsAre("a"));
  EXPECT_THAT(words("pears -apples"), ElementsAre("b"));
  EXPECT_THAT(words("\"red apples\""), ElementsAre("a"));
  EXPECT_THAT(words("\"apples red\""), IsEmpty());
  EXPECT_THAT(words("the apple", "{}", {"title"}), ElementsAre("c"));
  EXPECT_THAT(words("alone", "{}", {"title"}), IsEmpty());
  EXPECT_THAT(words("x", "{}", {"tag"}), UnorderedElementsAre("a", "c"));
  EXPECT_THAT(words(R"({"match_all": {}} OR *:* /a/ ~ \ " ")"), IsEmpty());
}

TEST_P(Searches, HoldToTheFilter) {
  EXPECT_THAT(words("apples", R"({"year": 2024})"), ElementsAre("a"));
  EXPECT_THAT(words("apples", R"({"year": 9007199254740993})"), ElementsAre("c"));
  EXPECT_THAT(words("pears", R"({"year": {"gt": 2024, "lte": 2025}})"), ElementsAre("b"));
  EXPECT_THAT(words("pears", R"({"tag": {"in": ["y", "z"]}})"), ElementsAre("b"));
  EXPECT_THAT(words("pears", R"({"tag": {"in": []}})"), IsEmpty());
  EXPECT_THAT(words("pears", R"({"tag": {"ne": "y"}})"), ElementsAre("a"));
  EXPECT_THAT(words("z", R"({"year": null})", {"tag"}), ElementsAre("d"));
  EXPECT_THAT(words("z", R"({"year": {"ne": null}})", {"tag"}), IsEmpty());
  EXPECT_THAT(words("pears", R"({"_id": "a"})"), ElementsAre("a"));
  EXPECT_THAT(words("pears", R"({"body": "and pears"})"), ElementsAre("a"));
  EXPECT_THAT(words("pears", R"({"body": "pears"})"), IsEmpty());
  EXPECT_THAT(words("pears", R"({"bare": "two one"})"), ElementsAre("b"));
  EXPECT_THAT(warnings_, HasSubstr("bare keeps words alone"));
  EXPECT_THAT(words("pears", R"({"bare": {"in": ["two one", "one two"]}})"),
              UnorderedElementsAre("a", "b"));
  EXPECT_THAT(words("pears", R"({"yaer": 1})"), ElementsAre("not_found"));
  EXPECT_THAT(message_, HasSubstr("year"));
}

TEST_P(Searches, ByVector) {
  EXPECT_THAT(near({1, 0}, {}, "{}", 2), ElementsAre("a", "c"));
  EXPECT_EQ(hits_[0][1], "1");
  EXPECT_THAT(near({1, 0}, {}, R"({"tag": "y"})"), ElementsAre("b"));
  EXPECT_THAT(near({1, 0, 0}), ElementsAre("invalid_argument"));
  EXPECT_THAT(message_, HasSubstr("vectors of 2"));
}

// Who is found by both is better than who is found by one.
TEST_P(Searches, ByBothWithTheirScoresAdded) {
  EXPECT_THAT(near({0, 1}, "red"), testing::Contains("b"));
  ASSERT_EQ(hits_.size(), 3U);
  EXPECT_THAT(warnings_, HasSubstr("the score is the sum of both"));
  EXPECT_EQ(near({1, 0}, "red").front(), "a");
  const double both = std::strtod(hits_[0][1].c_str(), nullptr);
  near({1, 0}, {}, R"({"_id": "a"})");
  const double vector = std::strtod(hits_.at(0)[1].c_str(), nullptr);
  words("red");
  const double text = std::strtod(hits_.at(0)[1].c_str(), nullptr);
  EXPECT_NEAR(both, vector + text, 1e-4);
  EXPECT_THAT(near({1, 0}, "apples -red", R"({"tag": "x"})"), ElementsAre("c"));
}

TEST_P(Searches, GoThroughSeveralIndices) {
  ASSERT_TRUE(run(*session_,
                  "POST /found_too/_bulk?refresh=true\n{\"index\":{\"_id\":\"a\"}}\n"
                  "{\"title\":\"red wine\"}"));
  EXPECT_THAT(search({.path = {"found*"}, .text = "red"}),
              UnorderedElementsAre(R"({"_index":"found","_id":"a"})",
                                   R"({"_index":"found_too","_id":"a"})"));
}

TEST_P(Searches, SayWhatIsWrong) {
  EXPECT_THAT(search({.path = {"fuond"}, .text = "x"}), ElementsAre("not_found"));
  EXPECT_THAT(message_, HasSubstr("did you mean found"));
  EXPECT_THAT(search({.path = {"none*"}, .text = "x"}), ElementsAre("not_found"));
  EXPECT_THAT(search({.path = {"found", "title"}, .text = "x"}), ElementsAre("invalid_argument"));
  EXPECT_THAT(words("x", "{}", {"titel"}), ElementsAre("not_found"));
  EXPECT_THAT(words("-apples"), ElementsAre("invalid_argument"));
  ASSERT_TRUE(
      run(*session_, R"(PUT /found_tags {"mappings": {"properties": {"n": {"type": "long"}}}})"));
  EXPECT_THAT(search({.path = {"found_tags"}, .text = "x"}), ElementsAre("unsupported"));
  EXPECT_THAT(search({.path = {"found_tags"}, .vector = {1}}), ElementsAre("unsupported"));
}

INSTANTIATE_TEST_SUITE_P(
    Servers, Searches, testing::Values("DBOPS_TEST_ES", "DBOPS_TEST_OPENSEARCH"),
    [](const auto& each) {
      return std::string(each.param).substr(std::string_view("DBOPS_TEST_").size());
    });

}  // namespace
}  // namespace dbops::elasticsearch
