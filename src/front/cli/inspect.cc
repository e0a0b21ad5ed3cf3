// The commands that look: connections, explore, explain, diagnose.
#include "ops/inspect.h"

#include <algorithm>

#include "base/text.h"
#include "front/cli/commands.h"
#include "front/cli/findings.h"
#include "front/cli/printer.h"
#include "front/cli/report.h"
#include "ops/explore.h"

namespace dbops::cli {
namespace {

Result<ops::Detail> parse_detail(const std::string& text) {
  if (text == "names") return ops::Detail::names;
  if (text.empty() || text == "summary") return ops::Detail::summary;
  if (text == "full") return ops::Detail::full;
  return fail(Code::invalid_argument, "no such detail: " + escape_control(text),
              "it is names, summary or full");
}

std::string status_text(const ops::ConnectionStatus& status) {
  if (status.error) return std::string(name(status.error->code)) + ": " + status.error->message;
  if (!status.server) return "";
  return status.server->product + " " + status.server->version;
}

}  // namespace

int connections(const Environment& environment, const ConnectionsOptions& options) {
  const Context context = local_context();
  auto all = ops::list_connections(environment.workspace, context, options.check);
  if (!all) return report(environment, all.error());
  all->insert(all->end(), environment.unusable.begin(), environment.unusable.end());
  std::sort(all->begin(), all->end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  Schema schema = {{"name", "", Kind::text},
                   {"engine", "", Kind::text},
                   {"tier", "", Kind::text},
                   {"url", "", Kind::text}};
  const bool with_status = options.check || !environment.unusable.empty();
  if (with_status) schema.push_back({"status", "", Kind::text});
  if (options.check) schema.push_back({"ms", "", Kind::integer});
  Table table(schema);
  for (const ops::ConnectionStatus& status : *all) {
    const std::string answer = status_text(status);
    const bool usable = !status.engine.empty();
    std::vector<Value> cells = {
        Value::text(status.name), usable ? Value::text(status.engine) : Value(),
        Value::text(name(status.tier)), usable ? Value::text(status.url) : Value()};
    if (with_status) cells.push_back(Value::text(answer));
    if (options.check) cells.push_back(usable ? Value::integer(status.elapsed_ms) : Value());
    table.add(cells);
  }
  return print_table(environment, options.output, table);
}

int explore(const Environment& environment, const ExploreOptions& options) {
  const auto detail = parse_detail(options.detail);
  if (!detail) return report(environment, detail.error());
  const Context context = local_context();
  ops::ExploreRequest request{.connection = options.connection};
  request.path = options.path;
  request.pattern = options.pattern;
  request.detail = *detail;
  request.limit = options.limit;
  request.cursor = options.cursor;
  const auto found = ops::explore(environment.workspace, context, std::move(request));
  if (!found) return report(environment, found.error());
  if (!options.json) return print_text(environment, ops::explore_text(*found));
  std::string json;
  JsonWriter writer(json);
  ops::explore_json(*found, writer);
  return print_text(environment, json);
}

int explain(const Environment& environment, const StatementOptions& options) {
  auto statement = read_statement(options.source, environment.files, environment.terminal);
  if (!statement) return report_file(environment, statement.error());
  auto parameters = read_parameters(options.parameters, options.json_parameters);
  if (!parameters) return report(environment, parameters.error());
  const Context context = local_context();
  ops::ExplainRequest request{.connection = options.connection, .statement = *statement};
  request.parameters = std::move(*parameters);
  request.analyze = options.analyze;
  const auto plan = ops::explain(environment.workspace, context, std::move(request));
  if (!plan) return report(environment, plan.error(), *statement);
  if (options.json) {
    if (plan->json.empty())
      return report(environment, Error{.code = Code::unsupported,
                                       .message = "this engine has no plans in JSON",
                                       .hint = "leave --format json out"});
    return print_text(environment, plan->json);
  }
  return print_text(environment,
                    plan->text + findings_text(plan->findings, environment.terminal.color_output));
}

int diagnose(const Environment& environment, const DiagnoseOptions& options) {
  const Context context = local_context();
  const auto findings =
      ops::diagnose(environment.workspace, context, options.connection, options.area);
  if (!findings) return report(environment, findings.error());
  if (!options.json)
    return print_text(environment, findings_text(*findings, environment.terminal.color_output));
  std::string json;
  JsonWriter writer(json);
  findings_json(*findings, writer);
  return print_text(environment, json);
}

}  // namespace dbops::cli
