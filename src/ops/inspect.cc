#include "ops/inspect.h"

#include <algorithm>
#include <boost/json/value.hpp>
#include <map>
#include <utility>

#include "base/executor.h"
#include "base/json.h"
#include "base/text.h"
#include "net/url.h"
#include "ops/call.h"

namespace dbops::ops {
namespace {

constexpr size_t kCheckThreadsMax = 16;  // connections looked at side by side

ConnectionStatus status_of(const Context& context, const Connection& connection) {
  return ConnectionStatus{
      .name = connection.name(),
      .engine = std::string(connection.connector().name()),
      .url = redact_url(connection.options().url.reveal()),
      .tier = effective_tier(context, connection.options()).value_or(Tier::read),
      .policy = connection.options().access.describe(),
      .server = std::nullopt,
      .error = std::nullopt,
      .elapsed_ms = 0};
}

Result<ServerInfo> ask(Workspace& workspace, Context context, Connection& connection) {
  context.tier = Tier::read;
  context.limits = connection.options().limits;
  context.deadline =
      context.deadline.earlier(Deadline::after(connection.options().connect_timeout));
  DBOPS_ASSIGN(const auto lease, workspace.cursors().acquire(connection, context));
  return lease->info(context);
}

void check(Workspace& workspace, const Context& context, Connection& connection,
           ConnectionStatus& status) {
  const Stopwatch stopwatch;
  auto answer = ask(workspace, context, connection);
  if (answer)
    status.server = std::move(*answer);
  else
    status.error = std::move(answer).error();
  status.elapsed_ms = stopwatch.elapsed_ms();
}

void check_all(Workspace& workspace, const Context& context,
               const std::vector<std::shared_ptr<Connection>>& all,
               std::vector<ConnectionStatus>& statuses) {
  if (all.empty()) return;
  // Its destruction waits for all of them.
  Executor executor(std::min(all.size(), kCheckThreadsMax), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    auto work = [&, i] { check(workspace, context, *all[i], statuses[i]); };
    if (!executor.submit(work)) work();
  }
}

// The script of the one statement that an operation is about.
Result<std::shared_ptr<const ParsedScript>> parse_one(Call& call, std::string_view statement) {
  DBOPS_ASSIGN(auto script, call.parse(statement));
  if (script->script.statements.size() > 1)
    return fail(Code::invalid_argument,
                "the text has " + std::to_string(script->script.statements.size()) +
                    " statements; one is explained at a time",
                "give one statement");
  return script;
}

// Ten thousand partitions make a plan that nobody can read.
// What the engine printed as JSON, checked and without its line breaks.
Result<std::string> one_line(const std::string& json) {
  auto parsed = parse_json(json);
  if (!parsed) return fail(Code::protocol, "the plan is not JSON: " + parsed.error().message);
  std::string line;
  JsonWriter(line).json(*parsed);
  return line;
}

void bound(Explainer::Plan& plan, uint64_t bytes_max) {
  if (bytes_max == 0) return;
  const auto note = [&](const std::string& message) {
    plan.findings.push_back({Severity::info, "plan", "", message + name_byte_limit(bytes_max),
                             "explain a part of the statement, or raise the limit"});
  };
  if (plan.json.size() > bytes_max) {
    note("the plan as JSON has " + format_bytes(plan.json.size()) + " and is left out: over the ");
    plan.json.clear();
  }
  if (plan.text.size() > bytes_max) {
    note("the plan has " + format_bytes(plan.text.size()) + " and is cut: by the ");
    plan.text = shorten(plan.text, bytes_max);
  }
}

// A database of ten thousand tables may have as many findings: of each area the worst are kept.
std::vector<Finding> worst(std::vector<Finding> findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  std::map<std::string, size_t> counts;
  std::vector<Finding> kept;
  for (Finding& finding : findings)
    if (++counts[finding.area] <= kFindingsMax) kept.push_back(std::move(finding));
  for (const auto& [area, count] : counts)
    if (count > kFindingsMax)
      kept.push_back({Severity::info, area, "",
                      format_count(static_cast<int64_t>(count - kFindingsMax)) +
                          " more findings, none worse than these, are left out",
                      "mend those first, and diagnose again"});
  return kept;
}

Result<Explainer::Plan> explain(Call& call, const ExplainRequest& request) {
  DBOPS_TRY(call.use_connection(request.connection));
  call.limit_time(std::nullopt);
  DBOPS_ASSIGN(const auto script, parse_one(call, request.statement));
  Connection& connection = call.connection();
  // A plan alone runs nothing, so any statement may be asked for; an analysis runs it, a write to
  // be rolled back.
  const bool reads = script->script.tier() == Tier::read;
  const Mode mode = reads || !request.analyze ? Mode::read : Mode::rehearse;
  if (request.analyze)
    if (auto verdict = judge(call.context(), connection.options(), script->script, mode);
        !verdict.allowed)
      return fail(std::move(verdict.refusal));
  if (mode == Mode::rehearse) call.entry().verdict = "rehearsed";
  DBOPS_TRY(call.admit(mode == Mode::read ? Tier::read : call.tier()));
  DBOPS_ASSIGN(const auto lease, call.acquire());
  Explainer* const explainer = lease->explainer();
  if (explainer == nullptr) return fail(no_capability(connection, "plans to explain"));
  DBOPS_ASSIGN(auto plan, explainer->explain(call.context(), script->script, request.parameters,
                                             request.analyze, mode));
  bound(plan, connection.options().limits.bytes);
  if (!plan.json.empty()) {
    DBOPS_ASSIGN(plan.json, one_line(plan.json));
  }
  return plan;
}

}  // namespace

Result<std::vector<ConnectionStatus>> list_connections(Workspace& workspace, const Context& context,
                                                       bool check) {
  return recorded(workspace, context, "list_connections",
                  [&](Call& call) -> Result<std::vector<ConnectionStatus>> {
                    DBOPS_TRY(call.admit(Tier::read));
                    std::vector<ConnectionStatus> statuses;
                    const auto all = visible_connections(workspace, context);
                    for (const auto& connection : all)
                      statuses.push_back(status_of(context, *connection));
                    if (check) check_all(workspace, context, all, statuses);
                    call.entry().rows = statuses.size();
                    return statuses;
                  });
}

Result<ConnectionStatus> check_connection(Workspace& workspace, const Context& context,
                                          const std::string& name) {
  return recorded(workspace, context, "check_connection",
                  [&](Call& call) -> Result<ConnectionStatus> {
                    DBOPS_TRY(call.use_connection(name));
                    DBOPS_TRY(call.admit(Tier::read));
                    ConnectionStatus status = status_of(context, call.connection());
                    check(workspace, context, call.connection(), status);
                    if (status.error) call.entry().error_code = dbops::name(status.error->code);
                    return status;
                  });
}

Result<Explainer::Plan> explain(Workspace& workspace, const Context& context,
                                ExplainRequest request) {
  return recorded(workspace, context, "explain",
                  [&](Call& call) { return explain(call, request); });
}

Result<std::vector<Finding>> diagnose(Workspace& workspace, const Context& context,
                                      const std::string& connection, const std::string& area) {
  return recorded(workspace, context, "diagnose", [&](Call& call) -> Result<std::vector<Finding>> {
    DBOPS_TRY(call.use_connection(connection));
    call.limit_time(std::nullopt);
    DBOPS_TRY(call.admit(Tier::read));
    DBOPS_ASSIGN(const auto lease, call.acquire());
    Diagnostics* const diagnostics = lease->diagnostics();
    if (diagnostics == nullptr) return fail(no_capability(call.connection(), "diagnostics"));
    const auto areas = diagnostics->areas();
    if (!area.empty() && std::find(areas.begin(), areas.end(), area) == areas.end()) {
      call.entry().verdict = "refused";
      return fail(Code::invalid_argument, "no area " + quoted(area) + " to diagnose",
                  did_you_mean(area, areas, "areas"));
    }
    DBOPS_ASSIGN(auto findings, diagnostics->diagnose(call.context(), area));
    call.entry().rows = findings.size();
    return worst(std::move(findings));
  });
}

}  // namespace dbops::ops
