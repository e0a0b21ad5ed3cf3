// Loading into a real server: what comes back is what went in, and every refused row is known.
#include <gmock/gmock-matchers.h>

#include "connectors/postgres/testing.h"
#include "core/loader.h"

namespace dbops::postgres {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LoadTarget target_of(Schema columns, bool create = false) {
  LoadTarget target;
  target.path = {"dbops_load", "t"};
  target.columns = std::move(columns);
  target.create = create;
  return target;
}

Schema texts(std::initializer_list<const char*> names) {
  Schema columns;
  for (const char* name : names) columns.push_back({name, "", Kind::text});
  return columns;
}

// Cells are texts; "~" is NULL.
Batch batch_of(const std::vector<std::vector<std::string>>& rows) {
  Batch batch;
  batch.reset(rows.front().size());
  for (const auto& row : rows) {
    Value* cells = batch.add_row();
    for (const std::string& cell : row)
      *cells++ = cell == "~" ? Value() : batch.copy(Kind::text, cell);
  }
  return batch;
}

std::string contents(Scratch& scratch, const std::string& order = "1") {
  return one(scratch.session(), "select coalesce(string_agg(t::text, ' ' order by " + order +
                                    "), '') from " + "dbops_load.t t");
}

class LoadTest : public testing::Test {
 protected:
  Result<LoadOutcome> load(const LoadTarget& target, const Batch& batch, size_t refusals_max) {
    auto load = scratch_.session().loader()->start(context_of(), target);
    if (!load) return fail(load.error());
    return (*load)->write(context_of(), batch, refusals_max);
  }
  Scratch scratch_{"dbops_load"};
};

std::vector<size_t> items(const LoadOutcome& outcome) {
  std::vector<size_t> all;
  for (const auto& refusal : outcome.refused) all.push_back(refusal.item);
  return all;
}

TEST_F(LoadTest, RefusesRowByRow) {
  scratch_.write("create table dbops_load.t (a int primary key, b text not null check (b <> 'x'))");
  const LoadTarget target = target_of(texts({"a", "b"}));
  const Batch batch = batch_of({{"1", "p"},
                                {"one", "p"},
                                {"2", "x"},
                                {"3", "~"},
                                {"1", "again"},
                                {"4", "q"},
                                {"99999999999", "q"},
                                {"5", "\t\\.\n"}});
  const auto outcome = load(target, batch, 10);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 8u);
  EXPECT_THAT(items(*outcome), ElementsAre(1, 2, 3, 4, 6));
  EXPECT_EQ(outcome->refused[0].error.code, Code::data);
  EXPECT_EQ(outcome->refused[1].error.code, Code::constraint);
  EXPECT_THAT(outcome->refused[3].error.message, HasSubstr("(a)=(1) already exists"));
  EXPECT_EQ(one(scratch_.session(), "select string_agg(a::text, ',' order by a) from dbops_load.t"),
            "\"1,4,5\"");
  EXPECT_EQ(one(scratch_.session(), "select b from dbops_load.t where a = 5"), "\"\\t\\\\.\\n\"");
}

TEST_F(LoadTest, StopsBeforeTheRefusalThatIsOneTooMany) {
  scratch_.write("create table dbops_load.t (a int)");
  const LoadTarget target = target_of(texts({"a"}));
  const auto outcome = load(target, batch_of({{"1"}, {"x"}, {"2"}, {"y"}, {"3"}}), 1);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 3u);
  EXPECT_THAT(items(*outcome), ElementsAre(1, 3));
  EXPECT_EQ(contents(scratch_), "\"(1) (2)\"");
}

// Errors without a line: foreign keys are looked at when all rows are in.
TEST_F(LoadTest, FindsTheRowThatTheServerDoesNotName) {
  scratch_.write(
      "create table dbops_load.parent (a int primary key); insert into dbops_load.parent values "
      "(1), (2); create table dbops_load.t (n int, a int references dbops_load.parent)");
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 300; ++i) rows.push_back({std::to_string(i), i % 100 == 57 ? "7" : "1"});
  const LoadTarget target = target_of(texts({"n", "a"}));
  const auto outcome = load(target, batch_of(rows), 10);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(items(*outcome), ElementsAre(57, 157, 257));
  EXPECT_EQ(one(scratch_.session(), "select count(*) from dbops_load.t where a = 1"), "297");
}

TEST_F(LoadTest, KnowsTheRowsThatCantBeSent) {
  scratch_.write("create table dbops_load.t (a text)");
  const LoadTarget target = target_of(texts({"a"}));
  const auto outcome = load(target, batch_of({{"p"}, {std::string("a\0b", 3)}, {"q"}}), 1);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_THAT(items(*outcome), ElementsAre(1));
  EXPECT_EQ(contents(scratch_), "\"(p) (q)\"");
}

TEST_F(LoadTest, MakesATableOfTheRightTypes) {
  const LoadTarget target = target_of({{"i", "", Kind::integer},
                                       {"r", "", Kind::real},
                                       {"d", "", Kind::decimal},
                                       {"b", "", Kind::bytes},
                                       {"t", "", Kind::timestamp_tz},
                                       {"j", "", Kind::json},
                                       {"select \"x\"", "", Kind::null}},
                                      true);
  const auto plan = scratch_.session().loader()->plan(context_of(), target);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_FALSE(plan->exists);
  EXPECT_EQ(plan->creates,
            "CREATE TABLE dbops_load.t (i bigint, r double precision, d numeric, b bytea, "
            "t timestamptz, j jsonb, \"select \"\"x\"\"\" text)");
  Batch batch;
  batch.reset(7);
  Value* cells = batch.add_row();
  cells[0] = Value::integer(INT64_MAX);
  cells[1] = Value::real(1e-300);
  cells[2] = Value::view(Kind::decimal, "123456789012345678901234567890.10");
  cells[3] = Value::view(Kind::bytes, std::string_view("\0\xff", 2));
  cells[4] = Value::view(Kind::timestamp_tz, "2026-11-24 17:07:06.5+02");
  cells[5] = Value::view(Kind::json, R"({"a":[1.50,null]})");
  cells[6] = Value::boolean(true);
  const auto outcome = load(target, batch, 0);
  ASSERT_TRUE(outcome) << outcome.error().message;
  EXPECT_EQ(outcome->settled, 1u);
  const Answer answer = run(scratch_.session(), "select * from dbops_load.t");
  EXPECT_THAT(answer.rows[0],
              ElementsAre(ElementsAre("\"9223372036854775807\"", "1e-300",
                                      "\"123456789012345678901234567890.10\"",
                                      R"({"base64":"AP8="})", "\"2026-11-24 15:07:06.5+00\"",
                                      R"("{\"a\": [1.50, null]}")", "\"t\"")));
}

TEST_F(LoadTest, LoadsListsIntoArrays) {
  scratch_.write("create table dbops_load.t (a text[], b jsonb)");
  const LoadTarget target = target_of({{"a", "", Kind::list}, {"b", "", Kind::list}});
  Batch batch;
  batch.reset(2);
  const Value list[] = {Value::text("p,\"q\""), Value(), Value::text("null")};
  Value* cells = batch.add_row();
  cells[0] = cells[1] = Value::items(Kind::list, list);
  ASSERT_TRUE(load(target, batch, 0));
  EXPECT_EQ(
      one(scratch_.session(),
          "select a[1] || '|' || (a[2] is null) || '|' || a[3] || '|' || b from dbops_load.t"),
      R"("p,\"q\"|true|null|[\"p,\\\"q\\\"\", null, \"null\"]")");
}

TEST_F(LoadTest, SaysWhatIsNotThere) {
  scratch_.write("create table dbops_load.t (amount int); create view dbops_load.v as select 1 a");
  const auto code = [&](LoadTarget target) {
    const auto plan = scratch_.session().loader()->plan(context_of(), target);
    return plan ? std::string("none")
                : std::string(name(plan.error().code)) + " " + plan.error().hint;
  };
  EXPECT_EQ(code(target_of(texts({"amonut"}))), "not_found did you mean \"amount\"?");
  LoadTarget target = target_of(texts({"a"}));
  target.path = {"dbops_load", "tt"};
  EXPECT_THAT(code(target), HasSubstr("not_found"));
  target.path = {"dbops_load", "v"};
  EXPECT_THAT(code(target), HasSubstr("unsupported"));
  EXPECT_THAT(code(target_of(texts({"amount", "amount"}))), HasSubstr("invalid_argument"));
}

TEST_F(LoadTest, ALostServerLeavesTheBatchUnwrittenOrUnknown) {
  scratch_.write("create table dbops_load.t (a int)");
  const auto session = open_session(Tier::write);
  const LoadTarget target = target_of(texts({"a"}));
  auto load = session->loader()->start(context_of(), target);
  ASSERT_TRUE(load) << load.error().message;
  ASSERT_TRUE((*load)->write(context_of(), batch_of({{"1"}}), 0));
  const std::string pid = one(*session, "select pg_backend_pid()");
  run(scratch_.session(), "select pg_terminate_backend(" + pid + ")", Mode::write);
  const auto lost = (*load)->write(context_of(), batch_of({{"2"}}), 0);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().effect, Effect::none);
  EXPECT_TRUE(session->broken());
  EXPECT_EQ(contents(scratch_), "\"(1)\"");
}

TEST_F(LoadTest, EndsWithItsContext) {
  scratch_.write("create table dbops_load.t (a int)");
  const LoadTarget target = target_of(texts({"a"}));
  auto load = scratch_.session().loader()->start(context_of(), target);
  ASSERT_TRUE(load);
  Context cancelled = context_of();
  cancelled.cancel = Cancel::create();
  cancelled.cancel.request();
  EXPECT_EQ((*load)->write(cancelled, batch_of({{"1"}}), 0).error().code, Code::cancelled);
  EXPECT_FALSE(scratch_.session().broken());
  EXPECT_EQ(contents(scratch_), "\"\"");
}

}  // namespace
}  // namespace dbops::postgres
