// The catalogue of a real server.

#include <gmock/gmock-more-matchers.h>

#include <map>

#include "base/json.h"
#include "base/time.h"
#include "connectors/postgres/testing.h"
#include "core/catalog.h"

namespace dbops::postgres {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Path = std::vector<std::string>;

std::vector<Path> paths(const Catalog::Listing& listing) {
  std::vector<Path> all;
  for (const Item& item : listing.items) all.push_back(item.path);
  return all;
}

std::map<std::string, std::string> kinds(const Catalog::Listing& listing) {
  std::map<std::string, std::string> all;
  for (const Item& item : listing.items) all[item.path.back()] = item.kind;
  return all;
}

class TheCatalog : public testing::Test {
 protected:
  TheCatalog() : scratch_("dbops_catalog"), session_(open_session()) {
    scratch_.write(
        "comment on schema dbops_catalog is 'for a test';"
        "create type dbops_catalog.mood as enum ('sad', 'glad');"
        "create domain dbops_catalog.price as numeric(10,2) not null default 1 check (value > 0);"
        "create type dbops_catalog.pair as (x int, y text);"
        "create type dbops_catalog.span as range (subtype = date);"
        "create table dbops_catalog.parents (id int generated always as identity primary key,"
        " name varchar(20) not null default 'x' unique, feeling dbops_catalog.mood,"
        " twice int generated always as (id * 2) stored, cost dbops_catalog.price);"
        "comment on table dbops_catalog.parents is 'those above';"
        "comment on column dbops_catalog.parents.name is 'what they are called';"
        "create table dbops_catalog.kids (a int, b int, parent int references dbops_catalog.parents"
        " on delete cascade on update set null, check (a > b), primary key (b, a));"
        "create index kids_some on dbops_catalog.kids using btree (a desc, (b + 1)) include "
        "(parent)"
        " where a > 0;"
        "create table dbops_catalog.grandkids (x int, y int, constraint up foreign key (x, y)"
        " references dbops_catalog.kids (b, a));"
        "create view dbops_catalog.names as select name from dbops_catalog.parents;"
        "create materialized view dbops_catalog.kept as select 1 as one;"
        "create table dbops_catalog.days (day date, n int) partition by range (day);"
        "create table dbops_catalog.days_26 partition of dbops_catalog.days"
        " for values from ('2026-01-01') to ('2027-01-01');"
        "create function dbops_catalog.twice(n int) returns int language sql immutable as 'select "
        "2 * n';"
        "create function dbops_catalog.twice(t text) returns text language sql as 'select t || t';"
        "create procedure dbops_catalog.work() language sql as 'select 1';"
        "create function dbops_catalog.note() returns trigger language plpgsql as"
        " 'begin return new; end';"
        "create trigger noted before insert on dbops_catalog.kids for each row"
        " execute function dbops_catalog.note();"
        "create rule hush as on delete to dbops_catalog.kids do instead nothing;"
        "create statistics dbops_catalog.both on a, b from dbops_catalog.kids;"
        "insert into dbops_catalog.parents (name) values ('p')");
    run(scratch_.session(),
        "alter table dbops_catalog.kids enable row level security;"
        "create policy mine on dbops_catalog.kids for select to public using (a > 1)",
        Mode::write);
    run(scratch_.session(), "analyze dbops_catalog.parents", Mode::write);
  }
  Catalog& catalog() { return *session_->catalog(); }
  Catalog::Listing list(const Path& path, const Catalog::Search& search = {}) {
    auto listing = catalog().list(context_of(), path, search);
    EXPECT_TRUE(listing) << listing.error().message;
    return listing ? std::move(*listing) : Catalog::Listing();
  }
  Description describe(const Path& path) {
    auto all = catalog().describe(context_of(), {path});
    EXPECT_TRUE(all) << all.error().message;
    return all ? std::move(all->front()) : Description();
  }
  Scratch scratch_;
  std::unique_ptr<Session> session_;
};

TEST_F(TheCatalog, ListsSchemasRelationsAndColumns) {
  const auto top = list({});
  EXPECT_THAT(kinds(top), Contains(Pair("dbops_catalog", "schema")));
  EXPECT_THAT(kinds(top), testing::Not(Contains(Pair("pg_catalog", "schema"))));
  const auto in_schema = list({"dbops_catalog"});
  EXPECT_THAT(
      kinds(in_schema),
      testing::IsSupersetOf(
          {Pair("parents", "table"), Pair("days", "partitioned table"), Pair("names", "view"),
           Pair("kept", "materialized view"), Pair("parents_id_seq", "sequence"),
           Pair("twice", "function"), Pair("work", "procedure"), Pair("mood", "enum"),
           Pair("price", "domain"), Pair("pair", "composite type"), Pair("span", "range type")}));
  for (const Item& item : in_schema.items) {
    if (item.path.back() == "parents") {
      EXPECT_EQ(item.rows, 1);
      EXPECT_EQ(item.comment, "those above");
    }
    if (item.path.back() == "days_26") {
      EXPECT_EQ(item.signature, "partition of dbops_catalog.days");
    }
    if (item.path.back() == "kids") {
      EXPECT_EQ(item.rows, std::nullopt) << "never analyzed";
    }
  }
  const auto columns = list({"dbops_catalog", "parents"});
  EXPECT_THAT(paths(columns), ElementsAre(Path{"dbops_catalog", "parents", "id"},
                                          Path{"dbops_catalog", "parents", "name"},
                                          Path{"dbops_catalog", "parents", "feeling"},
                                          Path{"dbops_catalog", "parents", "twice"},
                                          Path{"dbops_catalog", "parents", "cost"}));
  EXPECT_EQ(columns.items[1].signature, "character varying(20) not null");
  EXPECT_EQ(columns.items[1].comment, "what they are called");
  EXPECT_THAT(paths(list({"pg_catalog"}, {.pattern = "pg_class"})),
              Contains(Path{"pg_catalog", "pg_class"}));
}

TEST_F(TheCatalog, FindsNamesOfAnything) {
  EXPECT_THAT(kinds(list({}, {.pattern = "KIDS_some"})), ElementsAre(Pair("kids_some", "index")));
  EXPECT_THAT(kinds(list({"dbops_catalog"}, {.pattern = "feel"})),
              ElementsAre(Pair("feeling", "column")));
  EXPECT_THAT(kinds(list({"dbops_catalog"}, {.pattern = "note"})),
              ElementsAre(Pair("note", "function"), Pair("noted", "trigger")));
  EXPECT_THAT(kinds(list({"dbops_catalog"}, {.pattern = "up"})),
              ElementsAre(Pair("up", "constraint")));
  EXPECT_THAT(kinds(list({"dbops_catalog", "kids"}, {.pattern = "a"})),
              testing::IsSupersetOf({Pair("a", "column"), Pair("parent", "column")}));
  EXPECT_THAT(kinds(list({"dbops_catalog"}, {.pattern = "kid?"})),
              ElementsAre(Pair("kids", "table")));
  EXPECT_THAT(kinds(list({"dbops_catalog"}, {.pattern = "*kids"})),
              ElementsAre(Pair("grandkids", "table"), Pair("kids", "table")));
  EXPECT_THAT(list({"dbops_catalog"}, {.pattern = "%"}).items, IsEmpty());
  EXPECT_THAT(list({"dbops_catalog"}, {.pattern = "_"}).items.size(), testing::Gt(0U));
  EXPECT_THAT(list({}, {.pattern = "dbops_catalog"}).items[0].kind, "schema");
}

TEST_F(TheCatalog, PagesInOneOrder) {
  const auto whole = paths(list({"dbops_catalog"}));
  std::vector<Path> pages;
  for (size_t offset = 0;; offset += 3) {
    const auto page = list({"dbops_catalog"}, {.offset = offset, .limit = 3});
    for (const Path& path : paths(page)) pages.push_back(path);
    if (!page.truncated) break;
    ASSERT_EQ(page.items.size(), 3U);
  }
  EXPECT_EQ(pages, whole);
  EXPECT_FALSE(list({"dbops_catalog"}, {.limit = whole.size()}).truncated);
}

TEST_F(TheCatalog, DescribesATableWhole) {
  const Description parents = describe({"dbops_catalog", "parents"});
  EXPECT_EQ(parents.item.kind, "table");
  EXPECT_EQ(parents.item.rows, 1);
  EXPECT_GT(parents.item.bytes, 8000);
  ASSERT_EQ(parents.columns.size(), 5U);
  EXPECT_EQ(parents.columns[0].generated, "identity");
  EXPECT_FALSE(parents.columns[0].nullable);
  EXPECT_EQ(parents.columns[1].fallback, "'x'::character varying");
  EXPECT_THAT(parents.columns[2].labels, ElementsAre("sad", "glad"));
  EXPECT_EQ(parents.columns[3].generated, "(id * 2)");
  EXPECT_EQ(parents.columns[4].type, "dbops_catalog.price");
  EXPECT_THAT(parents.primary_key, ElementsAre("id"));
  ASSERT_EQ(parents.referenced_by.size(), 1U);
  EXPECT_EQ(parents.referenced_by[0].other_path, (Path{"dbops_catalog", "kids"}));
  EXPECT_THAT(parents.referenced_by[0].columns, ElementsAre("id"));
  EXPECT_THAT(parents.referenced_by[0].other_columns, ElementsAre("parent"));

  const Description kids = describe({"dbops_catalog", "kids"});
  EXPECT_THAT(kids.primary_key, ElementsAre("b", "a"));
  ASSERT_EQ(kids.indexes.size(), 2U);
  EXPECT_TRUE(kids.indexes[0].primary && kids.indexes[0].unique && kids.indexes[0].valid);
  EXPECT_THAT(kids.indexes[1].columns, ElementsAre("a desc", "(b + 1)", "parent included"));
  EXPECT_EQ(kids.indexes[1].condition, "a > 0");
  EXPECT_EQ(kids.indexes[1].method, "btree");
  ASSERT_EQ(kids.references.size(), 1U);
  EXPECT_EQ(kids.references[0].on_delete, "CASCADE");
  EXPECT_EQ(kids.references[0].on_update, "SET NULL");
  ASSERT_EQ(kids.referenced_by.size(), 1U);
  EXPECT_THAT(kids.referenced_by[0].columns, ElementsAre("b", "a"));
  EXPECT_THAT(kids.referenced_by[0].other_columns, ElementsAre("x", "y"));
  std::vector<std::string> features;
  for (const Feature& feature : kids.features)
    features.push_back(feature.kind + ' ' + feature.name);
  EXPECT_THAT(features, ElementsAre("check kids_check", "trigger noted", "policy mine", "rule hush",
                                    "statistics both"));
  EXPECT_THAT(kids.properties, Contains(Pair("row level security", "on")));
  EXPECT_THAT(kids.properties, Contains(Pair("owner", "postgres")));
}

TEST_F(TheCatalog, DescribesEverythingElse) {
  EXPECT_THAT(describe({"dbops_catalog", "names"}).definition,
              HasSubstr("FROM dbops_catalog.parents"));
  const Description days = describe({"dbops_catalog", "days"});
  EXPECT_THAT(days.properties, Contains(Pair("partition key", "RANGE (day)")));
  ASSERT_EQ(days.features.size(), 1U);
  EXPECT_EQ(days.features[0].kind, "partition");
  EXPECT_EQ(days.features[0].name, "dbops_catalog.days_26");
  EXPECT_EQ(days.item.bytes, 0);
  EXPECT_THAT(describe({"dbops_catalog", "days_26"}).properties,
              Contains(Pair("parent", "dbops_catalog.days")));
  const Description twice = describe({"dbops_catalog", "twice"});
  EXPECT_EQ(twice.item.signature, "(n integer) returns integer; (t text) returns text");
  EXPECT_THAT(twice.definition, HasSubstr("select t || t"));
  const Description mood = describe({"dbops_catalog", "mood"});
  ASSERT_EQ(mood.features.size(), 2U);
  EXPECT_EQ(mood.features[1].name, "glad");
  EXPECT_EQ(describe({"dbops_catalog", "price"}).item.signature,
            "numeric(10,2) not null default 1");
  EXPECT_EQ(describe({"dbops_catalog", "pair"}).columns.size(), 2U);
  EXPECT_EQ(describe({"dbops_catalog", "span"}).item.signature, "of date");
  EXPECT_THAT(describe({"dbops_catalog", "parents_id_seq"}).properties,
              Contains(Pair("sequence", "integer from 1 to 2147483647 by 1")));
  const Description schema = describe({"dbops_catalog"});
  EXPECT_EQ(schema.item.comment, "for a test");
  EXPECT_EQ(schema.item.kind, "schema");
  EXPECT_EQ(describe({"dbops_catalog", "parents", "name"}).item.kind, "column");
  EXPECT_EQ(describe({"dbops_catalog", "kids", "kids_some"}).item.kind, "index");
  EXPECT_EQ(describe({"dbops_catalog", "kids", "noted"}).item.kind, "trigger");
}

TEST_F(TheCatalog, DescribesManyInTheirOrder) {
  std::vector<Path> asked = {{"dbops_catalog", "kids"},
                             {"dbops_catalog"},
                             {"dbops_catalog", "kids"},
                             {"dbops_catalog", "kids", "a"},
                             {"dbops_catalog", "mood"}};
  const auto all = catalog().describe(context_of(), asked);
  ASSERT_TRUE(all) << all.error().message;
  ASSERT_EQ(all->size(), asked.size());
  for (size_t i = 0; i < asked.size(); ++i) EXPECT_EQ((*all)[i].item.path, asked[i]);
  EXPECT_EQ((*all)[0].columns.size(), 3U);
  EXPECT_EQ((*all)[2].columns.size(), 3U);
  EXPECT_EQ((*all)[3].columns.size(), 1U);
}

TEST_F(TheCatalog, FindsALoneNameAlongTheSearchPath) {
  scratch_.write("create table public.dbops_lone (a int)");
  EXPECT_THAT(paths(list({"dbops_lone"})), ElementsAre(Path{"public", "dbops_lone", "a"}));
  EXPECT_EQ(describe({"dbops_lone"}).item.path, (Path{"public", "dbops_lone"}));
  scratch_.write("drop table public.dbops_lone");
}

TEST_F(TheCatalog, NamesWhatWasProbablyMeant) {
  const auto error_of = [&](const Path& path) {
    const auto listed = catalog().list(context_of(), path, {});
    const auto described = catalog().describe(context_of(), {path});
    EXPECT_FALSE(listed || described);
    if (listed || described) return Error();
    EXPECT_EQ(listed.error().code, Code::not_found);
    EXPECT_EQ(described.error().code, Code::not_found);
    return listed.error();
  };
  EXPECT_THAT(error_of({"dbops_catalogg"}).hint, HasSubstr("dbops_catalog"));
  EXPECT_THAT(error_of({"dbops_catalog", "parent"}).hint, HasSubstr("dbops_catalog.parents"));
  EXPECT_THAT(error_of({"dbops_catalog", "parents", "nam"}).message, HasSubstr("parents.nam"));
  EXPECT_FALSE(error_of({"zzz", "qqq"}).hint.empty());
}

TEST_F(TheCatalog, KeepsEveryNameWhole) {
  const std::vector<std::string> names = {"a\"b",   "a.b", "a b", "a;b", "✈️",
                                          "select", "'",   "A",   "%",   "\\"};
  const Dialect& sql = connector().dialect();
  for (const std::string& name : names)
    scratch_.write("create table dbops_catalog." + sql.quote(name) + " (" + sql.quote(name) +
                   " int)");
  for (const std::string& name : names) {
    const Path path = {"dbops_catalog", name};
    EXPECT_THAT(paths(list({"dbops_catalog"})), Contains(path));
    EXPECT_THAT(paths(list(path)), ElementsAre(Path{"dbops_catalog", name, name}));
    EXPECT_EQ(describe(path).columns[0].name, name);
    EXPECT_TRUE(
        run(*session_, "select " + sql.quote(name) + " from dbops_catalog." + sql.quote(name))
            .rows[0]
            .empty());
    std::string argument = "{\"table\": ";
    JsonWriter(argument).string(format_path(path));
    EXPECT_TRUE(operate(*session_, "sample", argument + '}')) << name;
  }
}

// One page of ten thousand tables, and the descriptions of what is on it.
TEST_F(TheCatalog, IsQuickAmongTenThousandTables) {
  Scratch many("dbops_many");
  const auto thousands = [&](const std::string& statement) {
    for (int from = 1; from < 10'000; from += 1000)
      many.write("do $$ begin for i in " + std::to_string(from) + ".." +
                 std::to_string(from + 999) + " loop execute format('" + statement +
                 "', i); end loop; end $$");
  };
  thousands("create table dbops_many.t%s (id int, n int)");
  list({"dbops_many"});  // The server reads its own catalogue once.
  constexpr std::chrono::milliseconds kPageMax{kSanitized ? 2000 : 500};
  Stopwatch watch;
  const auto page = list({"dbops_many"}, {.offset = 5000, .limit = 100});
  EXPECT_EQ(page.items.size(), 100U);
  EXPECT_TRUE(page.truncated);
  EXPECT_LT(watch.elapsed(), kPageMax);
  watch = Stopwatch();
  EXPECT_EQ(catalog().describe(context_of(), paths(page))->size(), 100U);
  EXPECT_LT(watch.elapsed(), 2 * kPageMax);
  watch = Stopwatch();
  EXPECT_EQ(list({}, {.pattern = "t9999"}).items.size(), 1U);
  EXPECT_LT(watch.elapsed(), 2 * kPageMax);
  thousands("drop table dbops_many.t%s");
}

}  // namespace
}  // namespace dbops::postgres
