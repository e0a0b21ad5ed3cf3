#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>

#include "base/time.h"
#include "connectors/sqlite/testing.h"
#include "core/catalog.h"

namespace dbops::sqlite::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using Path = std::vector<std::string>;

constexpr const char* kSchema = R"(
create table airports(faa text primary key, name text not null collate nocase, -- as it is spoken
                      lat real, lon real check (lon between -180 and 180)) strict;
create table planes(tailnum text primary key, seats int default 3 check(seats > 0)) without rowid;
create table flights( -- one row for each departure
  id integer primary key autoincrement,
  origin text not null constraint starts references airports on delete cascade,
  dest text references airports(faa),
  tailnum text,
  dep_delay int, arr_delay int,
  gained int generated always as (dep_delay - arr_delay) virtual,
  speed as (1.0 * id) stored,
  constraint plane foreign key (tailnum) references planes on update set null,
  constraint sane check (dep_delay < 3000 or (arr_delay is null)));
create index by_origin on flights(origin, dep_delay desc) where origin <> 'JFK, (x)';
create index by_lower on flights(lower(dest), abs(dep_delay) desc);
create unique index once on flights(tailnum, id);
create view late as select id, origin from flights where dep_delay > 60;
create view broken as select * from gone;
create trigger guard before delete on flights begin select raise(abort, 'no'); end;
create trigger late_insert instead of insert on late begin select 1; end;
create virtual table notes using fts5(title, body);
create virtual table boxes using rtree(id, x0, x1);
insert into airports values ('JFK', 'Kennedy', 40.6, -73.8), ('LGA', 'La Guardia', 40.8, -73.9);
insert into flights(origin, dest) values ('JFK', 'LGA');
insert into notes values ('a', 'b');
)";

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() : file_(folder_.path("a.db")) {
    sqlite(file_, kSchema);
    session_ = connect_file(file_);
  }
  Catalog::Listing list(const Path& path, const Catalog::Search& search = {}) {
    auto listing = session_->catalog()->list(Context(), path, search);
    EXPECT_TRUE(listing) << listing.error().message;
    return listing.value_or(Catalog::Listing{});
  }
  std::vector<std::string> names(const Path& path, const Catalog::Search& search = {}) {
    std::vector<std::string> found;
    for (const Item& item : list(path, search).items)
      found.push_back(item.kind + " " + format_path(item.path) +
                      (item.signature.empty() ? "" : ": " + item.signature));
    return found;
  }
  Description describe(const Path& path) {
    auto found = session_->catalog()->describe(Context(), {path});
    EXPECT_TRUE(found) << found.error().message;
    return found ? found->at(0) : Description{};
  }

  const Folder folder_;
  const std::string file_;
  std::unique_ptr<Session> session_;
};

TEST_F(CatalogTest, ListsRelations) {
  const auto all =
      ElementsAre("table airports", "table flights", "table planes", "virtual table boxes",
                  "virtual table notes", "view broken", "view late");
  EXPECT_THAT(names({}), all);
  EXPECT_THAT(names({"main"}), all);
  const auto page = list({}, {.pattern = "", .offset = 1, .limit = 2});
  ASSERT_EQ(page.items.size(), 2u);
  EXPECT_TRUE(page.truncated);
  EXPECT_EQ(page.items[0].path, Path{"flights"});
  EXPECT_EQ(page.items[0].rows, 1);
  EXPECT_TRUE(page.items[0].rows_exact);
  EXPECT_FALSE(list({}, {.pattern = "", .offset = 5, .limit = 2}).truncated);
}

TEST_F(CatalogTest, ListsColumns) {
  EXPECT_THAT(names({"planes"}), ElementsAre("column planes.tailnum: TEXT not null primary key",
                                             "column planes.seats: INT"));
  EXPECT_THAT(names({"MAIN", "late"}),
              ElementsAre("column late.id: INTEGER", "column late.origin: TEXT"));
  EXPECT_THAT(names({"flights"}, {.pattern = "d?p*"}),
              ElementsAre("column flights.dep_delay: INT"));
}

TEST_F(CatalogTest, SearchesNames) {
  EXPECT_THAT(names({}, {.pattern = "ORIGIN"}),
              ElementsAre("index by_origin: on flights", "column flights.origin: TEXT not null",
                          "column late.origin: TEXT"));
  EXPECT_THAT(names({}, {.pattern = "late*"}),
              ElementsAre("view late", "trigger late_insert: on late"));
  EXPECT_THAT(names({}, {.pattern = "[x]"}), IsEmpty());
  EXPECT_THAT(names({}, {.pattern = "", .offset = 100}), IsEmpty());
}

TEST_F(CatalogTest, DescribesTable) {
  const Description flights = describe({"main", "FLIGHTS"});
  EXPECT_EQ(flights.item.path, Path{"flights"});
  EXPECT_EQ(flights.item.kind, "table");
  EXPECT_EQ(flights.item.rows, 1);
  EXPECT_EQ(flights.item.comment, "one row for each departure");
  EXPECT_GT(flights.item.bytes.value_or(0), 0);
  EXPECT_THAT(flights.primary_key, ElementsAre("id"));
  EXPECT_THAT(flights.properties, ElementsAre(Pair("autoincrement", "true")));
  ASSERT_EQ(flights.columns.size(), 8u);
  EXPECT_FALSE(flights.columns[0].nullable);
  EXPECT_EQ(flights.columns[6].generated, "dep_delay - arr_delay");
  EXPECT_EQ(flights.columns[7].generated, "1.0 * id");
  ASSERT_EQ(flights.indexes.size(), 3u);
  EXPECT_EQ(flights.indexes[0].name, "by_lower");
  EXPECT_THAT(flights.indexes[0].columns, ElementsAre("lower(dest)", "abs(dep_delay) desc"));
  EXPECT_THAT(flights.indexes[1].columns, ElementsAre("origin", "dep_delay desc"));
  EXPECT_EQ(flights.indexes[1].condition, "origin <> 'JFK, (x)'");
  EXPECT_TRUE(flights.indexes[2].unique);
  ASSERT_EQ(flights.references.size(), 3u);
  EXPECT_EQ(flights.references[0].name, "starts");
  EXPECT_EQ(flights.references[0].on_delete, "CASCADE");
  EXPECT_THAT(flights.references[0].other_columns, ElementsAre("faa"));
  EXPECT_EQ(flights.references[1].name, "");
  EXPECT_EQ(flights.references[2].name, "plane");
  EXPECT_EQ(flights.references[2].on_update, "SET NULL");
  EXPECT_THAT(flights.references[2].other_columns, ElementsAre("tailnum"));
  ASSERT_EQ(flights.features.size(), 2u);
  EXPECT_EQ(flights.features[0].name, "sane");
  EXPECT_EQ(flights.features[0].text, "dep_delay < 3000 or (arr_delay is null)");
  EXPECT_EQ(flights.features[1].kind, "trigger");
  EXPECT_THAT(flights.definition, HasSubstr("CREATE TABLE flights"));
}

TEST_F(CatalogTest, DescribesWhatPointsHere) {
  const Description airports = describe({"airports"});
  EXPECT_THAT(airports.properties, ElementsAre(Pair("strict", "true")));
  EXPECT_EQ(airports.columns[1].comment, "as it is spoken");
  EXPECT_EQ(airports.columns[1].type, "TEXT collate nocase");
  ASSERT_EQ(airports.referenced_by.size(), 2u);
  EXPECT_EQ(airports.referenced_by[0].other_path, Path{"flights"});
  EXPECT_THAT(airports.referenced_by[0].columns, ElementsAre("faa"));
  EXPECT_THAT(airports.referenced_by[0].other_columns, ElementsAre("origin"));
  ASSERT_EQ(airports.indexes.size(), 1u);
  EXPECT_TRUE(airports.indexes[0].primary);
  EXPECT_THAT(describe({"planes"}).properties, ElementsAre(Pair("without rowid", "true")));
}

TEST_F(CatalogTest, DescribesOtherThings) {
  const Description view = describe({"late"});
  EXPECT_EQ(view.item.kind, "view");
  EXPECT_EQ(view.columns.size(), 2u);
  EXPECT_EQ(view.features[0].name, "late_insert");
  EXPECT_FALSE(view.item.rows);
  const Description broken = describe({"broken"});
  EXPECT_THAT(broken.properties, ElementsAre(Pair("broken", HasSubstr("gone"))));
  EXPECT_THAT(broken.definition, HasSubstr("gone"));
  const Description notes = describe({"notes"});
  EXPECT_EQ(notes.item.kind, "virtual table");
  EXPECT_EQ(notes.columns.size(), 2u);
  EXPECT_EQ(notes.item.rows, 1);
  EXPECT_EQ(describe({"notes_data"}).item.kind, "shadow table");
  EXPECT_EQ(describe({"by_origin"}).item.signature, "on flights (origin, dep_delay desc)");
  EXPECT_THAT(describe({"guard"}).definition, HasSubstr("raise(abort"));
  const Description column = describe({"flights", "Origin"});
  EXPECT_EQ(column.item.path, (Path{"flights", "origin"}));
  EXPECT_EQ(column.indexes.size(), 1u);
  EXPECT_EQ(column.references.size(), 1u);
  const Description file = describe({});
  EXPECT_EQ(file.item.kind, "schema");
  EXPECT_THAT(file.properties, Contains(Pair("encoding", "UTF-8")));
  EXPECT_THAT(describe({"sqlite_schema"}).columns.size(), 5u);
}

TEST_F(CatalogTest, SaysWhatIsNotThere) {
  const auto fails = [&](const Path& path) {
    auto found = session_->catalog()->describe(Context(), {path});
    EXPECT_FALSE(found);
    EXPECT_EQ(found.error().code, Code::not_found);
    EXPECT_FALSE(session_->catalog()->list(Context(), path, {}));
    return found.error().hint;
  };
  EXPECT_THAT(fails({"flihgts"}), HasSubstr("flights"));
  EXPECT_THAT(fails({"main", "flihgts"}), HasSubstr("flights"));
  EXPECT_THAT(fails({"flights", "orign"}), HasSubstr("origin"));
  fails({"other", "flights"});
  fails({"flights", "origin", "deeper"});
}

TEST_F(CatalogTest, KeepsOddNames) {
  const std::vector<std::string> odd = {
      "a.b", "a\"b", "a;b", "select", "\xf0\x9f\x9b\xab", " ", "a'b", "main", "[x]", "a`b", "A\nB"};
  for (const std::string& name : odd) {
    SCOPED_TRACE(name);
    const std::string quoted = connector().dialect().quote(name);
    sqlite(file_, "create table " + quoted + "(" + quoted + " integer, x references " + quoted +
                      "); insert into " + quoted + " values (1, null)");
    const auto listing = list({}, {.pattern = name == "[x]" ? "\\[x]" + std::string() : name});
    const Description found = describe({name});
    EXPECT_EQ(found.item.path, Path{name});
    EXPECT_EQ(found.columns[0].name, name);
    EXPECT_EQ(found.item.rows, 1);
    EXPECT_EQ(found.references[0].other_path, Path{name});
    EXPECT_EQ(rows(*session_, "select " + quoted + " from " + quoted), Table({{"1"}}));
    EXPECT_EQ(parse_path(format_path(found.item.path)).value(), Path{name});
  }
  EXPECT_EQ(describe({"main", "main"}).item.path, Path{"main"});
  EXPECT_EQ(describe({"main", "x"}).item.kind, "column");
  EXPECT_EQ(describe({"main", "flights"}).item.path, Path{"flights"});
}

TEST_F(CatalogTest, EstimatesLargeTables) {
  sqlite(file_,
         "create table big(x); with recursive c(n) as (values(1) union all select n+1 from c where "
         "n < 300000) "
         "insert into big select n from c; delete from big where rowid % 10 = 0;"
         "create table sparse(i integer primary key); insert into sparse select rowid * "
         "1000000000000 from big;");
  const auto rows_of = [&](const std::string& name) { return describe({name}).item; };
  EXPECT_EQ(rows_of("big").rows, 299999);
  EXPECT_FALSE(rows_of("big").rows_exact);
  EXPECT_FALSE(rows_of("sparse").rows);
  sqlite(file_, "create index big_x on big(x); analyze");
  EXPECT_EQ(rows_of("big").rows, 270000);
}

TEST(Catalog, ListsManyTablesQuickly) {
  const Folder folder;
  std::string sql =
      "pragma writable_schema = 1; begin; create table t0(id integer primary key, name text);";
  // To SQLite it takes seconds to make 10,000 tables one by one.
  sql +=
      "with recursive c(n) as (values(1) union all select n + 1 from c where n < 9999) "
      "insert into sqlite_schema select type, 't' || n, 't' || n, rootpage, replace(sql, 't0', 't' "
      "|| n) "
      "from sqlite_schema, c; commit";
  sqlite(folder.path("a.db"), sql);
  const auto session = connect_file(folder.path("a.db"));
  const auto timed = [&](const Catalog::Search& search) {
    const Stopwatch watch;
    const auto listing = session->catalog()->list(Context(), {}, search);
    EXPECT_TRUE(listing);
    // Many times what it takes on a quiet machine (30 and 60 ms): what is quadratic takes longer
    // still.
    EXPECT_LT(watch.elapsed_ms(), 1500);
    return listing ? listing->items.size() : 0;
  };
  EXPECT_EQ(timed({.pattern = "", .offset = 9'000, .limit = 100}), 100u);
  EXPECT_EQ(timed({.pattern = "NAME", .offset = 500, .limit = 1000}), 1000u);
  EXPECT_EQ(timed({.pattern = "nowhere"}), 0u);
}

}  // namespace
}  // namespace dbops::sqlite::testing
