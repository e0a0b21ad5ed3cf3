#include "ops/load.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "core/dialect.h"
#include "ops/call.h"
#include "ops/query_source.h"
#include "ops/sampled_source.h"

namespace dbops::ops {
namespace {

std::string count(uint64_t number) { return format_count(static_cast<int64_t>(number)); }

// One load at work: from its source, which is open, to its target.
class Loading {
 public:
  Loading(Call& call, const LoadRequest& request, Source& source, const LoadTarget& target,
          LoadReport& report)
      : call_(call), request_(request), source_(source), target_(target), report_(report) {}

  // Shows the first items, and writes nothing.
  Result<void> rehearse() {
    DBOPS_TRY(source_.next(call_.context(), portion_));
    for (size_t row = 0; row < portion_.batch.rows() && row < kLoadRowsShown; ++row)
      report_.samples.push_back(sample(portion_.batch.row(row)));
    for (Fault& fault : portion_.faults) refuse(std::move(fault));
    return {};
  }

  Result<void> run(Load& load) {
    report_.position = request_.skip;
    for (;;) {
      const auto read = source_.next(call_.context(), portion_);
      const bool last = read && portion_.empty();
      DBOPS_TRY(settle(load));
      if (!read) return fail(read.error());
      if (last) break;
      report_.elapsed_ms = call_.stopwatch().elapsed_ms();
      if (request_.progress) request_.progress(report_);
    }
    report_.complete = true;
    return {};
  }

 private:
  std::string sample(std::span<const Value> cells) const {
    if (target_.documents) return std::string(cells[0].as_text());
    std::string text;
    JsonWriter out(text);
    out.begin_array();
    for (const Value& cell : cells) out.value(cell);
    out.end_array();
    return text;
  }

  // What may still be refused.
  uint64_t budget() const {
    return request_.errors_max - std::min(report_.refused, request_.errors_max);
  }

  // Writes what stands in the portion, up to the item that is one too many of those refused.
  Result<void> settle(Load& load) {
    portion_.drop_before(request_.skip);
    const uint64_t left = budget();
    std::optional<uint64_t> stop;  // The item that ends the load.
    if (portion_.faults.size() > left) {
      stop = portion_.faults[left].origin.item;
      portion_.drop_from(*stop + 1);
    }
    LoadOutcome outcome;
    if (portion_.batch.rows() > 0) {
      const uint64_t tolerated = stop ? left : left - portion_.faults.size();
      DBOPS_ASSIGN(outcome, write(load, tolerated));
    }
    const size_t settled = outcome.settled;
    uint64_t taken_back = 0;
    if (settled < portion_.batch.rows()) stop = portion_.origins[settled].item;
    for (auto& refusal : outcome.refused) {
      const Origin& origin = portion_.origins[refusal.item];
      if (refusal.item < settled) ++taken_back;
      refusal.error.message = place(origin) + refusal.error.message;
      portion_.faults.push_back({origin, std::move(refusal.error)});
    }
    std::sort(portion_.faults.begin(), portion_.faults.end(),
              [](const Fault& a, const Fault& b) { return a.origin.item < b.origin.item; });
    report_.written += settled - taken_back;
    call_.entry().rows = report_.written;
    report_.position = std::max(stop.value_or(portion_.end), report_.position);
    return count_refused(stop.has_value());
  }

  Result<LoadOutcome> write(Load& load, uint64_t tolerated) {
    auto outcome = load.write(call_.context(), portion_.batch, static_cast<size_t>(tolerated));
    if (!outcome && outcome.error().effect == Effect::unknown)
      report_.in_doubt = portion_.batch.rows();
    return outcome;
  }

  Result<void> count_refused(bool stopped) {
    std::optional<Error> last;
    for (Fault& fault : portion_.faults) {
      last = fault.error;
      refuse(std::move(fault));
    }
    // An engine that can't stop may have refused more than was allowed, and settled all the same.
    if (!last || (!stopped && report_.refused <= request_.errors_max)) return {};
    last->effect = Effect::none;  // Of the item; what the load did is said by who ends it.
    return fail(*std::move(last));
  }

  void refuse(Fault fault) {
    ++report_.refused;
    if (report_.errors.size() < kLoadErrorsShown) report_.errors.push_back(std::move(fault));
  }

  static std::string place(const Origin& origin) {
    return origin.line == 0 ? "item " + count(origin.item) + ": "
                            : "line " + count(origin.line) + ": ";
  }

  Call& call_;
  const LoadRequest& request_;
  Source& source_;
  const LoadTarget& target_;
  LoadReport& report_;
  Portion portion_;
};

// All that decides what is overwritten, and by what.
std::string subject_of(const LoadRequest& request) {
  std::string text;
  JsonWriter out(text);
  out.begin_array().string(request.path).string(request.origin).string(request.from_connection);
  out.string(request.statement).unsigned_integer(request.skip);
  out.boolean(request.create).boolean(request.infer).begin_array();
  for (const std::string& name : request.key) out.string(name);
  out.end_array().end_array();
  return text;
}

// What a load adds needs no person's consent; what it overwrites does.
Result<std::optional<Confirmation>> confirm(Call& call, const LoadRequest& request) {
  if (!request.replace) return std::nullopt;
  DBOPS_ASSIGN(
      auto confirmation,
      call.confirm({"a load with replace overwrites what stands in " +
                    escape_control(request.path) + " under the same keys"},
                   request.confirmed, request.confirm, subject_of(request), request.parameters));
  if (confirmation) confirmation->can_rehearse = true;
  return confirmation;
}

// What was done when it ended, and how to go on.
void explain(Error& error, const LoadReport& report, const LoadRequest& request) {
  if (error.effect == Effect::none && report.written > 0) error.effect = Effect::applied;
  std::string next;
  if (report.in_doubt > 0)
    next = "look whether the " + count(report.in_doubt) + " items from position " +
           count(report.position) + " on are there, and go on behind them";
  else if (report.written > 0 || report.position > request.skip)
    next = count(report.written) +
           " items are written: go on with `skip` = " + std::to_string(report.position);
  if (report.refused > request.errors_max) {
    if (!next.empty()) next += "; ";
    next += "mend what is wrong, or allow more with `max_errors`";
  }
  if (next.empty()) return;
  error.hint += (error.hint.empty() ? "" : "; ") + next;
}

Result<void> run(Call& call, LoadRequest& request, LoadReport& report) {
  LoadTarget target;
  DBOPS_ASSIGN(target.path, parse_path(request.path));
  target.key = request.key;
  target.create = request.create;
  target.replace = request.replace;
  report.path = target.path;
  DBOPS_TRY(call.admit(request.dry_run ? Tier::read : call.tier()));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Loader* const loader = lease->loader();
  if (loader == nullptr) return fail(no_capability(call.connection(), "way to load"));
  DBOPS_ASSIGN(const Shape* shape, request.source->open(call.context()));
  if (shape->documents && !loader->takes_documents()) {
    request.source = rows_of_documents(std::move(request.source), *shape);
    DBOPS_ASSIGN(shape, request.source->open(call.context()));
  }
  if (request.infer && !shape->documents) {
    request.source = with_inferred_kinds(std::move(request.source), *shape);
    DBOPS_ASSIGN(shape, request.source->open(call.context()));
  }
  // A new table wants types.
  const auto unknown = [](const Column& column) { return column.kind == Kind::null; };
  if (request.create && std::any_of(shape->columns.begin(), shape->columns.end(), unknown)) {
    request.source = with_observed_kinds(std::move(request.source), *shape);
    DBOPS_ASSIGN(shape, request.source->open(call.context()));
  }
  target.columns = shape->columns;
  report.documents = target.documents = shape->documents;
  DBOPS_ASSIGN(report.plan, loader->plan(call.context(), target));
  Loading loading(call, request, *request.source, target, report);
  if (request.dry_run) return loading.rehearse();
  DBOPS_ASSIGN(const auto load, loader->start(call.context(), target));
  return loading.run(*load);
}

// The same with its source opened on another connection first, which is a read of its own: what the
// target refuses is no error of it.
Result<void> run_from(Call& call, Workspace& workspace, const Context& context,
                      LoadRequest& request, LoadReport& report) {
  Result<void> done;
  const auto read = [&](Call& source) -> Result<void> {
    DBOPS_TRY(source.use_connection(request.from_connection));
    source.limit_time(request.timeout.value_or(call.time()));
    DBOPS_ASSIGN(const auto script, source.parse(request.statement));
    if (script->script.statements.size() != 1)
      return fail(Code::invalid_argument, "a load reads one statement");
    const ConnectionOptions& options = source.connection().options();
    if (auto verdict = judge(source.context(), options, script->script, Mode::read);
        !verdict.allowed)
      return fail(std::move(verdict.refusal));
    DBOPS_TRY(source.admit(Tier::read));
    DBOPS_ASSIGN(const auto lease, source.acquire());
    Queries* const queries = lease->queries();
    if (queries == nullptr) return fail(no_capability(source.connection(), "statements"));
    DBOPS_ASSIGN(const auto results,
                 queries->run(source.context(), script->script, request.parameters, Mode::read));
    DBOPS_ASSIGN(Stream* const stream, results->next(source.context()));
    request.source = stream_source(*stream, options.access.row_cap());
    done = run(call, request, report);
    request.source = nullptr;  // It borrows the stream.
    source.entry().rows = report.position;
    return {};
  };
  DBOPS_TRY(recorded(workspace, context, "query", read));
  return done;
}

}  // namespace

Result<std::optional<Confirmation>> load(Workspace& workspace, const Context& context,
                                         LoadRequest request, LoadReport& report) {
  return recorded(
      workspace, context, "load", [&](Call& call) -> Result<std::optional<Confirmation>> {
        DBOPS_TRY(call.use_connection(request.connection));
        if (request.dry_run) {
          call.entry().verdict = "rehearsed";
        } else {
          DBOPS_TRY(judge_write(call.context(), call.connection().options(), "a load writes"));
          DBOPS_ASSIGN(auto confirmation, confirm(call, request));
          if (confirmation) return confirmation;
        }
        call.limit_time(request.timeout);
        auto done = request.source ? run(call, request, report)
                                   : run_from(call, workspace, context, request, report);
        report.elapsed_ms = call.stopwatch().elapsed_ms();
        if (done) return std::nullopt;
        explain(done.error(), report, request);
        return fail(std::move(done).error());
      });
}

}  // namespace dbops::ops
