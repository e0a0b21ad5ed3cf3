#include "ops/query.h"

#include <algorithm>
#include <utility>

#include "ops/call.h"
#include "ops/delivery.h"
#include "ops/together.h"

namespace dbops::ops {
namespace {

// Whether the stream is kept open should a limit cut it; without a limit none can.
bool may_hold(Call& call, const QueryRequest& request, uint64_t rows_max, const Sink& sink) {
  return request.hold && call.workspace().settings().cursors_max > 0 &&
         (rows_max != 0 || sink.bytes_max() != 0);
}

// Closes the stream, or keeps it behind a cursor where it can be kept.
void keep_rest(Call& call, std::unique_ptr<Reading> reading, bool hold, Page& page) {
  if (!hold) return;
  auto name = call.workspace().cursors().hold(std::move(reading), call.context().principal);
  if (name)
    page.cursor = std::move(*name);
  else
    page.summary.warnings.push_back("the rest is not held for a next page: " +
                                    name.error().message);
}

// One statement's rows, to its end or a limit. True when the script may go on: a stream that was
// cut and is not followed by another statement is closed or held.
Result<bool> hand_over(Call& call, std::unique_ptr<Reading>& reading, bool hold, bool empty,
                       Sink& sink) {
  const Stopwatch stopwatch;
  DBOPS_ASSIGN(const Delivery delivery, deliver(call.context(), reading->rows, reading->rows_max,
                                                Beyond::keep, empty, sink));
  call.entry().rows += delivery.rows;
  Page page{.rows = delivery.rows,
            .truncated = delivery.truncated,
            .cut_by = delivery.cut_by,
            .cursor = {},
            .elapsed_ms = 0,
            .summary = reading->rows.summary()};
  reading->rows_given += delivery.rows;
  if (reading->rows_cap != 0 && delivery.truncated && reading->rows_given >= reading->rows_cap) {
    page.cut_by = "policy of this connection: " + format_rows(reading->rows_cap) + " of a result";
    hold = false;
  }
  const bool last = reading->script->script.statements.size() == 1;
  const bool done = last && delivery.truncated;
  if (done) keep_rest(call, std::exchange(reading, nullptr), hold, page);
  page.elapsed_ms = (last ? call.stopwatch() : stopwatch).elapsed_ms();
  DBOPS_TRY(sink.end(page));
  return !done;
}

Result<void> first_page(Call& call, QueryRequest request, Sink& sink) {
  call.limit_time(request.timeout);
  DBOPS_ASSIGN(auto script, call.parse(request.statement));
  Connection& connection = call.connection();
  if (const auto verdict = judge(call.context(), connection.options(), script->script, Mode::read);
      !verdict.allowed)
    return fail(verdict.refusal);

  auto reading = std::make_unique<Reading>();
  reading->connection = call.shared_connection();
  reading->script = std::move(script);
  reading->parameters = std::move(request.parameters);
  const Access& access = connection.options().access;
  reading->rows_cap = access.row_cap();
  reading->rows_max = access.capped(request.limit.value_or(connection.options().limits.rows));
  reading->time = call.context().limits.time;
  const bool hold = reading->script->script.statements.size() == 1 &&
                    may_hold(call, request, reading->rows_max, sink);
  if (hold) call.hold_for(call.workspace().settings().cursor_life);

  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_TRY(begin_read(call, *reading));
  const Stopwatch stopwatch;
  const auto read = reading->script;  // `reading` may be given away.
  bool empty = true;
  for (;;) {
    DBOPS_ASSIGN(Stream* const stream, reading->results->next(call.context()));
    if (stream == nullptr) return {};
    reading->rows = Rows(*stream);
    reading->rows_given = 0;
    DBOPS_ASSIGN(const bool more, hand_over(call, reading, hold, empty, sink));
    read->habit->note(stopwatch.elapsed(), call.entry().rows);
    if (!more) return {};
    empty = empty && call.entry().rows == 0;
  }
}

Result<void> next_page(Call& call, const QueryRequest& request, Sink& sink) {
  DBOPS_ASSIGN(auto reading, call.workspace().cursors().take(request, call.context().principal,
                                                             call.connection()));
  call.entry().statement_hash = reading->script->hash;
  if (request.limit) reading->rows_max = *request.limit;
  if (reading->rows_cap != 0)
    reading->rows_max = reading->rows_max == 0
                            ? reading->rows_cap - reading->rows_given
                            : std::min(reading->rows_max, reading->rows_cap - reading->rows_given);
  if (request.timeout) reading->time = *request.timeout;
  call.limit_time(reading->time);
  const bool hold = may_hold(call, request, reading->rows_max, sink);
  if (hold) call.hold_for(call.workspace().settings().cursor_life);
  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_ASSIGN(const bool more, hand_over(call, reading, hold, true, sink));
  if (more) DBOPS_TRY(reading->results->next(call.context()));  // Nothing is left but to settle.
  return {};
}

}  // namespace

Result<void> query(Workspace& workspace, const Context& context, QueryRequest request, Sink& sink) {
  return recorded(workspace, context, "query", [&](Call& call) -> Result<void> {
    DBOPS_TRY(call.use_connection(request.connection));
    if (request.cursor.empty()) return first_page(call, std::move(request), sink);
    auto page = next_page(call, request, sink);
    // Whatever ended it, the stream is closed now.
    if (!page && page.error().hint.empty()) page.error().hint = "run the statement again";
    return page;
  });
}

}  // namespace dbops::ops
