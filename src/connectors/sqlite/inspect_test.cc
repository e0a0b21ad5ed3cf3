// Plans, diagnostics and operations.
#include <gmock/gmock-more-matchers.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <fstream>

#include "base/json.h"
#include "connectors/sqlite/faulty_vfs.h"
#include "connectors/sqlite/testing.h"

namespace dbops::sqlite::testing {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Inspect : public ::testing::Test {
 protected:
  Inspect() : file_(folder_.path("a.db")) {
    sqlite(file_,
           "create table airports(faa text primary key, name text);"
           "create table flights(id integer primary key, origin text references airports(faa), "
           "dest text, day text, delay int);"
           "insert into airports values ('JFK', 'Kennedy'), ('LGA', 'La Guardia');"
           "with recursive c(n) as (values(1) union all select n + 1 from c where n < 5000) "
           "insert into flights select n, iif(n % 3, 'JFK', 'LGA'), 'd' || (n % 70), "
           "date('2026-01-01', '+' || (n % 365) || ' days'), n % 100 from c;"
           "create view late as select * from flights where delay > 60");
  }
  Result<Explainer::Plan> explain(Session& session, const std::string& sql, bool analyze = false,
                                  Mode mode = Mode::read) {
    const auto script = connector().dialect().parse(sql);
    EXPECT_TRUE(script);
    return session.explainer()->explain(Context(), *script, {}, analyze, mode);
  }
  // The table that an operation answers, as text.
  Result<Table> operate(Session& session, const std::string& name, const std::string& json) {
    for (const Operation& operation : connector().operations()) {
      if (operation.name != name) continue;
      const auto given = parse_json(json);
      DBOPS_ASSIGN(Arguments arguments, read_arguments(operation.arguments, given->as_object()));
      DBOPS_ASSIGN(const auto stream, operation.run(Context(), session, std::move(arguments)));
      Table table;
      Batch batch;
      for (;;) {
        DBOPS_ASSIGN(const bool more, stream->next(Context(), batch));
        if (!more) return table;
        for (size_t i = 0; i < batch.rows(); ++i) {
          auto& row = table.emplace_back();
          for (const Value& cell : batch.row(i))
            row.push_back(cell.kind() == Kind::boolean ? (cell.as_boolean() ? "true" : "false")
                                                       : show(cell));
        }
      }
    }
    return fail(Code::internal, "no operation " + name);
  }
  std::vector<Finding> diagnose(Session& session, const std::string& area) {
    auto findings = session.diagnostics()->diagnose(Context(), area);
    EXPECT_TRUE(findings);
    return findings.value_or(std::vector<Finding>{});
  }
  void expect_one_table(const std::string& file) const {
    EXPECT_EQ(sqlite_text(file, "pragma integrity_check"), "ok");
    EXPECT_EQ(sqlite_text(file, "select count(*) from flights"), "5000");
  }

  const Folder folder_;
  const std::string file_;
};

TEST_F(Inspect, DrawsPlans) {
  const auto session = connect_file(file_);
  const auto plan = explain(*session,
                            "select * from flights f join airports a on a.faa = f.origin where "
                            "f.dest = ?1 order by f.day");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->text,
            "QUERY PLAN\n|--SCAN f\n|--SEARCH a USING INDEX sqlite_autoindex_airports_1 "
            "(faa=?)\n`--USE TEMP B-TREE FOR ORDER BY\n");
  const auto json = parse_json(plan->json);
  ASSERT_TRUE(json) << plan->json;
  EXPECT_EQ(json->at("plan").as_array().size(), 3u);
  EXPECT_THAT(plan->findings, Contains(AllOf(Field(&Finding::subject, "flights"),
                                             Field(&Finding::message, HasSubstr("5,000 rows")))));
  EXPECT_THAT(plan->findings, Contains(Field(&Finding::message, HasSubstr("sorted"))));
  EXPECT_THAT(plan->findings,
              Contains(Field(&Finding::hint, "CREATE INDEX flights_dest ON flights (dest)")));
}

TEST_F(Inspect, AdvisesOnlyWhatHelps) {
  const auto session = connect_file(file_);
  const auto hints = [&](const std::string& sql) {
    const auto plan = explain(*session, sql);
    EXPECT_TRUE(plan) << plan.error().message;
    std::vector<std::string> found;
    for (const Finding& finding : plan->findings)
      if (finding.hint.starts_with("CREATE INDEX")) found.push_back(finding.hint);
    return found;
  };
  EXPECT_THAT(hints("select * from flights where dest = 'x' and delay > 3"),
              ElementsAre("CREATE INDEX flights_dest_delay ON flights (dest, delay)"));
  EXPECT_THAT(hints("select * from flights where dest = 'x' or delay = 3"),
              ElementsAre("CREATE INDEX flights_delay ON flights (delay)",
                          "CREATE INDEX flights_dest ON flights (dest)"));
  EXPECT_THAT(hints("select * from flights where id = 3"), IsEmpty());
  EXPECT_THAT(hints("select count(*) from flights"), IsEmpty());
  EXPECT_THAT(hints("select * from flights where lower(dest) = 'x'"), IsEmpty());
  EXPECT_THAT(hints("delete from flights where day = '2026-01-01'"),
              ElementsAre("CREATE INDEX flights_day ON flights (day)"));
  EXPECT_THAT(hints("select 1"), IsEmpty());
}

TEST_F(Inspect, MeasuresARun) {
  const auto session = connect_file(file_, Tier::write);
  const auto read = explain(*session, "select * from flights where delay > 50", true);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->text, AllOf(HasSubstr("rows: 2,450"), HasSubstr("full scans: 4,999")));
  EXPECT_EQ(parse_json(read->json)->at("run").at("rows").as_int64(), 2450);
  const auto write = explain(*session, "delete from flights where delay = 1", true, Mode::rehearse);
  ASSERT_TRUE(write) << write.error().message;
  EXPECT_THAT(write->text, HasSubstr("affected and rolled back: 50"));
  expect_one_table(file_);
  EXPECT_EQ(explain(*session, "delete from flights", true, Mode::read).error().code,
            Code::forbidden);
  const auto reader = connect_file(file_);
  EXPECT_TRUE(explain(*reader, "delete from flights"));
  EXPECT_EQ(explain(*reader, "delete from flights", true, Mode::rehearse).error().code,
            Code::forbidden);
}

TEST_F(Inspect, RefusesWhatHasNoPlan) {
  const auto session = connect_file(file_, Tier::write);
  EXPECT_EQ(explain(*session, "select 1; select 2").error().code, Code::invalid_argument);
  EXPECT_EQ(explain(*session, "explain select 1").error().code, Code::invalid_argument);
  EXPECT_EQ(explain(*session, "drop table flights").error().code, Code::unsupported);
  const Error failed = explain(*session, " select orign from flights").error();
  EXPECT_EQ(failed.code, Code::not_found);
  EXPECT_THAT(failed.hint, HasSubstr("origin"));
  EXPECT_EQ(failed.position, 9u);
}

TEST_F(Inspect, FindsWhatIsWrong) {
  sqlite(
      file_,
      "create index f_origin on flights(origin); create index f_origin_day on flights(origin, day);"
      "create table loose(f references airports(faa)); insert into loose values ('NIL')");
  const auto session = connect_file(file_);
  EXPECT_THAT(diagnose(*session, "integrity"),
              AllOf(Contains(Field(&Finding::severity, Severity::ok)),
                    Contains(AllOf(Field(&Finding::subject, "loose"),
                                   Field(&Finding::severity, Severity::warning)))));
  const auto indexes = diagnose(*session, "indexes");
  EXPECT_THAT(indexes, Contains(AllOf(Field(&Finding::subject, "loose"),
                                      Field(&Finding::hint, "CREATE INDEX loose_f ON loose (f)"))));
  EXPECT_THAT(indexes, Contains(AllOf(Field(&Finding::subject, "f_origin"),
                                      Field(&Finding::hint, HasSubstr("DROP INDEX f_origin")))));
  EXPECT_THAT(indexes, Contains(Field(&Finding::message, HasSubstr("never analysed"))));
  EXPECT_THAT(indexes, Not(Contains(Field(&Finding::subject, "flights"))));
  EXPECT_THAT(diagnose(*session, "storage"),
              Contains(Field(&Finding::message, HasSubstr("free pages"))));
  EXPECT_THAT(diagnose(*session, "settings"), Contains(Field(&Finding::subject, "journal_mode")));
  for (const std::string& area : session->diagnostics()->areas()) {
    const auto all = diagnose(*session, "");
    EXPECT_THAT(all, Contains(Field(&Finding::area, area)));
  }
  const auto unknown = session->diagnostics()->diagnose(Context(), "indxes");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::invalid_argument);
  EXPECT_THAT(unknown.error().hint, HasSubstr("indexes"));
}

TEST_F(Inspect, FindsFreeSpace) {
  sqlite(file_,
         "create table big as select hex(zeroblob(10000)) as x from flights limit 1500; drop table "
         "big");
  const auto session = connect_file(file_, Tier::write);
  EXPECT_THAT(diagnose(*session, "storage"),
              Contains(AllOf(Field(&Finding::severity, Severity::warning),
                             Field(&Finding::hint, HasSubstr("vacuum")))));
  const auto vacuumed = operate(*session, "vacuum", "{}");
  ASSERT_TRUE(vacuumed) << vacuumed.error().message;
  // At least one digit less.
  EXPECT_LT(vacuumed->at(0)[1].size(), vacuumed->at(0)[0].size());
  EXPECT_THAT(diagnose(*session, "storage"),
              Not(Contains(Field(&Finding::severity, Severity::warning))));
}

TEST_F(Inspect, ProfilesColumns) {
  sqlite(file_,
         "create table mixed(a, at int, u text, j text, n text); insert into mixed values (1, "
         "1764000000, '6f1c2e0a-7d0b-4c5e-9f7e-2b6a1f0c3d4e', '{\"a\":1}', '12.50'),"
         "('x', 1764000001, '6f1c2e0a-7d0b-4c5e-9f7e-2b6a1f0c3d4f', '[]', '-3'), (null, null, "
         "null, null, null), (x'00', 1764000002, null, '{}', '7')");
  const auto session = connect_file(file_);
  const auto mixed = operate(*session, "profile", R"({"table": "mixed"})");
  ASSERT_TRUE(mixed) << mixed.error().message;
  ASSERT_EQ(mixed->size(), 5u);
  EXPECT_THAT(mixed->at(0), ElementsAre("'a'", "''", "4", "1", "3", "1", "x'00'",
                                        "'integer 1, text 1, blob 1'", "''", _));
  EXPECT_EQ(mixed->at(1)[8], "'perhaps unix seconds'");
  EXPECT_EQ(mixed->at(2)[8], "'uuid'");
  EXPECT_EQ(mixed->at(3)[8], "'json'");
  EXPECT_EQ(mixed->at(4)[8], "'number as text'");
  const auto flights =
      operate(*session, "profile",
              R"({"table": "main.flights", "columns": ["day", "ORIGIN"], "rows_max": 1000})");
  ASSERT_TRUE(flights);
  EXPECT_THAT(flights->at(0), ElementsAre("'day'", "'TEXT'", "1000", "0", "365", "'2026-01-01'",
                                          "'2026-12-31'", "'text 1000'", "'date'", _));
  EXPECT_EQ(flights->at(1)[9], "'JFK (667), LGA (333)'");
  EXPECT_TRUE(operate(*session, "profile", R"({"table": "late"})"));
  EXPECT_THAT(
      operate(*session, "profile", R"({"table": "flights", "columns": ["dya"]})").error().hint,
      HasSubstr("day"));
  EXPECT_EQ(operate(*session, "profile", R"({"table": "flihgts"})").error().code, Code::not_found);
  EXPECT_EQ(operate(*session, "profile", R"({"table": "flights.day"})").error().code,
            Code::invalid_argument);
}

TEST_F(Inspect, SamplesRows) {
  sqlite(file_,
         "create table many(i integer primary key, s); with recursive c(n) as (values(1) union all "
         "select n + 1 from c where n < 150000) insert into many select n * 3, 'x' from c;"
         "create table key(k primary key, v) without rowid; insert into key select i, s from many");
  const auto session = connect_file(file_);
  EXPECT_EQ(operate(*session, "sample", R"({"table": "flights"})")->size(), 20u);
  EXPECT_EQ(operate(*session, "sample", R"({"table": "airports", "rows": 5})")->size(), 2u);
  EXPECT_EQ(operate(*session, "sample", R"({"table": "late", "rows": 3})")->size(), 3u);
  const auto many = operate(*session, "sample", R"({"table": "many", "rows": 50})");
  ASSERT_TRUE(many) << many.error().message;
  EXPECT_GT(many->size(), 40u);  // Two picks may meet.
  EXPECT_NE(*many, *operate(*session, "sample", R"({"table": "many", "rows": 50})"));
  EXPECT_EQ(operate(*session, "sample", R"({"table": "key", "rows": 7})")->size(), 7u);
  EXPECT_EQ(operate(*session, "sample", R"({"table": "flights", "rows": 5000})").error().code,
            Code::invalid_argument);
}

TEST_F(Inspect, ChecksIntegrity) {
  sqlite(file_, "create table loose(f references airports(faa)); insert into loose values ('NIL')");
  const auto session = connect_file(file_);
  for (const char* arguments : {"{}", R"({"quick": true})"})
    EXPECT_THAT(*operate(*session, "integrity_check", arguments),
                ElementsAre(ElementsAre(_, "'ok'"),
                            ElementsAre("'foreign_key_check'", HasSubstr("row 1 of loose"))));
}

TEST_F(Inspect, BacksUp) {
  chmod(file_.c_str(), 0640);
  const auto session = connect_file(file_, Tier::write);
  for (const char* name : {"backup", "vacuum_into"}) {
    SCOPED_TRACE(name);
    const std::string target = folder_.path(std::string(name) + ".db");
    const auto copied = operate(*session, name, R"({"path": ")" + std::string(name) + R"(.db"})");
    ASSERT_TRUE(copied) << copied.error().message;
    EXPECT_EQ(copied->at(0)[0], "'" + target + "'");
    EXPECT_EQ(copied->at(0)[1], std::to_string(std::filesystem::file_size(target)));
    expect_one_table(target);
    struct stat copy {};
    stat(target.c_str(), &copy);
    EXPECT_EQ(copy.st_mode & 0777, 0640u);
    EXPECT_EQ(operate(*session, name, R"({"path": ")" + target + "\"}").error().code,
              Code::already_exists);
    std::ofstream(target + "-wal") << "x";
    EXPECT_EQ(
        operate(*session, name, R"({"path": ")" + target + R"(", "overwrite": true})").error().code,
        Code::busy);
    std::filesystem::remove(target + "-wal");
    EXPECT_TRUE(operate(*session, name, R"({"path": ")" + target + R"(", "overwrite": true})"));
    EXPECT_EQ(operate(*session, name, R"({"path": "a.db", "overwrite": true})").error().code,
              Code::invalid_argument);
    EXPECT_EQ(operate(*session, name, R"({"path": "../a.db"})").error().code, Code::forbidden);
    EXPECT_EQ(operate(*session, name, R"({"path": "/tmp/a.db"})").error().code, Code::forbidden);
    EXPECT_EQ(operate(*session, name, R"({"path": "none/a.db"})").error().code, Code::not_found);
    EXPECT_EQ(operate(*session, name, R"({"path": "x/"})").error().code, Code::invalid_argument);
  }
  const auto reader = connect_file(file_);
  EXPECT_EQ(operate(*reader, "backup", R"({"path": "b.db"})").error().code, Code::forbidden);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path("")))
    EXPECT_THAT(entry.path().string(), Not(HasSubstr("partial")));
}

TEST_F(Inspect, BacksUpWhileOthersWrite) {
  sqlite(file_, "pragma journal_mode = wal");
  sqlite3* app = nullptr;
  ASSERT_EQ(sqlite3_open(file_.c_str(), &app), SQLITE_OK);
  sqlite3_exec(app, "begin immediate; delete from flights", nullptr, nullptr, nullptr);
  const auto session = connect_file(file_, Tier::write);
  EXPECT_TRUE(operate(*session, "backup", R"({"path": "b.db"})"));
  expect_one_table(folder_.path("b.db"));
  sqlite3_exec(app, "rollback", nullptr, nullptr, nullptr);
  sqlite3_close(app);
}

TEST_F(Inspect, BacksUpWholeOrNotAtAll) {
  for (const char* name : {"backup", "vacuum_into"})
    for (int fail_at = 1;; ++fail_at) {
      SCOPED_TRACE(std::string(name) + " " + std::to_string(fail_at));
      ASSERT_LT(fail_at, 2000);
      const std::string target = folder_.path("b.db");
      bool fired = false, copied = false;
      {
        FaultyVfs vfs(fail_at, Fault::full, Times::once);
        const auto session = connect_file(file_, Tier::write);
        copied = operate(*session, name, R"({"path": "b.db"})").has_value();
        fired = vfs.fired();
      }
      EXPECT_EQ(std::filesystem::exists(target), copied);
      // A failed deletion of a journal may be survived.
      if (copied) expect_one_table(target);
      std::filesystem::remove(target);
      const auto left = std::distance(std::filesystem::directory_iterator(folder_.path("")),
                                      std::filesystem::directory_iterator());
      EXPECT_EQ(left, 1);
      if (!fired) break;
      fail_at += fail_at / 4;  // Hundreds of pages are alike.
    }
}

TEST_F(Inspect, KeepsHouse) {
  const auto session = connect_file(file_, Tier::admin);
  EXPECT_EQ(operate(*session, "analyze", "{}")->size(), 2u);
  EXPECT_TRUE(operate(*session, "analyze", R"({"table": "flights"})"));
  EXPECT_EQ(operate(*session, "analyze", R"({"table": "flihgts"})").error().code, Code::not_found);
  EXPECT_TRUE(operate(*session, "optimize", "{}"));
  EXPECT_EQ(operate(*session, "checkpoint", "{}").error().code, Code::unsupported);
  EXPECT_EQ(operate(*session, "vacuum", R"({"page_size": 5000})").error().code,
            Code::invalid_argument);
  EXPECT_EQ(
      operate(*session, "vacuum", R"({"page_size": 8192, "auto_vacuum": "incremental"})")->at(0)[2],
      "8192");
  EXPECT_EQ(rows(*session, "pragma auto_vacuum"), Table({{"2"}}));
  EXPECT_TRUE(run(*session, "pragma journal_mode = wal", Mode::write));
  EXPECT_TRUE(run(*session, "delete from flights where id = 1", Mode::write));
  EXPECT_THAT(operate(*session, "checkpoint", R"({"mode": "truncate"})")->at(0)[0], "true");
  EXPECT_EQ(operate(*session, "vacuum", R"({"page_size": 4096})").error().code, Code::unsupported);
  EXPECT_FALSE(session->broken());
}

TEST_F(Inspect, WarnsOfDanger) {
  for (const Operation& operation : connector().operations()) {
    if (operation.danger == nullptr) continue;
    const auto given = [&](const char* json) {
      return *read_arguments(operation.arguments, parse_json(json)->as_object());
    };
    EXPECT_EQ(operation.danger(given(R"({"path": "b.db"})")), "");
    EXPECT_THAT(operation.danger(given(R"({"path": "b.db", "overwrite": true})")),
                HasSubstr("b.db"));
  }
}

}  // namespace
}  // namespace dbops::sqlite::testing
