// Search by words on a real server.
#include <gmock/gmock-more-matchers.h>

#include <boost/json.hpp>

#include "base/value_text.h"
#include "connectors/postgres/search_sql.h"
#include "connectors/postgres/session.h"
#include "connectors/postgres/testing.h"

namespace dbops::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

class SearchWords : public testing::Test {
 protected:
  SearchWords() : scratch_("dbops_search") {
    scratch_.write(
        "set local search_path = dbops_search, public;"
        "create table plain (id int primary key, title text, body varchar(100), author text, "
        "year int, score jsonb);"
        "insert into plain values (1, 'Apples', 'red apples and pears', 'Ada', 2024, '{\"a\": 1}'),"
        "(2, 'Pears', 'pears alone', 'Bob', 2025, null), (3, 'Sand', null, null, null, null),"
        "(4, 'apple', 'an apple, apples, the apple', 'Cy', 2026, null);"
        "create table \"It's; \"\"odd\"\" 🙂\" (\"select\" int, \"a.b\" text, primary key "
        "(\"a.b\","
        " \"select\"));"
        "insert into \"It's; \"\"odd\"\" 🙂\" values (7, 'strange names');"
        "create table made (id int primary key, title text, body text, words tsvector generated "
        "always as (to_tsvector('english', coalesce(title, '') || ' ' || body)) stored);"
        "create index on made using gin (words);"
        "insert into made select id, title, coalesce(body, '') from plain;"
        "create table kept (id int primary key, body text, words tsvector);"
        "create trigger fill before insert on kept for each row execute function "
        "tsvector_update_trigger(words, 'pg_catalog.german', body);"
        "insert into kept values (1, 'die Häuser'), (2, 'ein Baum');"
        "create table expressed (body text, title text, n int);"
        "create index on expressed using gin (to_tsvector('english', body));"
        "create index on expressed using gist (to_tsvector('simple', title || ' '));"
        "insert into expressed select body, title, id from plain;"
        "create view seen as select title, year from plain");
    session_ = open_session();
  }

  // The ids of the hits, in order; or the error's code.
  std::vector<std::string> search(const std::string& table, const std::string& text,
                                  std::string_view filter = "{}",
                                  std::vector<std::string> fields = {}, uint64_t limit = 10) {
    SearchRequest request{.path = {"dbops_search", table}, .text = text};
    request.fields = std::move(fields);
    request.limit = limit;
    request.conditions = read_conditions(parse_json(filter)->as_object()).value();
    hits_.clear();
    warnings_.clear();
    auto found = session_->searcher()->search(context_of(), request);
    if (!found) {
      message_ = found.error().message + " | " + found.error().hint;
      return {std::string(name(found.error().code))};
    }
    EXPECT_EQ((*found)->schema()[2].name, "document");
    Batch batch;
    for (auto more = (*found)->next(context_of(), batch); more && *more;
         more = (*found)->next(context_of(), batch))
      for (size_t i = 0; i < batch.rows(); ++i) {
        Row& row = hits_.emplace_back();
        for (const Value& cell : batch.row(i)) append_text(row.emplace_back(), cell);
      }
    for (const std::string& warning : (*found)->summary().warnings) warnings_ += warning + "; ";
    std::vector<std::string> ids;
    for (const Row& row : hits_) ids.push_back(row[0]);
    return ids;
  }

  // How the server would carry out the statement that a search is made into.
  std::string plan(const std::string& table, const std::string& text) {
    const SearchRequest request{.path = {"dbops_search", table}, .text = text};
    Core& core = dynamic_cast<PostgresSession&>(*session_).core();
    const auto relation = look_at(context_of(), core, request.path);
    EXPECT_TRUE(relation);
    const auto made = search_sql(*relation, request);
    EXPECT_TRUE(made);
    std::string lines;
    const Answer answer =
        run(*session_, "explain " + made->statement.sql, Mode::read, made->statement.parameters);
    for (const Row& row : answer.rows[0]) lines += row[0];
    return lines;
  }

  Scratch scratch_;
  std::unique_ptr<Session> session_;
  std::vector<Row> hits_;
  std::string warnings_, message_;
};

TEST_F(SearchWords, GoesThroughATsvectorByItsOwnConfiguration) {
  EXPECT_THAT(search("made", "apple"), ElementsAre("4", "1"));
  EXPECT_EQ(hits_[1][2], R"({"id":1,"title":"Apples","body":"red apples and pears"})");
  EXPECT_EQ(warnings_, "left out of the documents: words; ");
  EXPECT_EQ(hits_[1][1].substr(0, 6), "0.0759");
  EXPECT_THAT(search("made", "apples pear"), ElementsAre("1"));
  EXPECT_THAT(search("made", "alone pears -apples"), ElementsAre("2"));
  EXPECT_THAT(hits_[0][1], StartsWith("0."));
  EXPECT_THAT(search("made", "\"pears alone\""), ElementsAre("2"));
  EXPECT_THAT(search("made", "\"alone pears\""), IsEmpty());
  EXPECT_THAT(search("made", "apple", "{}", {"words"}, 1), ElementsAre("4"));
  EXPECT_THAT(search("kept", "haus"), ElementsAre("1"));
  EXPECT_THAT(warnings_, HasSubstr("there is no index of words"));
}

// The server must see the very expression of the index, or it would read every row.
TEST_F(SearchWords, GoesThroughTheExpressionOfAnIndex) {
  scratch_.write(
      "insert into dbops_search.expressed select 'filler ' || i, 'x', i from generate_series(100, "
      "3000) i; analyze dbops_search.expressed");
  EXPECT_THAT(search("expressed", "apple"), ElementsAre("", ""));
  EXPECT_THAT(warnings_, AllOf(HasSubstr("no primary key"), Not(HasSubstr("every row"))));
  EXPECT_THAT(hits_[0][2], HasSubstr(R"("n":4)"));
  search("expressed", "apple", "{}", {"body"});
  EXPECT_THAT(warnings_, Not(HasSubstr("every row")));
  EXPECT_EQ(search("expressed", "apples", "{}", {"title"}).size(), 1U);
  EXPECT_THAT(warnings_, Not(HasSubstr("every row")));
  EXPECT_THAT(hits_[0][2], HasSubstr(R"("n":1)"));
  EXPECT_THAT(plan("expressed", "apple"), HasSubstr("Bitmap Index Scan"));
}

TEST_F(SearchWords, ReadsEveryRowWhereThereIsNoIndex) {
  EXPECT_THAT(search("plain", "apples"), ElementsAre("4", "1"));
  EXPECT_THAT(warnings_,
              HasSubstr("no text search index over title, body, author: every row is read, by the "
                        "configuration "));
  EXPECT_THAT(hits_[1][2], HasSubstr(R"("score":{"a": 1})"));
  EXPECT_THAT(search("plain", "ada", "{}", {"title"}), IsEmpty());
  EXPECT_THAT(search("plain", "2025", "{}", {"year", "score"}), ElementsAre("2"));
  EXPECT_THAT(search("It's; \"odd\" 🙂", "strange", R"({"a.b": {"ne": "x"}})"),
              ElementsAre(R"({"a.b":"strange names","select":7})"));
  EXPECT_THAT(search("seen", "pears"), ElementsAre(""));
}

TEST_F(SearchWords, HoldsToTheFilter) {
  EXPECT_THAT(search("plain", "apples", R"({"year": 2024})"), ElementsAre("1"));
  EXPECT_THAT(search("plain", "apples", R"({"year": {"gt": 2024, "lte": 2026}})"),
              ElementsAre("4"));
  EXPECT_THAT(search("plain", "sand", R"({"year": null, "author": null})"), ElementsAre("3"));
  EXPECT_THAT(search("made", "pears", R"({"title": {"in": ["Pears", "x'; drop table plain"]}})"),
              ElementsAre("2"));
  EXPECT_THAT(search("made", "pears", R"({"title": {"in": []}})"), IsEmpty());
  EXPECT_THAT(search("plain", "pears", R"({"author": {"ne": null}})"),
              UnorderedElementsAre("1", "2"));
  EXPECT_THAT(search("plain", "pears", R"({"author": {"ne": "Ada"}})"), ElementsAre("2"));
  EXPECT_THAT(search("plain", "pears", R"({"yaer": 2024})"), ElementsAre("not_found"));
  EXPECT_THAT(message_, HasSubstr("year"));
  EXPECT_THAT(search("plain", "pears", R"({"year": "soon"})"), ElementsAre("data"));
}

TEST_F(SearchWords, SaysWhatCantBeSearched) {
  EXPECT_THAT(search("plian", "x"), ElementsAre("not_found"));
  EXPECT_THAT(search("plain", "x", "{}", {"bdoy"}), ElementsAre("not_found"));
  EXPECT_THAT(search("made", "-apples"), ElementsAre("invalid_argument"));
  EXPECT_THAT(search("made", "the and"), ElementsAre("invalid_argument"));
  EXPECT_THAT(message_, HasSubstr("english"));
  EXPECT_THAT(search("made", "' ) ; drop table made; -- \\ <-> & | !"),
              testing::Not(testing::Contains("internal")));
  SearchRequest request{.path = {"dbops_search", "plain"}, .vector = {1, 2}};
  EXPECT_EQ(session_->searcher()->search(context_of(), request).error().code, Code::unsupported);
  request.text = "both";
  EXPECT_EQ(session_->searcher()->search(context_of(), request).error().code, Code::unsupported);
  request.path = {"dbops_search"};
  request.vector.clear();
  EXPECT_EQ(session_->searcher()->search(context_of(), request).error().code,
            Code::invalid_argument);
  EXPECT_THAT(search("made", "apple"), ElementsAre("4", "1"));
}

TEST_F(SearchWords, HoldsToThePolicy) {
  scratch_.write("create index on dbops_search.plain using gin (to_tsvector('english', author))");
  ConnectionOptions options = options_for(server_url());
  options.access = *Access::make({.deny = {"made"}, .masks = {"plain.author"}});
  session_ = connector().connect(context_of(), options).value();
  EXPECT_THAT(search("made", "apple"), ElementsAre("forbidden"));
  EXPECT_THAT(search("mad", "apple"), ElementsAre("not_found"));
  EXPECT_THAT(message_, Not(HasSubstr("made")));
  EXPECT_THAT(search("plain", "pears"), UnorderedElementsAre("1", "2"));
  EXPECT_THAT(hits_[0][2], Not(HasSubstr("author")));
  EXPECT_THAT(search("plain", "ada"), IsEmpty());  // The index over it is passed over.
  EXPECT_THAT(search("plain", "ada", "{}", {"author"}), ElementsAre("not_found"));
  EXPECT_THAT(search("plain", "pears", R"({"author": "Ada"})"), ElementsAre("not_found"));
}

}  // namespace
}  // namespace dbops::postgres
