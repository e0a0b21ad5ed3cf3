#include "front/cli/completion.h"

#include <gmock/gmock-more-matchers.h>

#include "fakes/fake_connector.h"

namespace dbops::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CompletionTest : public testing::Test {
 protected:
  CompletionTest() {
    add("schema", {"public"});
    add("table", {"public", "flights"});
    add("view", {"public", "flying"});
    add("table", {"public", "orders"});
    add("column", {"public", "flights", "flight_id"});
    add("column", {"public", "flights", "origin"});
    add("column", {"public", "orders", "id"});
    add("function", {"public", "flip"});
    add("index", {"public", "flights_index"});
  }
  void add(const std::string& kind, const std::vector<std::string>& path) {
    Item item;
    item.kind = kind;
    item.path = path;
    names_.add(item, connector_.dialect());
  }
  std::vector<std::string> complete(std::string_view before) const {
    return complete_statement(before, names_, keywords_).words;
  }

  fakes::Server server_;
  fakes::FakeConnector connector_{server_};
  Names names_;
  const std::vector<std::string_view> keywords_ = {"FLOAT", "FROM", "SELECT"};
};

TEST_F(CompletionTest, OffersEverythingThatStartsLikeTheWord) {
  EXPECT_THAT(complete("select fl"),
              ElementsAre("flight_id", "flights", "flip", "float", "flying"));
  EXPECT_THAT(complete("SELECT FL"),
              ElementsAre("FLOAT", "flight_id", "flights", "flip", "flying"));
  EXPECT_THAT(complete("select nothing"), IsEmpty());
}

TEST_F(CompletionTest, OffersRelationsWhereOneMustStand) {
  EXPECT_THAT(complete("select * from fl"), ElementsAre("flights", "flying"));
  EXPECT_THAT(complete("select * from "), ElementsAre("flights", "flying", "orders", "public."));
  EXPECT_THAT(complete("select * from orders o join fli"), ElementsAre("flights"));
}

TEST_F(CompletionTest, OffersWhatStandsInTheNameBeforeTheDot) {
  EXPECT_THAT(complete("select flights."), ElementsAre("flight_id", "origin"));
  EXPECT_THAT(complete("select * from public.o"), ElementsAre("orders"));
  EXPECT_THAT(complete("select * from flights f where f.o"), ElementsAre("origin"));
  EXPECT_THAT(complete("select * from public.flights as f where f."),
              ElementsAre("flight_id", "origin"));
  EXPECT_THAT(complete("select * from orders o, flights f where o."), ElementsAre("id"));
}

TEST_F(CompletionTest, SaysHowMuchIsReplaced) {
  EXPECT_EQ(complete_statement("select * from fl", names_, keywords_).word_bytes, 2u);
  EXPECT_EQ(complete_statement("select f.ori", names_, keywords_).word_bytes, 3u);
  EXPECT_EQ(complete_word("\\c ma", {"main", "other"}).word_bytes, 2u);
  EXPECT_THAT(complete_word("\\c ma", {"main", "other"}).words, ElementsAre("main"));
}

}  // namespace
}  // namespace dbops::cli
