// Search on a real SQLite file.
#include "ops/search.h"

#include <filesystem>

#include "base/bytes.h"
#include "connectors/sqlite/connector.h"
#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class SearchTest : public testing::Test {
 protected:
  SearchTest() : path_(std::filesystem::temp_directory_path() / ("dbops-search-" + random_name())) {
    Connections connections(connectors_);
    for (const Tier tier : {Tier::admin, Tier::read}) {
      ConnectionOptions options;
      options.name = tier == Tier::read ? "reader" : "writer";
      options.url = Secret("sqlite:" + path_.string());
      options.tier = tier;
      options.create = tier == Tier::admin;
      if (tier == Tier::read) {
        auto access =
            Access::make({.deny = {"secret"}, .masks = {"notes.author", "letters.sender"}});
        if (access) options.access = *std::move(access);
      }
      EXPECT_TRUE(connections.add(std::move(options)));
    }
    workspace_ = std::make_unique<Workspace>(std::move(connections), Settings(), nullptr);
    for (const char* statement :
         {"CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT, author TEXT, year "
          "INT)",
          "INSERT INTO notes VALUES (1, 'Apples', 'red apples and pears', 'Ada', 2024), "
          "(2, 'Pears', 'pears alone', 'Bob', 2025), (3, 'Say \"no\"', 'nothing', NULL, NULL), "
          "(4, 'apples', 'apples apples apples', 'Cy', 2026)",
          "CREATE TABLE secret (t TEXT)",
          "CREATE TABLE docs (id INTEGER PRIMARY KEY, t TEXT, n INT)",
          "INSERT INTO docs SELECT id, body, year FROM notes",
          "CREATE VIRTUAL TABLE docs_index USING fts5(t, content='docs', content_rowid='id')",
          "INSERT INTO docs_index (docs_index) VALUES ('rebuild')",
          "CREATE TABLE letters (id INTEGER PRIMARY KEY, body TEXT, sender TEXT)",
          "INSERT INTO letters SELECT id, body, author FROM notes",
          "CREATE VIRTUAL TABLE letters_index USING fts5(body, sender, content='letters', "
          "content_rowid='id')",
          "INSERT INTO letters_index (letters_index) VALUES ('rebuild')",
          "CREATE VIRTUAL TABLE pages USING fts5(title, body)",
          "INSERT INTO pages SELECT title, body FROM notes"})
      execute(statement);
  }
  ~SearchTest() override {
    workspace_.reset();
    for (const char* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(path_.string() + suffix);
  }
  void execute(const std::string& statement) {
    Collected sink;
    ExecuteRequest request;
    request.connection = "writer";
    request.statement = statement;
    const auto done = ops::execute(*workspace_, {}, std::move(request), sink);
    EXPECT_TRUE(done) << done.error().message;
  }
  // The ids of the hits, in order; or the error's code.
  std::vector<std::string> search(const std::string& path, const std::string& text,
                                  const std::string& filter = "{}",
                                  std::vector<std::string> fields = {},
                                  const std::string& connection = "writer") {
    hits_ = Collected();
    SearchOptions options{.connection = connection, .in = path, .text = text};
    options.filter = filter;
    options.fields = std::move(fields);
    const auto done = ops::search(*workspace_, {}, options, hits_);
    if (!done) return {std::string(name(done.error().code))};
    std::vector<std::string> ids;
    for (const std::string& row : hits_.rows) ids.push_back(row.substr(0, row.find(',')));
    return ids;
  }

  const std::filesystem::path path_;
  const Connector* const connectors_[1] = {&sqlite::connector()};
  std::unique_ptr<Workspace> workspace_;
  Collected hits_;
};

TEST_F(SearchTest, RanksByTheIndex) {
  EXPECT_THAT(search("docs", "apples"), ElementsAre("4", "1"));
  EXPECT_THAT(hits_.rows[0], HasSubstr(R"({"id":4,"t":"apples apples apples","n":2026})"));
  EXPECT_THAT(hits_.pages[0].summary.warnings, IsEmpty());
  EXPECT_THAT(search("docs", "apples pears"), ElementsAre("1"));
  EXPECT_THAT(search("docs", "apples -pears"), ElementsAre("4"));
  EXPECT_THAT(search("docs", "\"pears alone\""), ElementsAre("2"));
  EXPECT_THAT(search("docs", "\"alone pears\""), IsEmpty());
  EXPECT_THAT(search("docs", "NEAR( OR * \" ^"), IsEmpty());
  EXPECT_THAT(search("docs_index", "alone"), ElementsAre("2"));
  EXPECT_THAT(search("pages", "apples"), ElementsAre("4", "1"));
  EXPECT_THAT(search("pages", "pears", "{}", {"title"}), ElementsAre("2"));
}

TEST_F(SearchTest, ReadsEveryRowWhereThereIsNoIndex) {
  EXPECT_THAT(search("notes", "PEARS"), testing::UnorderedElementsAre("1", "2"));
  EXPECT_THAT(hits_.pages[0].summary.warnings[0], HasSubstr("every row is read"));
  EXPECT_THAT(search("notes", "\"say \" nothing"), ElementsAre("3"));
  EXPECT_THAT(search("notes", "ada", "{}", {"title"}), IsEmpty());
}

TEST_F(SearchTest, HoldsToTheFilter) {
  EXPECT_THAT(search("docs", "apples", R"({"n": 2024})"), ElementsAre("1"));
  EXPECT_THAT(search("docs", "apples", R"({"n": {"gte": 2025}})"), ElementsAre("4"));
  EXPECT_THAT(search("docs", "nothing", R"({"n": null})"), ElementsAre("3"));
  EXPECT_THAT(search("docs", "pears", R"({"n": {"in": [2025, 2026]}, "id": {"ne": 9}})"),
              ElementsAre("2"));
  EXPECT_THAT(search("docs", "pears", R"({"m": 1})"), ElementsAre("not_found"));
  EXPECT_THAT(search("docs", "pears", R"({"n": {"like": 1}})"), ElementsAre("invalid_argument"));
  EXPECT_THAT(search("docs", "pears", "[]"), ElementsAre("invalid_argument"));
  EXPECT_THAT(search("docs", "pears", "{year}"), ElementsAre("invalid_argument"));
}

TEST_F(SearchTest, SaysWhatCantBeSearched) {
  EXPECT_THAT(search("docs", ""), ElementsAre("invalid_argument"));
  EXPECT_THAT(search("dosc", "x"), ElementsAre("not_found"));
  EXPECT_THAT(search("docs", "-x"), ElementsAre("invalid_argument"));
  SearchOptions options{.connection = "writer", .in = "docs", .vector = {1, 2}};
  Collected none;
  EXPECT_EQ(ops::search(*workspace_, {}, options, none).error().code, Code::unsupported);
}

TEST_F(SearchTest, HoldsToThePolicy) {
  EXPECT_THAT(search("secret", "x", "{}", {}, "reader"), ElementsAre("forbidden"));
  EXPECT_THAT(search("notes", "pears", "{}", {"body"}, "reader"),
              testing::UnorderedElementsAre("1", "2"));
  EXPECT_THAT(hits_.rows[0], HasSubstr(R"("author":null)"));
  EXPECT_THAT(search("notes", "ada", "{}", {"author"}, "reader"), IsEmpty());
  // The index holds what is masked, so it is not asked.
  EXPECT_THAT(search("letters", "ada"), ElementsAre("1"));
  EXPECT_THAT(search("letters", "ada", "{}", {}, "reader"), IsEmpty());
  EXPECT_THAT(search("letters", "pears", "{}", {}, "reader"),
              testing::UnorderedElementsAre("1", "2"));
  EXPECT_THAT(search("letters_index", "ada", "{}", {}, "reader"), ElementsAre("forbidden"));
}

}  // namespace
}  // namespace dbops::ops
