#include "ops/explore.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "fakes/ops_fixture.h"

namespace dbops::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Description flights() {
  Description table;
  table.item.kind = "table";
  table.item.path = {"public", "flights"};
  table.item.comment = "Out of New York";
  table.item.rows = 336776;
  table.item.bytes = 48 << 20;
  table.columns.resize(3);
  table.columns[0].name = "id";
  table.columns[0].type = "bigint";
  table.columns[0].nullable = false;
  table.columns[0].generated = "identity";
  table.columns[1].name = "carrier";
  table.columns[1].type = "text";
  table.columns[1].fallback = "'UA'";
  table.columns[2].name = "Mood of day";
  table.columns[2].type = "mood";
  table.columns[2].labels = {"happy", "sad"};
  table.columns[2].comment = "as told";
  table.primary_key = {"id"};
  table.indexes.resize(1);
  table.indexes[0].name = "flights_pkey";
  table.indexes[0].columns = {"id"};
  table.indexes[0].primary = table.indexes[0].unique = true;
  table.indexes[0].method = "btree";
  table.indexes[0].bytes = 7 << 20;
  table.references.push_back(
      {"flights_carrier", {"carrier"}, {"public", "airlines"}, {"carrier"}, "CASCADE", ""});
  table.referenced_by.push_back(
      {"", {"id", "carrier"}, {"public", "delays"}, {"flight", "by"}, "", ""});
  table.features.push_back({"check", "early", "id > 0"});
  table.properties.emplace_back("owner", "ada");
  table.definition = "CREATE TABLE flights (\n  id bigint\n)\n";
  return table;
}

Description relation(const std::string& schema, const std::string& name) {
  Description table;
  table.item.kind = "table";
  table.item.path = {schema, name};
  table.columns.resize(1);
  table.columns[0].name = "id";
  table.columns[0].type = "int";
  return table;
}

class ExploreTest : public OpsTest {
 protected:
  ExploreTest() { server_.relations = {flights(), relation("public", "odd name")}; }

  Result<Exploration> explore(const std::string& path, Detail detail = Detail::summary,
                              const std::string& pattern = {}, const std::string& cursor = {},
                              std::optional<uint64_t> limit = {}) {
    ExploreRequest request;
    request.connection = "db";
    request.path = path;
    request.pattern = pattern;
    request.detail = detail;
    request.cursor = cursor;
    request.limit = limit;
    return ops::explore(workspace_, context_, std::move(request));
  }
  std::string text(const std::string& path, Detail detail, const std::string& pattern = {}) {
    const auto found = explore(path, detail, pattern);
    EXPECT_TRUE(found) << found.error().message;
    return found ? explore_text(*found) : std::string();
  }
};

TEST_F(ExploreTest, ListsSchemasAtTheTop) {
  server_.relations.push_back(relation("sales", "orders"));
  EXPECT_EQ(text("", Detail::summary), "public (schema)\nsales (schema)\n");
}

TEST_F(ExploreTest, BeginsInTheOnlySchema) {
  EXPECT_EQ(text("", Detail::names), text("public", Detail::names));
  const auto page = explore("", Detail::names, {}, {}, 1);
  ASSERT_TRUE(page);
  EXPECT_THAT(page->path, ElementsAre("public"));
  const auto rest = explore("", Detail::names, {}, page->cursor);
  ASSERT_TRUE(rest);
  ASSERT_THAT(rest->items, SizeIs(1));
  EXPECT_EQ(rest->items[0].path.back(), "odd name");
}

TEST_F(ExploreTest, NamesTablesInAWayThatCanBePasted) {
  EXPECT_EQ(text("public", Detail::names),
            "public (schema)\n"
            "public.flights (table, ~336,776 rows, 48 MB) -- Out of New York\n"
            "public.\"odd name\" (table)\n");
  EXPECT_TRUE(explore("public.\"odd name\""));
}

TEST_F(ExploreTest, SumsUpATableInTwoLines) {
  EXPECT_EQ(text("public.flights", Detail::summary),
            "public.flights (table, ~336,776 rows, 48 MB) -- Out of New York\n"
            "  id bigint pk, carrier text -> public.airlines.carrier, "
            "\"Mood of day\" mood{happy, sad}\n");
  EXPECT_EQ(text("public.flights", Detail::names),
            "public.flights (table, ~336,776 rows, 48 MB) -- Out of New York\n"
            "  id, carrier, \"Mood of day\"\n");
}

TEST_F(ExploreTest, KnowsTablesAndViewsByOtherNames) {
  for (const char* const kind : {"hypertable", "foreign table", "continuous aggregate"}) {
    server_.relations = {relation("public", "one")};
    server_.relations[0].item.kind = kind;
    const std::string one = "public.one (" + std::string(kind) + ")\n  id int\n";
    EXPECT_EQ(text("public.one", Detail::summary), one);
    EXPECT_EQ(text("public", Detail::summary), "public (schema)\n" + one);
  }
}

// As an index of documents: its fields are in its description.
TEST_F(ExploreTest, SaysWhatKeepsRowsOnceWhateverItIsCalled) {
  Description logs;
  logs.item.kind = "index";
  logs.item.path = {"logs"};
  logs.item.keeps_rows = true;
  logs.columns.resize(1);
  logs.columns[0].name = "at";
  logs.columns[0].type = "date";
  server_.relations = {logs};
  EXPECT_EQ(text("logs", Detail::summary), "logs (index)\n  at date\n");
}

TEST_F(ExploreTest, SaysAllOfATable) {
  EXPECT_EQ(text("public.flights", Detail::full),
            "public.flights (table, ~336,776 rows, 48 MB) -- Out of New York\n"
            "owner: ada\n"
            "columns:\n"
            "  id bigint not null generated identity\n"
            "  carrier text default 'UA'\n"
            "  \"Mood of day\" mood{happy, sad} -- as told\n"
            "primary key: id\n"
            "indexes:\n"
            "  flights_pkey primary btree (id), 7.0 MB\n"
            "references:\n"
            "  carrier -> public.airlines.carrier on delete cascade (flights_carrier)\n"
            "referenced by:\n"
            "  (id, carrier) <- public.delays(flight, by)\n"
            "check early: id > 0\n"
            "definition:\n"
            "  | CREATE TABLE flights (\n"
            "  |   id bigint\n"
            "  | )\n");
}

TEST_F(ExploreTest, FindsNamesOfAnything) {
  EXPECT_EQ(text("", Detail::summary, "carr"), "public.flights.carrier (column) text\n");
  EXPECT_EQ(text("", Detail::summary, "zzz"), "# nothing here\n");
}

TEST_F(ExploreTest, EscapesWhatTheServerSays) {
  Description evil = relation("public", "a\nb");
  evil.item.comment = "x\n# 1 shown\x1b[2J";
  evil.columns[0].name = "c\nd";
  evil.definition = "one\n# two\x1b";
  server_.relations = {evil};
  for (const Detail detail : {Detail::names, Detail::summary, Detail::full}) {
    const std::string said = text("public.\"a\nb\"", detail);
    EXPECT_THAT(said, Not(HasSubstr("\n#")));
    EXPECT_THAT(said, Not(HasSubstr("\x1b")));
    EXPECT_THAT(said, Not(HasSubstr("a\nb")));
    EXPECT_THAT(said, Not(HasSubstr("c\nd")));
  }
}

// Whatever the size of the pages, together they are the list.
TEST_F(ExploreTest, PagesAreOneList) {
  server_.relations.clear();
  for (int i = 0; i < 250; ++i) server_.relations.push_back(relation("s", "t" + std::to_string(i)));
  for (const Detail detail : {Detail::names, Detail::summary})
    for (const uint64_t limit : {1, 7, 250, 1000}) {
      std::vector<std::string> names;
      std::string cursor;
      do {
        const auto page = explore("s", detail, {}, cursor, limit);
        ASSERT_TRUE(page);
        for (const Item& item : page->items) names.push_back(item.path.back());
        EXPECT_EQ(page->truncated, !page->cursor.empty());
        EXPECT_EQ(page->descriptions.size(), detail == Detail::names ? 0 : page->items.size());
        cursor = page->cursor;
      } while (!cursor.empty());
      ASSERT_THAT(names, SizeIs(250));
      for (int i = 0; i < 250; ++i)
        EXPECT_EQ(names[static_cast<size_t>(i)], "t" + std::to_string(i));
    }
}

// Names come and go between the pages: what stayed is listed once.
TEST_F(ExploreTest, PagesMissNothingThatStayed) {
  const auto names = [](const Result<Exploration>& page) {
    std::vector<std::string> all;
    if (page)
      for (const Item& item : page->items) all.push_back(item.path.back());
    return all;
  };
  const auto begin = [&](std::vector<std::string> tables) {
    server_.relations.clear();
    for (const std::string& name : tables) server_.relations.push_back(relation("s", name));
  };
  const auto first_page = [&](uint64_t limit) {
    begin({"a", "b", "c", "d", "e", "f"});
    const auto page = explore("s", Detail::names, {}, {}, limit);
    return page ? page->cursor : std::string();
  };
  std::string cursor = first_page(2);
  begin({"b", "c", "d", "e", "f"});
  EXPECT_THAT(names(explore("s", Detail::names, {}, cursor, 2)), ElementsAre("c", "d"));
  begin({"0", "a", "b", "bb", "c"});
  EXPECT_THAT(names(explore("s", Detail::names, {}, cursor, 2)), ElementsAre("bb", "c"));
  begin({"a", "c", "d"});  // What the page ended with is gone.
  EXPECT_THAT(names(explore("s", Detail::names, {}, cursor, 2)), ElementsAre("c", "d"));
  begin({"a", "b"});
  EXPECT_THAT(names(explore("s", Detail::names, {}, cursor, 2)), ElementsAre());

  cursor = first_page(1);
  const auto second = explore("s", Detail::names, {}, cursor, 1);
  ASSERT_TRUE(second);
  begin({"a", "c"});  // Of the page itself nothing is left, but of the one before it.
  EXPECT_THAT(names(explore("s", Detail::names, {}, second->cursor, 1)), ElementsAre("c"));
  begin({"c", "d"});
  EXPECT_EQ(code_of(explore("s", Detail::names, {}, second->cursor, 1)), Code::expired);
}

TEST_F(ExploreTest, TellsFunctionsOfOneNameApart) {
  server_.relations.clear();
  for (const char* signature : {"(int)", "(text)"}) {
    server_.relations.push_back(relation("s", "f"));
    server_.relations.back().item.kind = "function";
    server_.relations.back().item.signature = signature;
  }
  const auto first = explore("s", Detail::names, {}, {}, 1);
  ASSERT_TRUE(first);
  server_.relations.insert(server_.relations.begin(), relation("s", "a"));
  const auto rest = explore("s", Detail::names, {}, first->cursor);
  ASSERT_TRUE(rest);
  ASSERT_THAT(rest->items, SizeIs(1));
  EXPECT_EQ(rest->items[0].signature, "(text)");
}

// A page ends where what is described outgrows the limit of bytes, and the next goes on there.
TEST_F(ExploreTest, CutsByBytesBetweenTables) {
  server_.relations.clear();
  for (int i = 0; i < 20; ++i) {
    server_.relations.push_back(relation("s", "t" + std::to_string(i)));
    server_.relations.back().definition = std::string(300'000, 'x');
  }
  std::vector<std::string> names;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = explore("s", Detail::full, {}, cursor);
    ASSERT_TRUE(page);
    ASSERT_EQ(page->items.size(), page->descriptions.size());
    for (const Item& item : page->items) names.push_back(item.path.back());
    cursor = page->cursor;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(pages, 7);  // Three fit into 1 MiB.
  EXPECT_THAT(names, SizeIs(20));
}

TEST_F(ExploreTest, BindsItsCursor) {
  const auto page = explore("public", Detail::names, {}, {}, 1);
  ASSERT_TRUE(page);
  const std::string& cursor = page->cursor;
  EXPECT_EQ(code_of(explore("", Detail::names, {}, cursor)), Code::invalid_argument);
  EXPECT_EQ(code_of(explore("public", Detail::names, "x", cursor)), Code::invalid_argument);
  for (const char* wrong : {"1", "1.", "x", ".", "-1.abc", "99999999999999999999.abc"})
    EXPECT_EQ(code_of(explore("public", Detail::names, {}, wrong)), Code::invalid_argument);
  EXPECT_TRUE(explore("public", Detail::summary, {}, cursor));
}

TEST_F(ExploreTest, RefusesWrongArguments) {
  EXPECT_EQ(code_of(explore("public.nothing")), Code::not_found);
  EXPECT_EQ(code_of(explore("\"open")), Code::invalid_argument);
  EXPECT_EQ(code_of(explore("", Detail::names, {}, {}, 0)), Code::invalid_argument);
  EXPECT_EQ(code_of(explore("", Detail::names, {}, {}, 1001)), Code::invalid_argument);
  EXPECT_EQ(code_of(explore("", Detail::names, std::string(2000, 'x'))), Code::invalid_argument);
}

TEST_F(ExploreTest, AnswersStructure) {
  const auto found = explore("public.flights", Detail::full);
  ASSERT_TRUE(found);
  std::string json;
  JsonWriter out(json);
  explore_json(*found, out);
  const auto parsed = parse_json(json);
  ASSERT_TRUE(parsed) << json;
  const auto& subject = parsed->at("subject").as_object();
  EXPECT_EQ(subject.at("path"), "public.flights");
  EXPECT_EQ(subject.at("rows"), 336776);
  EXPECT_EQ(subject.at("rows_exact"), false);
  EXPECT_EQ(subject.at("columns").at(1).at("default"), "'UA'");
  EXPECT_FALSE(subject.at("columns").at(0).as_object().contains("comment"));
  EXPECT_EQ(subject.at("columns").at(2).at("labels").as_array().size(), 2u);
  EXPECT_EQ(subject.at("references").at(0).at("other_path"), "public.airlines");
  EXPECT_EQ(subject.at("referenced_by").at(0).at("columns").as_array().size(), 2u);
  EXPECT_EQ(subject.at("features").at(0).at("kind"), "check");
  EXPECT_EQ(parsed->at("items").as_array().size(), 0u);
  EXPECT_EQ(parsed->at("truncated"), false);
  EXPECT_FALSE(parsed->as_object().contains("cursor"));
}

TEST_F(ExploreTest, AnswersStructureOfAList) {
  const auto found = explore("public", Detail::summary);
  ASSERT_TRUE(found);
  std::string json;
  JsonWriter out(json);
  explore_json(*found, out);
  const auto parsed = parse_json(json);
  ASSERT_TRUE(parsed) << json;
  const auto& item = parsed->at("items").at(0).as_object();
  EXPECT_EQ(item.at("columns").as_array().size(), 3u);
  EXPECT_FALSE(item.contains("indexes"));  // Only in full.
  EXPECT_EQ(parsed->at("items").at(1).at("path"), "public.\"odd name\"");
}

}  // namespace
}  // namespace dbops::ops
