#include "connectors/postgres/explainer.h"

#include <algorithm>
#include <array>

#include "connectors/postgres/dialect.h"
#include "connectors/postgres/plan.h"

namespace dbops::postgres {
namespace {

constexpr auto kPlanned = std::to_array<std::string_view>(
    {"CREATE MATERIALIZED VIEW AS", "CREATE TABLE AS", "DELETE", "INSERT", "MERGE",
     "REFRESH MATERIALIZED VIEW", "SELECT", "UPDATE", "VALUES"});

constexpr std::string_view kPlan = "EXPLAIN (FORMAT JSON, SETTINGS) ";
constexpr std::string_view kAnalyze = "EXPLAIN (FORMAT JSON, SETTINGS, ANALYZE, BUFFERS) ";

// The JSON that the statement answers.
Result<std::string> read_json(const Context& context, Results& results) {
  DBOPS_ASSIGN(Stream * stream, results.next(context));
  std::string json;
  Batch batch;
  for (;;) {
    DBOPS_ASSIGN(const bool more, stream->next(context, batch));
    if (!more) break;
    for (size_t i = 0; i < batch.rows(); ++i)
      if (batch.columns() > 0 && batch.row(i)[0].has_text()) json += batch.row(i)[0].as_text();
  }
  DBOPS_ASSIGN(stream, results.next(context));
  return json;
}

// An error's position counts in what was sent: EXPLAIN stands before the statement there.
Error in_statement(Error error, size_t prefix, size_t offset) {
  if (error.position && *error.position > prefix) *error.position += offset - prefix;
  return error;
}

}  // namespace

Result<Explainer::Plan> PostgresExplainer::explain(const Context& context, const Script& script,
                                                   const Parameters& parameters, bool analyze,
                                                   Mode mode) {
  if (script.statements.size() != 1)
    return fail(Code::invalid_argument, "one statement is explained at a time");
  const std::string& verb = script.statements.front().verb;
  if (std::find(kPlanned.begin(), kPlanned.end(), verb) == kPlanned.end())
    return fail(
        Code::unsupported, verb + " has no plan",
        "give the statement itself, without EXPLAIN; only reads, INSERT, UPDATE, DELETE and "
        "MERGE have one");
  const std::string_view prefix = analyze ? kAnalyze : kPlan;
  DBOPS_ASSIGN(const Script explained,
               dialect().parse(std::string(prefix).append(script.statement_text(0))));
  // To plan a write is a read; to analyze one is never to keep what it did.
  const Mode how = !analyze ? Mode::read : mode == Mode::write ? Mode::rehearse : mode;
  auto results = queries_.run(context, explained, parameters, how);
  auto json = results ? read_json(context, **results) : fail(std::move(results).error());
  if (!json)
    return fail(
        in_statement(std::move(json).error(), prefix.size(), script.statements.front().offset));
  return read_plan(std::move(*json));
}

}  // namespace dbops::postgres
