// Plans, health and operations of a real server.

#include <gmock/gmock-more-matchers.h>

#include <boost/json.hpp>
#include <set>
#include <thread>

#include "connectors/postgres/testing.h"

namespace dbops::postgres {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<Row> rows_of(Session& session, std::string_view operation,
                         std::string_view arguments = "{}") {
  auto rows = operate(session, operation, arguments);
  EXPECT_TRUE(rows) << operation << ": " << rows.error().message;
  return rows ? std::move(*rows) : std::vector<Row>();
}

TEST(Operations, SampleDrawsFromAllOverALargeTable) {
  Scratch scratch("dbops_sample");
  scratch.write(
      "create table dbops_sample.t as select i as a, repeat('x', 100) as b from "
      "generate_series(1, 200000) i; create view dbops_sample.v as select a from dbops_sample.t;"
      "create table dbops_sample.empty (a int)");
  run(scratch.session(), "analyze dbops_sample.t", Mode::write);
  auto session = open_session();
  const auto few = rows_of(*session, "sample", R"({"table": "dbops_sample.t", "rows": 50})");
  EXPECT_EQ(few.size(), 50U);
  std::set<std::string> seen;
  for (const Row& row : few) seen.insert(row[0]);
  EXPECT_EQ(seen.size(), 50U);
  EXPECT_EQ(rows_of(*session, "sample", R"({"table": "dbops_sample.v"})").size(), 20U);
  EXPECT_THAT(rows_of(*session, "sample", R"({"table": "dbops_sample.empty"})"), IsEmpty());
  EXPECT_EQ(operate(*session, "sample", R"({"table": "dbops_sample.none"})").error().code,
            Code::not_found);
  EXPECT_EQ(operate(*session, "sample", R"({"table": "dbops_sample"})").error().code,
            Code::invalid_argument);
}

TEST(Operations, SampleFindsTheRowsOfASmallOrSparseTable) {
  Scratch scratch("dbops_sample");
  scratch.write(
      "create table dbops_sample.narrow as select i as a from generate_series(1, 5000) i;"
      "create table dbops_sample.sparse as select i as a, repeat('x', 500) as b from "
      "generate_series(1, 20000) i;"
      "create table dbops_sample.parts (a int) partition by range (a);"
      "create table dbops_sample.low partition of dbops_sample.parts for values from (0) to (9);"
      "create table dbops_sample.high partition of dbops_sample.parts for values from (9) to (1e6);"
      "insert into dbops_sample.parts select i from generate_series(1, 50000) i");
  run(scratch.session(),
      "analyze dbops_sample.narrow; analyze dbops_sample.sparse; analyze dbops_sample.parts",
      Mode::write);
  // What the planner knows is of before: nearly all blocks are empty now.
  scratch.write("delete from dbops_sample.sparse where a > 3");
  auto session = open_session();
  std::set<std::string> seen;
  for (int i = 0; i < 30; ++i) {
    const auto two = rows_of(*session, "sample", R"({"table": "dbops_sample.narrow", "rows": 2})");
    ASSERT_EQ(two.size(), 2U) << i;
    for (const Row& row : two) seen.insert(row[0]);
    ASSERT_EQ(rows_of(*session, "sample", R"({"table": "dbops_sample.sparse", "rows": 2})").size(),
              2U);
    ASSERT_EQ(rows_of(*session, "sample", R"({"table": "dbops_sample.parts", "rows": 2})").size(),
              2U);
  }
  EXPECT_GT(seen.size(), 20U) << "from all over it";
}

TEST(Operations, ColumnStatsSayWhatThePlannerKnows) {
  Scratch scratch("dbops_stats");
  scratch.write(
      "create table dbops_stats.t as select i as a, case when i % 2 = 0 then 'even' end as b "
      "from generate_series(1, 1000) i");
  run(scratch.session(), "analyze dbops_stats.t", Mode::write);
  const auto rows = rows_of(*open_session(), "column_stats", R"({"table": "dbops_stats.t"})");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0][0], "\"a\"");
  EXPECT_EQ(rows[0][2], "0");
  EXPECT_EQ(rows[0][3], "\"1000\"");
  EXPECT_EQ(rows[0][6], "\"1\"");
  EXPECT_EQ(rows[0][7], "\"1000\"");
  EXPECT_EQ(rows[1][2], "0.5");
  EXPECT_EQ(rows[1][8], "[\"even\"]");
}

TEST(Operations, JoinPathFindsTheShortestWay) {
  Scratch scratch("dbops_path");
  scratch.write(
      "create table dbops_path.a (id int primary key);"
      "create table dbops_path.b (id int primary key, a int references dbops_path.a);"
      "create table dbops_path.c (id int primary key, b int references dbops_path.b);"
      "create table dbops_path.\"D d\" (id int, c int references dbops_path.c, a int);"
      "create table dbops_path.alone (id int)");
  auto session = open_session();
  const auto way =
      rows_of(*session, "join_path", R"({"from": "dbops_path.a", "to": "dbops_path.c"})");
  ASSERT_EQ(way.size(), 2U);
  EXPECT_EQ(way[0][1], "\"dbops_path.b\"");
  EXPECT_EQ(way[0][2], "\"dbops_path.b.a = dbops_path.a.id\"");
  EXPECT_EQ(way[1][1], "\"dbops_path.c\"");
  const auto back =
      rows_of(*session, "join_path", R"({"from": "dbops_path.\"D d\"", "to": "dbops_path.a"})");
  ASSERT_EQ(back.size(), 3U);
  EXPECT_EQ(back[2][1], "\"dbops_path.a\"");
  EXPECT_EQ(operate(*session, "join_path", R"({"from": "dbops_path.a", "to": "dbops_path.alone"})")
                .error()
                .code,
            Code::not_found);
}

// What it writes makes the same again.
TEST(Operations, DdlIsWhatTheServerTakes) {
  Scratch scratch("dbops_ddl");
  scratch.write(
      "create type dbops_ddl.mood as enum ('sa''d', 'glad');"
      "create domain dbops_ddl.price as numeric(10,2) check (value > 0);"
      "create table dbops_ddl.parents (id int generated always as identity primary key, s serial,"
      " name varchar(20) not null default 'x' unique, m dbops_ddl.mood, p dbops_ddl.price,"
      " twice int generated always as (s * 2) stored);"
      "create table dbops_ddl.\"Kids\" (a int, \"select\" int references dbops_ddl.parents on "
      "delete"
      " cascade, check (a > 0)) with (fillfactor = 70);"
      "create index on dbops_ddl.\"Kids\" (a desc) where a > 1;"
      "comment on table dbops_ddl.\"Kids\" is 'it''s';"
      "comment on column dbops_ddl.\"Kids\".a is 'A';"
      "alter table dbops_ddl.\"Kids\" enable row level security;"
      "create policy p on dbops_ddl.\"Kids\" for select using (a > 1);"
      "create view dbops_ddl.v as select a from dbops_ddl.\"Kids\";"
      "create function dbops_ddl.f(a int) returns int language sql as 'select 1';"
      "create table dbops_ddl.days (d date) partition by range (d);"
      "create table dbops_ddl.day1 partition of dbops_ddl.days for values from ('2026-01-01') to"
      " ('2026-01-02')");
  auto session = open_session();
  const std::vector<std::string> all = {"mood", "price", "parents", "\"Kids\"",
                                        "v",    "f",     "days",    "day1"};
  std::string script;
  const auto write_out = [&](const std::string& name) {
    std::string argument = "{\"path\": ";
    JsonWriter(argument).string("dbops_ddl." + name);
    const Operation* ddl = nullptr;
    for (const Operation& operation : connector().operations())
      if (operation.name == "ddl") ddl = &operation;
    const auto json = parse_json(argument + '}');
    std::string text;
    auto stream =
        ddl->run(context_of(), *session, *read_arguments(ddl->arguments, json->as_object()));
    EXPECT_TRUE(stream) << name << ": " << stream.error().message;
    Batch batch;
    while (stream && *(*stream)->next(context_of(), batch))
      for (size_t i = 0; i < batch.rows(); ++i) text.append(batch.row(i)[0].as_text()).append("\n");
    return text;
  };
  std::vector<std::string> before;
  for (const std::string& name : all) {
    before.push_back(write_out(name));
    script += before.back();
  }
  scratch.write("drop schema dbops_ddl cascade; create schema dbops_ddl");
  scratch.write(script);
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(write_out(all[i]), before[i]);
  EXPECT_EQ(operate(*session, "ddl", R"({"path": "dbops_ddl"})").error().code, Code::unsupported);
}

TEST(Operations, LookAtSessionsAndLocks) {
  Scratch scratch("dbops_watch");
  scratch.write("create table dbops_watch.t (a int)");
  auto session = open_session();
  const std::string own = one(*session, "select pg_backend_pid()");
  const auto sessions = rows_of(*session, "sessions");
  EXPECT_THAT(sessions, Contains(testing::Truly([&](const Row& row) { return row[0] == own; })));
  EXPECT_GT(rows_of(*session, "sessions", R"({"background": true})").size(), sessions.size());
  EXPECT_THAT(rows_of(*session, "locks"), IsEmpty());
  // The server vacuums and analyzes when it wants to.
  EXPECT_THAT(rows_of(*session, "progress"), testing::Each(testing::Truly([](const Row& row) {
                return row[0] == "\"vacuum\"" || row[0] == "\"analyze\"";
              })));
  EXPECT_EQ(
      operate(*open_session(Tier::admin), "terminate_session", R"({"session": 1})").error().code,
      Code::not_found);
  EXPECT_EQ(operate(*session, "terminate_session", "{\"session\": " + own + "}").error().code,
            Code::forbidden);
}

TEST(Operations, LookAtTheServer) {
  auto session = open_session();
  EXPECT_THAT(rows_of(*session, "settings", R"({"pattern": "work_mem"})"),
              Contains(testing::Truly([](const Row& row) { return row[0] == "\"work_mem\""; })));
  EXPECT_GT(rows_of(*session, "settings").size(), 300U);
  EXPECT_THAT(rows_of(*session, "databases"),
              Contains(testing::Truly([](const Row& row) { return row[0] == "\"postgres\""; })));
  EXPECT_THAT(rows_of(*session, "roles"), Not(IsEmpty()));
  EXPECT_THAT(rows_of(*session, "extensions")[0][0], "\"plpgsql\"");
  Scratch scratch("dbops_server");
  scratch.write(
      "create table dbops_server.t (a int); grant select, insert on dbops_server.t to "
      "pg_monitor; grant update (a) on dbops_server.t to public;"
      "create publication dbops_publication for table dbops_server.t");
  const auto grants = rows_of(*session, "grants", R"({"table": "dbops_server.t"})");
  EXPECT_THAT(grants,
              Contains(ElementsAre("\"pg_monitor\"", "\"INSERT, SELECT\"", "false", "null")));
  EXPECT_THAT(grants, Contains(ElementsAre("\"PUBLIC\"", "\"UPDATE\"", "false", "\"a\"")));
  EXPECT_THAT(
      rows_of(*session, "publications"),
      Contains(ElementsAre("\"dbops_publication\"", "false", "\"insert, update, delete, truncate\"",
                           "[\"dbops_server.t\"]")));
  scratch.write("drop publication dbops_publication");
}

std::vector<std::string> findings_of(Session& session, const std::string& area) {
  std::vector<std::string> all;
  const auto findings = session.diagnostics()->diagnose(context_of(), area);
  EXPECT_TRUE(findings) << findings.error().message;
  if (findings)
    for (const Finding& finding : *findings)
      all.push_back(std::string(name(finding.severity)) + ' ' + finding.subject + ": " +
                    finding.message);
  return all;
}

TEST(Health, FindsWhatIsWrong) {
  Scratch scratch("dbops_health");
  scratch.write(
      "create table dbops_health.p (id int primary key);"
      "create table dbops_health.t (a int, p int);"
      "insert into dbops_health.p select generate_series(1, 2000);"
      "insert into dbops_health.t select i, i from generate_series(1, 2000) i;"
      "alter table dbops_health.t add constraint up foreign key (p) references dbops_health.p;"
      "alter table dbops_health.t add constraint positive check (a > 0) not valid;"
      "create index one on dbops_health.t (a); create index two on dbops_health.t (a);"
      "create sequence dbops_health.s maxvalue 100");
  run(scratch.session(), "select setval('dbops_health.s', 99)", Mode::write);
  run(scratch.session(), "analyze dbops_health.t", Mode::write);
  EXPECT_FALSE(
      try_run(scratch.session(), "insert into dbops_health.t values (1, 1)", Mode::write) &&
      try_run(scratch.session(), "create unique index concurrently broken on dbops_health.t (a)",
              Mode::write));
  auto session = open_session();
  EXPECT_THAT(findings_of(*session, "indexes"),
              testing::IsSupersetOf({HasSubstr("warning dbops_health.broken: is invalid"),
                                     HasSubstr("does the same as dbops_health.one")}));
  EXPECT_THAT(findings_of(*session, "sequences"),
              Contains(HasSubstr("critical dbops_health.s: 99% used: at 99 of 100")));
  EXPECT_THAT(findings_of(*session, "constraints"),
              testing::IsSupersetOf({HasSubstr("dbops_health.t.positive: is NOT VALID"),
                                     HasSubstr("dbops_health.t.up: no index on (p)")}));
  EXPECT_THAT(findings_of(*session, "settings"), Contains(HasSubstr("critical fsync: is off")));
  EXPECT_THAT(findings_of(*session, "connections"), ElementsAre(HasSubstr(" connections in use")));
}

TEST(Health, FindsWhoBlocksWhom) {
  Scratch scratch("dbops_block");
  scratch.write("create table dbops_block.t (a int)");
  auto holder = open_session(Tier::write);
  const Script script = *connector().dialect().parse("lock table dbops_block.t; select 1");
  const Context context = context_of();
  auto held = *holder->queries()->run(context, script, {}, Mode::write);
  ASSERT_TRUE(held->next(context));
  auto waiter = open_session();
  const Script read = *connector().dialect().parse("select * from dbops_block.t");
  Context waiting = context_of();
  std::thread blocked([&] {
    const auto results = waiter->queries()->run(waiting, read, {}, Mode::read);
    EXPECT_EQ((*results)->next(waiting).error().code, Code::cancelled);
  });
  auto session = open_session();
  std::vector<Row> locks;
  for (int attempt = 0; attempt < 1000 && locks.empty(); ++attempt)
    locks = rows_of(*session, "locks");
  ASSERT_EQ(locks.size(), 1U);
  EXPECT_EQ(locks[0][4], "\"dbops_block.t\"");
  EXPECT_EQ(locks[0][6], "\"select * from dbops_block.t\"");
  EXPECT_THAT(findings_of(*session, "activity"),
              Contains(HasSubstr("behind session " + locks[0][7])));
  waiting.cancel.request();
  blocked.join();
}

TEST(Explain, SaysWhereTheTimeGoes) {
  Scratch scratch("dbops_explain");
  scratch.write(
      "create table dbops_explain.t as select i as a, i % 100 as b, repeat('x', 50) as c "
      "from generate_series(1, 100000) i");
  run(scratch.session(), "analyze dbops_explain.t", Mode::write);
  auto session = open_session();
  const auto explain = [&](std::string_view text, bool analyze, const Parameters& parameters = {}) {
    return session->explainer()->explain(context_of(), *connector().dialect().parse(text),
                                         parameters, analyze, Mode::read);
  };
  const auto plan =
      explain("select * from dbops_explain.t where a = $1", true, values({Value::integer(7)}));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->text, HasSubstr("Seq Scan on t"));
  EXPECT_THAT(plan->text, HasSubstr("Execution Time"));
  ASSERT_FALSE(plan->findings.empty());
  EXPECT_THAT(plan->findings[0].message, HasSubstr("reads 100,000 rows to keep 1"));
  EXPECT_TRUE(parse_json(plan->json));
  const auto sorted = explain("select c from dbops_explain.t order by c, a", true);
  ASSERT_TRUE(sorted);
  EXPECT_THAT(sorted->findings,
              Contains(testing::Field(&Finding::message, HasSubstr("sorts on disk"))));
  const auto planned = explain("select pg_sleep(100)", false);
  ASSERT_TRUE(planned);
  EXPECT_THAT(planned->text, HasSubstr("Result"));
  for (const auto& [text, code] : {std::pair{"show all", Code::unsupported},
                                   {"explain select 1", Code::unsupported},
                                   {"create index on dbops_explain.t (a)", Code::unsupported},
                                   {"select 1; select 2", Code::invalid_argument}}) {
    const auto refused = explain(text, false);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, code) << text;
  }
  const auto missing = explain(" select nope from dbops_explain.t", false);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().position, 9U);
}

}  // namespace
}  // namespace dbops::postgres
