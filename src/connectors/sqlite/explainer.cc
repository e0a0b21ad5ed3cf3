#include "connectors/sqlite/explainer.h"

#include "base/text.h"
#include "base/time.h"
#include "connectors/sqlite/advisor.h"
#include "connectors/sqlite/plan.h"
#include "connectors/sqlite/queries.h"
#include "connectors/sqlite/run.h"
#include "connectors/sqlite/sizes.h"
#include "connectors/sqlite/tokens.h"
#include "connectors/sqlite/traces.h"
#include "connectors/sqlite/transaction.h"

namespace dbops::sqlite {
namespace {

constexpr int64_t kManyRows = 1000;  // From here on a full scan is worth a word.

Result<void> check_explainable(const Script& script) {
  if (script.statements.size() != 1)
    return fail(Code::invalid_argument, "a plan is made of one statement, not of " +
                                            std::to_string(script.statements.size()));
  const std::string& verb = script.statements[0].verb;
  if (verb == "EXPLAIN")
    return fail(Code::invalid_argument, "the statement is an EXPLAIN already",
                "give the statement without EXPLAIN");
  for (const std::string_view planned :
       {"SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE"})
    if (verb == planned) return {};
  return fail(Code::unsupported, "SQLite makes no plan for " + verb);
}

Result<std::vector<PlanStep>> plan_of(Database& database, const Script& script,
                                      const Parameters& parameters) {
  constexpr std::string_view kPrefix = "EXPLAIN QUERY PLAN ";
  Script explain;
  explain.text = std::string(kPrefix).append(script.statement_text(0));
  Statement& statement = explain.statements.emplace_back();
  statement.size = explain.text.size();
  statement.verb = "EXPLAIN";
  // A plan needs no values: what has none counts as NULL.
  auto compiled = compile_statement(database, explain, 0, Access::explain, parameters, Bind::given);
  if (!compiled) {
    Error error = std::move(compiled).error();
    if (error.position && *error.position > kPrefix.size())
      error.position = character_at(script.text, script.statements[0].offset) + *error.position -
                       1 - kPrefix.size();
    return fail(std::move(error));
  }
  const Authorizer::Grant grant(database.authorizer(), Access::explain);
  std::vector<PlanStep> steps;
  if (const int code = read_plan(compiled->get(), steps); code != SQLITE_DONE)
    return fail(database.error(code));
  return steps;
}

struct Measured {
  uint64_t rows = 0;
  std::optional<uint64_t> affected;
  std::chrono::microseconds time{0};
  int scan_steps = 0, sorts = 0, automatic_rows = 0, instructions = 0;
};

// Runs the statement to its end, its rows counted and dropped; a write is rolled back.
Result<Measured> measure(Database& database, const Context& context, const Script& script,
                         const Parameters& parameters, Mode mode) {
  const Access access = access_for(script.statements[0], mode, database.tier());
  QueryOnly query_only(database);
  if (mode == Mode::read) DBOPS_TRY(query_only.begin());
  Transaction transaction(database);
  DBOPS_TRY(
      transaction.begin(mode == Mode::read ? Transaction::Kind::read : Transaction::Kind::write));
  DBOPS_ASSIGN(Compiled compiled, compile_statement(database, script, 0, access, parameters));
  Run run(database, std::move(compiled), script.statements[0], access);
  Measured measured;
  const Stopwatch watch;
  DBOPS_TRY(run.start());
  Batch batch;
  for (;;) {
    DBOPS_ASSIGN(const bool more, run.next(context, batch));
    if (!more) break;
    measured.rows += batch.rows();
  }
  measured.time = watch.elapsed();
  measured.affected = run.summary().affected;
  const auto counter = [&](int which) { return sqlite3_stmt_status(run.handle(), which, 0); };
  measured.scan_steps = counter(SQLITE_STMTSTATUS_FULLSCAN_STEP);
  measured.sorts = counter(SQLITE_STMTSTATUS_SORT);
  measured.automatic_rows = counter(SQLITE_STMTSTATUS_AUTOINDEX);
  measured.instructions = counter(SQLITE_STMTSTATUS_VM_STEP);
  return measured;
}

std::string describe(const Measured& measured) {
  std::string text = "rows: " + format_count(static_cast<int64_t>(measured.rows));
  if (measured.affected)
    text += ", affected and rolled back: " + format_count(static_cast<int64_t>(*measured.affected));
  return text + ", time: " + format_duration(measured.time) +
         ", rows passed in full scans: " + format_count(measured.scan_steps) +
         ", sorts: " + format_count(measured.sorts) +
         ", rows put into automatic indexes: " + format_count(measured.automatic_rows) +
         ", instructions: " + format_count(measured.instructions) + "\n";
}

void write_measured(const Measured& measured, JsonWriter& out) {
  out.begin_object().member("rows", measured.rows);
  if (measured.affected) out.member("affected", *measured.affected);
  out.member("time_us", static_cast<int64_t>(measured.time.count()))
      .member("full_scan_rows", measured.scan_steps)
      .member("sorts", measured.sorts)
      .member("automatic_index_rows", measured.automatic_rows)
      .member("instructions", measured.instructions)
      .end_object();
}

// The words of one step that cost.
void judge_step(const PlanStep& step, std::vector<Finding>& findings) {
  const auto has = [&](std::string_view part) {
    return step.detail.find(part) != std::string::npos;
  };
  if (has("AUTOMATIC "))
    findings.push_back({Severity::warning, "plan", step.detail,
                        "SQLite builds an index for this statement alone, each time it runs",
                        "create an index on the columns in the parentheses"});
  if (has("USE TEMP B-TREE"))
    findings.push_back({Severity::info, "plan", step.detail,
                        "the rows are sorted before the first one is answered",
                        "an index in that order answers them as they come"});
  if (has("CORRELATED "))
    findings.push_back(
        {Severity::info, "plan", step.detail, "the subquery runs once for each row around it",
         "an index on the columns it compares, or a join, is quicker for many rows"});
}

Result<std::vector<Finding>> judge_plan(Database& database, std::string_view sql,
                                        const std::vector<PlanStep>& steps) {
  std::vector<Finding> findings;
  DBOPS_ASSIGN(Sizes sizes, Sizes::load(database));
  const auto names = table_names(database, sql);
  std::vector<std::string> scanned_tables;
  for (const PlanStep& step : steps) {
    judge_step(step, findings);
    const auto table = names.find(lower(scanned(step)));
    if (table == names.end()) continue;
    const auto count = sizes.rows(table->second, Sizes::kListedRowsMax);
    scanned_tables.push_back(table->second);
    if (count.rows && *count.rows < kManyRows) continue;
    const std::string rows =
        count.rows ? (count.exact ? "" : "about ") + format_count(*count.rows) + " rows" : "rows";
    findings.push_back({Severity::warning, "plan", table->second,
                        "all " + rows + " of " + escape_control(table->second) + " are read",
                        "an index on the columns that WHERE and ON compare lets SQLite search; a "
                        "query that needs most rows is best as it is"});
  }
  for (const std::string& index : advise_indexes(database, sql, scanned_tables))
    findings.push_back({Severity::info, "indexes", "",
                        "SQLite's planner would search by this index, were it there", index});
  return findings;
}

}  // namespace

Result<Explainer::Plan> SqliteExplainer::explain(const Context& context, const Script& script,
                                                 const Parameters& parameters, bool analyze,
                                                 Mode mode) {
  const Database::Call call(database_, context);
  DBOPS_TRY(context.alive());
  DBOPS_TRY(check_explainable(script));
  if (analyze) DBOPS_TRY(check_script(script, mode, database_.tier()));
  Plan plan;
  DBOPS_ASSIGN(const auto steps, plan_of(database_, script, parameters));
  plan.text = draw_plan(steps);
  JsonWriter json(plan.json);
  json.begin_object().key("plan");
  write_plan(steps, json);
  if (analyze) {
    auto measured = measure(database_, context, script, parameters, mode);
    remove_traces(database_);
    if (!measured) return fail(std::move(measured).error());
    plan.text += describe(*measured);
    json.key("run");
    write_measured(*measured, json);
  }
  json.end_object();
  DBOPS_ASSIGN(plan.findings, judge_plan(database_, script.statement_text(0), steps));
  return plan;
}

}  // namespace dbops::sqlite
