// The catalogue: what is there, found by any name, whatever the name.

#include <algorithm>

#include "contract/contract.h"
#include "core/catalog.h"

namespace dbops::contract {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> names(const Catalog::Listing& listing) {
  std::vector<std::string> names;
  for (const Item& item : listing.items) names.push_back(item.path.back());
  return names;
}

std::vector<std::string> strange_names(const Quirks& quirks) {
  std::vector<std::string> all = {
      "select", "two words", "with.dot",   "semi;colon", "do\"uble", "sin'gle",     "✈️",
      "Größe",  "MiXed",     "$1",         "a--b",       "/*c*/",    "back\\slash", "50%",
      "under_", " leading",  "[brackets]", "`ticks`",    ":colon",   "new\nline"};
  for (const std::string_view each : quirks.impossible_names)
    all.erase(std::find(all.begin(), all.end(), each));
  return all;
}

TEST_P(Contract, ListsWhatStandsInAPath) {
  const auto session = connect(Tier::read);
  const auto listing = must(have(session->catalog()).list({}, quirks().root, {}));
  EXPECT_THAT(names(listing), testing::IsSupersetOf({"shelves", "items"}));
  EXPECT_FALSE(listing.truncated);
  for (const Item& item : listing.items) {
    EXPECT_THAT(item.kind, Not(IsEmpty()));
    EXPECT_EQ(item.path.size(), quirks().root.size() + 1);
  }
}

TEST_P(Contract, DescribesWhatIsThereInTheOrderAsked) {
  const auto session = connect(Tier::read);
  const auto described =
      must(have(session->catalog()).describe({}, {path("shelves"), path("items")}));
  ASSERT_EQ(described.size(), 2U);
  EXPECT_EQ(described[0].item.path, path("shelves"));
  EXPECT_EQ(described[1].item.path, path("items"));
  for (const Description& each : described) EXPECT_THAT(each.item.kind, Not(IsEmpty()));
}

TEST_P(Contract, FindsNames) {
  const auto session = connect(Tier::read);
  const auto find = [&](std::string pattern) {
    return names(must(have(session->catalog()).list({}, {}, {.pattern = std::move(pattern)})));
  };
  EXPECT_THAT(find("ITEM"), Contains("items"));
  EXPECT_THAT(find("item?"), Contains("items"));
  EXPECT_THAT(find("*elv*"), Contains("shelves"));
  EXPECT_THAT(find("item"), Not(Contains("shelves")));
  for (const char* nothing : {"no_such_thing", "?items", "it?ems", "it%ems", "i_ems", "[i]tems"})
    EXPECT_THAT(find(nothing), IsEmpty()) << nothing;
}

TEST_P(Tables, ListsRelationsAndColumns) {
  const auto session = connect(Tier::read);
  Catalog& catalog = have(session->catalog());
  const auto relations = must(catalog.list({}, quirks().root, {}));
  EXPECT_THAT(names(relations), testing::IsSupersetOf({"shelves", "item_list", "items"}));
  EXPECT_FALSE(relations.truncated);
  for (const Item& item : relations.items) {
    EXPECT_THAT(item.kind, Not(IsEmpty()));
    EXPECT_EQ(item.kind == "table", item.path.back() == "items" || item.path.back() == "shelves");
    EXPECT_EQ(item.path.size(), quirks().root.size() + 1);
  }
  const auto columns = must(catalog.list({}, path("items"), {}));
  ASSERT_THAT(names(columns), ElementsAre("id", "name", "shelf_id"));
  EXPECT_EQ(columns.items[0].kind, "column");
  EXPECT_EQ(columns.items[0].path.size(), path("items").size() + 1);
}

TEST_P(Tables, DescribesATable) {
  const auto session = connect(Tier::read);
  const auto described =
      must(have(session->catalog()).describe({}, {path("items"), path("shelves")}));
  ASSERT_EQ(described.size(), 2U);
  const Description& items = described[0];
  EXPECT_EQ(items.item.path, path("items"));
  EXPECT_EQ(items.item.kind, "table");
  ASSERT_EQ(items.columns.size(), 3U);
  EXPECT_EQ(items.columns[1].name, "name");
  EXPECT_FALSE(items.columns[1].nullable);
  EXPECT_THAT(items.columns[1].type, Not(IsEmpty()));
  EXPECT_THAT(items.primary_key, ElementsAre("id"));
  const auto index = std::find_if(items.indexes.begin(), items.indexes.end(),
                                  [](const IndexInfo& each) { return each.name == "item_names"; });
  ASSERT_NE(index, items.indexes.end());
  EXPECT_TRUE(index->unique);
  EXPECT_FALSE(index->primary);
  EXPECT_THAT(index->columns, ElementsAre("name"));
  ASSERT_EQ(items.references.size(), 1U);
  EXPECT_THAT(items.references[0].columns, ElementsAre("shelf_id"));
  EXPECT_EQ(items.references[0].other_path, path("shelves"));
  EXPECT_THAT(items.references[0].other_columns, ElementsAre("id"));
  EXPECT_EQ(items.references[0].on_delete, "CASCADE");
  EXPECT_THAT(items.referenced_by, IsEmpty());

  const Description& shelves = described[1];
  EXPECT_THAT(shelves.references, IsEmpty());
  ASSERT_EQ(shelves.referenced_by.size(), 1U);
  EXPECT_EQ(shelves.referenced_by[0].other_path, path("items"));
  EXPECT_THAT(shelves.referenced_by[0].columns, ElementsAre("id"));
  EXPECT_THAT(shelves.referenced_by[0].other_columns, ElementsAre("shelf_id"));
}

TEST_P(Tables, DescribesAView) {
  const auto session = connect(Tier::read);
  const auto described = must(have(session->catalog()).describe({}, {path("item_list")}));
  ASSERT_EQ(described.size(), 1U);
  EXPECT_EQ(described[0].item.kind, "view");
  ASSERT_EQ(described[0].columns.size(), 1U);
  EXPECT_THAT(described[0].definition, HasSubstr("items"));
}

TEST_P(Tables, FindsNamesOfAnything) {
  const auto session = connect(Tier::read);
  const auto find = [&](std::string pattern) {
    std::vector<std::string> found;
    for (const Item& item :
         must(have(session->catalog()).list({}, {}, {.pattern = std::move(pattern)})).items)
      found.push_back(item.kind + " " + item.path.back());
    return found;
  };
  EXPECT_THAT(find("ITEM"),
              testing::IsSupersetOf({"table items", "view item_list", "index item_names"}));
  EXPECT_THAT(find("shelf_id"), Contains("column shelf_id"));
  EXPECT_THAT(find("item?"),
              testing::AllOf(Contains("table items"), Not(Contains("view item_list"))));
  EXPECT_THAT(find("*list"), ElementsAre("view item_list"));
  EXPECT_THAT(find("no_such_thing"), IsEmpty());
  // What stands for any text in the engine's own patterns is a plain character here.
  EXPECT_THAT(find("item%list"), IsEmpty());
  EXPECT_THAT(find("tem_lis"), ElementsAre("view item_list"));
  EXPECT_THAT(find("shel_es"), IsEmpty());
  EXPECT_THAT(find("'; drop table items; --"), IsEmpty());
}

TEST_P(Contract, PagesTheCatalogue) {
  const auto session = connect(Tier::read);
  const auto all = must(have(session->catalog()).list({}, quirks().root, {}));
  ASSERT_GE(all.items.size(), 3U);
  std::vector<std::string> paged;
  for (size_t offset = 0;; ++offset) {
    const auto page =
        must(have(session->catalog()).list({}, quirks().root, {.offset = offset, .limit = 1}));
    ASSERT_EQ(page.items.size(), 1U);
    paged.push_back(page.items[0].path.back());
    EXPECT_EQ(page.truncated, offset + 1 < all.items.size());
    if (!page.truncated) break;
  }
  EXPECT_EQ(paged, names(all));
  const auto beyond = must(have(session->catalog()).list({}, quirks().root, {.offset = 1000}));
  EXPECT_THAT(beyond.items, IsEmpty());
  EXPECT_FALSE(beyond.truncated);
}

TEST_P(Contract, NamesTheNearestOfWhatIsNotThere) {
  const auto session = connect(Tier::read);
  const auto check = [](const auto& result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::not_found) << result.error().message;
    EXPECT_THAT(result.error().hint, HasSubstr("items"));
  };
  check(have(session->catalog()).describe({}, {path("itmes")}));
  check(have(session->catalog()).list({}, path("itmes"), {}));
}

// Names are data: from the catalogue into a statement and back, nothing is lost or run.
TEST_P(Contract, KeepsStrangeNames) {
  const auto writer = connect(Tier::admin);
  for (const std::string& each : strange_names(quirks())) {
    const std::string quoted = dialect().quote(each);
    must(run(*writer, quirks().make_named(quoted), Mode::write));
    must(run(*writer, quirks().fill_named(quoted), Mode::write));
  }
  const auto session = connect(Tier::read);
  const auto listed = names(must(have(session->catalog()).list({}, quirks().root, {})));
  for (const std::string& each : strange_names(quirks())) {
    SCOPED_TRACE(each);
    EXPECT_THAT(listed, Contains(each));
    // As a person would write the path that was shown.
    const auto written = must(parse_path(format_path(path(each))));
    const auto described = must(have(session->catalog()).describe({}, {written}));
    ASSERT_EQ(described.size(), 1U);
    EXPECT_EQ(described[0].item.path, path(each));
    const auto found = must(have(session->catalog()).list({}, {}, {.pattern = each}));
    EXPECT_THAT(names(found), Contains(each));
    const auto answers = must(run(*session, quirks().read_named(dialect().quote(each))));
    EXPECT_THAT(answers[0].rows, ElementsAre(Row{"x"}));
  }
  EXPECT_EQ(read(*session, statements().read_items).size(), 100U);
}

TEST_P(Tables, KeepsStrangeNamesOfColumns) {
  const auto session = connect(Tier::admin);
  for (const std::string& each : strange_names(quirks())) {
    SCOPED_TRACE(each);
    const std::string quoted = dialect().quote(each);
    must(run(*session, quirks().make_named(quoted), Mode::write));
    const auto described = must(have(session->catalog()).describe({}, {path(each)}));
    ASSERT_EQ(described[0].columns.size(), 1U);
    EXPECT_EQ(described[0].columns[0].name, each);
    EXPECT_EQ(must(run(*session, quirks().read_named(quoted)))[0].schema[0].name, each);
  }
}

TEST_P(Contract, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(dialect().quote("items"), quirks().plain_name);
  for (const std::string_view each : quirks().quoted_names) EXPECT_NE(dialect().quote(each), each);
  const auto words = dialect().keywords();
  EXPECT_THAT(words, Contains(quirks().keyword));
  EXPECT_TRUE(std::is_sorted(words.begin(), words.end()));
}

}  // namespace
}  // namespace dbops::contract
