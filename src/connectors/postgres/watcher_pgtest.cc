// What a database tells of its DDL. In a database of its own: event triggers are the whole
// database's.

#include <gmock/gmock-matchers.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "connectors/postgres/testing.h"
#include "connectors/postgres/watch_sql.h"
#include "connectors/postgres/watcher.h"

namespace dbops::postgres {
namespace {

using Place = Watcher::Place;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr const char* kDatabase = "dbops_watching";

class WatcherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    drop();
    run(*admin_, std::string("create database ") + kDatabase, Mode::write);
    owner_ = open_session(Tier::admin, url());
  }
  void TearDown() override {
    watching_.reset();
    owner_.reset();
    drop();
  }
  void drop() {
    run(*admin_, std::string("drop database if exists ") + kDatabase + " with (force)",
        Mode::write);
  }
  static std::string url() {
    std::string url = server_url();
    const size_t slash = url.find('/', url.find("//") + 2);
    const size_t end = std::min(url.find('?'), url.size());
    return url.replace(slash + 1, end - slash - 1, kDatabase);
  }
  Result<void> begin() {
    watching_ = open_session(Tier::read, url());
    return watching_->watcher()->begin(context_of());
  }
  void install() { ASSERT_TRUE(operate(*owner_, "watch_schema")); }
  // The places of one statement, told by another that comes after it.
  std::vector<Place> told_of(const std::string& statement) {
    run(*owner_, statement, Mode::write);
    run(*owner_, "create schema mark; drop schema mark", Mode::write);
    std::vector<Place> places;
    for (bool marked = false; !marked;) {
      const auto next = watching_->watcher()->next(context_of());
      EXPECT_TRUE(next) << next.error().message;
      if (!next) return places;
      for (const Place& place : *next) {
        if (place == Place{"mark"})
          marked = true;
        else
          places.push_back(place);
      }
    }
    return places;
  }

  std::unique_ptr<Session> admin_ = open_session(Tier::admin);
  std::unique_ptr<Session> owner_;
  std::unique_ptr<Session> watching_;
};

TEST_F(WatcherTest, WithoutTheTriggersItSaysHowToGetThem) {
  const auto refused = begin();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::unsupported);
  EXPECT_THAT(refused.error().hint, HasSubstr("watch_schema"));
}

TEST_F(WatcherTest, TellsWhereSomethingChanged) {
  install();
  ASSERT_TRUE(begin());
  const std::vector<std::pair<std::string, std::vector<Place>>> cases = {
      {"create table t (a int, b int)", {{"public", "t"}}},
      {"create schema \"my \"\"own\"", {{"my \"own"}}},
      {"create table \"my \"\"own\".\"a.b\" ()", {{"my \"own", "a.b"}}},
      {"alter table t add c int", {{"public", "t"}}},
      {"alter table t drop column c", {{"public", "t"}}},
      {"comment on column t.a is 'x'", {{"public", "t"}}},
      {"create index i on t (a)", {{"public", "t"}}},
      {"drop index i", {{"public"}}},
      {"create view v as select a from t", {{"public", "v"}}},
      {"create function f() returns int language sql as 'select 1'", {{"public", "f"}}},
      {"create trigger g after insert on t execute function "
       "suppress_redundant_updates_trigger()",
       {{"public", "t"}}},
      {"drop trigger g on t", {{"public", "t"}}},
      {"grant select on t to public", {}},
      {"create temp table only_mine ()", {}},
      {"insert into t values (1, 2)", {}},
      {"drop table t cascade", {{"public", "t"}, {"public", "v"}}},
  };
  for (const auto& [statement, expected] : cases) {
    std::vector<Place> places = told_of(statement);
    // What belongs to what is dropped is told of too: types, rules, the columns of a view.
    if (statement.starts_with("drop table"))
      std::erase_if(places, [&known = expected](const Place& place) {
        return std::find(known.begin(), known.end(), place) == known.end();
      });
    for (const Place& place : expected)
      EXPECT_THAT(places, ::testing::Contains(place)) << statement;
    for (const Place& place : places)
      EXPECT_THAT(expected, ::testing::Contains(place)) << statement;
  }
}

// The old name is known to nobody any more, and who subscribed to it must not be missed.
TEST_F(WatcherTest, TellsOfANewNameToWhoKnowsTheOldOne) {
  install();
  ASSERT_TRUE(begin());
  run(*owner_,
      "create schema sa; create schema sb; create table sa.t (a int); create table sa.u (a int);"
      "create view sa.v as select 1 as a; create index i on sa.u (a);"
      "create function sa.f() returns int language sql as 'select 1';"
      "create function sa.migrate() returns void language sql as "
      "'alter table sa.t7 rename to t8'",
      Mode::write);
  told_of("select 1");
  const Place anywhere;
  const std::vector<std::pair<std::string, Place>> cases = {
      {"alter table sa.t rename to t2", {"sa"}},
      {"ALTER TABLE sa.t2 RENAME COLUMN a TO b", {"sa"}},
      {"alter view sa.v rename to v2", {"sa"}},
      {"alter function sa.f() rename to f2", {"sa"}},
      {"alter index sa.i rename to i2", {"sa"}},
      {"alter table sa.t2 set schema sb", anywhere},
      {"alter function sa.f2() set schema sb", anywhere},
      {"alter schema sa rename to sc", anywhere},
      {"alter schema sc rename to sa", anywhere},
      // What the text of the call does not show.
      {"do $$ begin execute 'alter table sb.t2 re' || 'name to t7'; end $$", anywhere},
      {"alter table sb.t7 set schema sa", anywhere},
      {"select sa.migrate()", anywhere},
      {"alter table sa.u add c int", {"sa", "u"}},
  };
  for (const auto& [statement, expected] : cases) {
    const std::vector<Place> places = told_of(statement);
    EXPECT_FALSE(places.empty()) << statement;
    EXPECT_THAT(places, ::testing::Each(expected)) << statement;
  }
}

TEST_F(WatcherTest, WhatARoleWithoutRightsDoesIsToldToo) {
  install();
  ASSERT_TRUE(begin());
  run(*owner_,
      "create role dbops_plain; grant create, usage on schema public to dbops_plain; "
      "do 'begin set local role dbops_plain; create table of_plain (); end'",
      Mode::write);
  const auto told = watching_->watcher()->next(context_of());
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, ::testing::Contains(Place{"public", "of_plain"}));
  run(*owner_, "drop owned by dbops_plain; drop role dbops_plain", Mode::write);
}

TEST_F(WatcherTest, AWaitEndsWithItsContextAndItsLink) {
  install();
  ASSERT_TRUE(begin());
  EXPECT_EQ(watching_->watcher()->next(context_of(std::chrono::milliseconds(1))).error().code,
            Code::timeout);
  EXPECT_FALSE(watching_->broken());
  run(*admin_,
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN %' and "
      "datname = 'dbops_watching'",
      Mode::write);
  EXPECT_EQ(watching_->watcher()->next(context_of()).error().code, Code::disconnected);
  EXPECT_TRUE(watching_->broken());
}

TEST_F(WatcherTest, WhatIsNotOurMessageIsAChangeAnywhere) {
  EXPECT_EQ(read_change("x"), Place());
  EXPECT_EQ(read_change("[]"), Place());
  EXPECT_EQ(read_change(R"({"schema":null,"name":"t"})"), Place());
  EXPECT_EQ(read_change(R"({"schema":"s","name":null})"), Place{"s"});
  EXPECT_EQ(read_change(R"({"schema":"s","name":"t"})"), (Place{"s", "t"}));
}

TEST_F(WatcherTest, ThePageHasTheSameStatements) {
  std::ifstream file(DBOPS_CHANGES_PAGE);
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_THAT(page.str(), HasSubstr(watch_sql::kInstall));
  EXPECT_THAT(page.str(), HasSubstr(watch_sql::kRemove));
}

TEST_F(WatcherTest, WhoConfirmsItIsToldWhatItCosts) {
  const auto operations = connector().operations();
  const auto watch =
      std::find_if(operations.begin(), operations.end(),
                   [](const Operation& operation) { return operation.name == "watch_schema"; });
  ASSERT_NE(watch, operations.end());
  EXPECT_THAT(watch->danger(Arguments()), HasSubstr("PREPARE TRANSACTION"));
}

TEST_F(WatcherTest, IsTakenBack) {
  install();
  install();
  ASSERT_TRUE(begin());
  ASSERT_TRUE(operate(*owner_, "unwatch_schema"));
  EXPECT_EQ(watching_->watcher()->begin(context_of()).error().code, Code::unsupported);
  EXPECT_EQ(one(*owner_, "select count(*) from pg_namespace where nspname = 'dbops_watch'"), "0");
}

}  // namespace
}  // namespace dbops::postgres
