#include "ops/query.h"
#include "front/cli/commands.h"
#include "front/cli/printer.h"
#include "front/cli/report.h"
#include "ops/inspect.h"

namespace dbops::cli {
namespace {

struct Input {
  std::string statement;
  Parameters parameters;
};

Result<Input> read_input(const Environment& environment, const StatementOptions& options) {
  Input input;
  DBOPS_ASSIGN(input.statement,
               read_statement(options.source, environment.files, environment.terminal));
  DBOPS_ASSIGN(input.parameters, read_parameters(options.parameters, options.json_parameters));
  return input;
}

}  // namespace

int query(const Environment& environment, const StatementOptions& options) {
  auto input = read_input(environment, options);
  if (!input) return report_file(environment, input.error());
  const Context context = local_context();
  const auto work = [&](Printer& printer) {
    ops::QueryRequest request{.connection = options.connection, .statement = input->statement};
    request.parameters = std::move(input->parameters);
    request.limit = row_limit(environment, options.output);
    request.hold = false;
    return ops::query(environment.workspace, context, std::move(request), printer);
  };
  return print(environment, context, options.output, input->statement, work);
}

int execute(const Environment& environment, const StatementOptions& options) {
  auto input = read_input(environment, options);
  if (!input) return report_file(environment, input.error());
  const Context context = local_context();
  const auto attempt = [&](Printer& printer, bool confirmed) {
    ops::ExecuteRequest request{.connection = options.connection, .statement = input->statement};
    for (const Parameter& parameter : input->parameters.items)
      request.parameters.add(parameter.name, parameter.value);
    request.dry_run = options.dry_run;
    request.confirmed = confirmed;
    request.limit = row_limit(environment, options.output);
    return ops::execute(environment.workspace, context, std::move(request), printer);
  };
  const auto work = [&](Printer& printer) -> Result<void> {
    DBOPS_ASSIGN(const auto asked, attempt(printer, options.yes));
    if (!asked) return {};
    DBOPS_TRY(confirm_or_fail(context, printer, asked->dangers,
                              asked->can_rehearse
                                  ? "give --yes to confirm it, or --dry-run to see what it would do"
                                  : "give --yes to confirm it"));
    DBOPS_TRY(attempt(printer, true));
    return {};
  };
  return print(environment, context, options.output, input->statement, work);
}

}  // namespace dbops::cli
