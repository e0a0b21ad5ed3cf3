#include <utility>

#include "ops/call.h"
#include "ops/delivery.h"
#include "ops/query.h"

namespace dbops::ops {
namespace {

Result<void> check_rehearsal(const Script& script) {
  for (const Statement& statement : script.statements)
    if (!statement.transactional)
      return fail(Code::unsupported,
                  statement.verb + " can't be rehearsed: the engine can't take it back",
                  "look with explore at what it would touch, and run it without `dry_run`");
  return {};
}

// What the engine can tell of it beforehand. Where there is no session to be had, a person is not
// asked for what could not run.
Result<void> look_ahead(Call& call, const Script& script, const Parameters& parameters,
                        Confirmation& confirmation) {
  DBOPS_TRY(call.admit(Tier::read));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Queries* const queries = lease->queries();
  if (queries == nullptr) return fail(no_capability(call.connection(), "statements"));
  Context bounded = call.context();
  bounded.deadline = bounded.deadline.earlier(Deadline::after(kPreviewMax));
  const auto preview = queries->preview(bounded, script, parameters);
  DBOPS_TRY(call.context().alive());
  if (!preview) return {};
  confirmation.can_rehearse = preview->rehearses && check_rehearsal(script).has_value();
  confirmation.dangers.insert(confirmation.dangers.end(), preview->effects.begin(),
                              preview->effects.end());
  return {};
}

// What a write has returned can't be asked for again: a pop has taken it, a DELETE removed it.
std::string left_out(const Delivery& delivery) {
  return "the " + delivery.cut_by + " leaves out " + format_rows(delivery.dropped) +
         " that this statement returned; it has run as a whole, and they can't be had again";
}

// Runs the statements to their ends. A result is ended only after the step behind it, which for the
// last one is the commit: what a sink has been told is then so.
Result<void> run_all(Call& call, Results& results, const Script& script, uint64_t rows_max,
                     Mode mode, Sink& sink) {
  DBOPS_ASSIGN(Stream * stream, results.next(call.context()));
  for (size_t at = 0; stream != nullptr; ++at) {
    const Stopwatch stopwatch;
    Rows rows(*stream);
    DBOPS_ASSIGN(const Delivery delivery,
                 deliver(call.context(), rows, rows_max, Beyond::drop, true, sink));
    Page page{.rows = delivery.rows,
              .truncated = delivery.truncated,
              .cut_by = delivery.cut_by,
              .cursor = {},
              .elapsed_ms = 0,
              .summary = rows.summary()};
    const bool wrote = at < script.statements.size() && script.statements[at].tier > Tier::read;
    if (mode == Mode::write && delivery.dropped > 0 && wrote)
      page.summary.warnings.push_back(left_out(delivery));
    DBOPS_ASSIGN(stream, results.next(call.context()));
    call.entry().rows += page.summary.affected.value_or(page.rows);
    page.elapsed_ms = stopwatch.elapsed_ms();
    if (stream == nullptr && mode == Mode::rehearse)
      page.summary.warnings.emplace_back("dry run: rolled back, nothing was changed");
    if (auto ended = sink.end(page); !ended) {
      if (stream == nullptr && mode == Mode::write) ended.error().effect = Effect::applied;
      return ended;
    }
  }
  return {};
}

Result<std::optional<Confirmation>> run(Call& call, const ExecuteRequest& request, Sink& sink) {
  DBOPS_TRY(call.use_connection(request.connection));
  call.limit_time(request.timeout);
  DBOPS_ASSIGN(const auto script, call.parse(request.statement));
  Connection& connection = call.connection();
  const Mode mode = request.dry_run ? Mode::rehearse : Mode::write;
  auto verdict = judge(call.context(), connection.options(), script->script, mode);
  if (!verdict.allowed) return fail(std::move(verdict.refusal));
  if (request.dry_run) {
    DBOPS_TRY(check_rehearsal(script->script));
    call.entry().verdict = "rehearsed";
  } else {
    DBOPS_ASSIGN(auto confirmation,
                 call.confirm(std::move(verdict.dangers), request.confirmed, request.confirm,
                              request.statement, request.parameters));
    if (confirmation) {
      DBOPS_TRY(look_ahead(call, script->script, request.parameters, *confirmation));
      return confirmation;
    }
  }
  // Only reads get here in the read tier, and there the engine has its say as well.
  const Tier tier = call.tier();
  const Mode run_mode = tier == Tier::read ? Mode::read : mode;
  DBOPS_TRY(call.admit(request.dry_run ? Tier::read : tier));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Queries* const queries = lease->queries();
  if (queries == nullptr) return fail(no_capability(connection, "statements"));
  DBOPS_ASSIGN(const auto results,
               queries->run(call.context(), script->script, request.parameters, run_mode));
  DBOPS_TRY(run_all(
      call, *results, script->script,
      connection.options().access.capped(request.limit.value_or(connection.options().limits.rows)),
      mode, sink));
  return std::nullopt;
}

}  // namespace

Result<std::optional<Confirmation>> execute(Workspace& workspace, const Context& context,
                                            ExecuteRequest request, Sink& sink) {
  return recorded(workspace, context, "execute",
                  [&](Call& call) { return run(call, request, sink); });
}

}  // namespace dbops::ops
