#include "app/run.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "app/checks.h"
#include "app/config_file.h"
#include "app/token.h"
#include "app/version.h"
#include "base/log.h"
#include "front/cli/interrupt.h"
#include "front/cli/report.h"
#include "front/cli/shell.h"

namespace dbops::app {
namespace {

int complain(const cli::Terminal& terminal, const Error& error) {
  cli::write_message(STDERR_FILENO, cli::format_error(error, {}, 0, terminal.color_error));
  return cli::exit_code(error) == cli::kFailed ? static_cast<int>(cli::kUsage)
                                               : cli::exit_code(error);
}

int complain(const cli::Terminal& terminal, const ConfigFailure& failure) {
  std::string text;
  for (const Problem& problem : failure.problems) {
    cli::append_styled(text, cli::Style::red, "error", terminal.color_error);
    text += " [invalid_config]: " + format_problem(failure.file, problem) + '\n';
  }
  cli::write_message(STDERR_FILENO, text);
  return cli::kUsage;
}

bool runs_long(Command command) { return command == Command::mcp || command == Command::serve; }

void set_log_level(const Config& config, const Invocation& invocation) {
  log::Level level = config.log_level;
  if (invocation.verbose == 1) level = log::Level::info;
  if (invocation.verbose > 1) level = log::Level::debug;
  log::set_level(level);
}

// From here on what any part of the program prints goes to stderr; the client's messages go to the
// descriptor that is answered.
Result<int> take_stdout() {
  const int client = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (client < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    return fail(Code::io, std::string("stdout can't be used: ") + std::strerror(errno));
  return client;
}

int run_command(const Invocation& invocation, const cli::Environment& environment, Setup& setup) {
  const auto text_target = [&](auto options) {
    options.connection = setup.target;
    options.json = invocation.json;
    return options;
  };
  cli::StatementOptions statement = text_target(invocation.statement);
  statement.output = invocation.output;
  switch (invocation.command) {
    case Command::query:
      return cli::query(environment, statement);
    case Command::execute:
      return cli::execute(environment, statement);
    case Command::explain:
      return cli::explain(environment, statement);
    case Command::load: {
      cli::LoadOptions options = text_target(invocation.load);
      options.source = setup.source;
      return cli::load(environment, options);
    }
    case Command::search: {
      cli::SearchOptions options = invocation.search;
      options.connection = setup.target;
      options.output = invocation.output;
      return cli::search(environment, options);
    }
    case Command::connections: {
      cli::ConnectionsOptions options = invocation.list;
      options.output = invocation.output;
      return cli::connections(environment, options);
    }
    case Command::explore:
      return cli::explore(environment, text_target(invocation.explore));
    case Command::diagnose:
      return cli::diagnose(environment, text_target(invocation.diagnose));
    case Command::doctor:
      return cli::doctor(environment, setup.installation, text_target(cli::DoctorOptions{}));
    case Command::operations:
      return cli::operations(environment, setup.target, invocation.output);
    case Command::operate: {
      cli::OperateOptions options = invocation.operate;
      options.connection = setup.target;
      options.output = invocation.output;
      return cli::operate(environment, options);
    }
    case Command::shell:
      return cli::shell(environment, {setup.target, state_file("history").value_or("")});
    default:
      return cli::kUsage;
  }
}

Wanted wanted_by(const Invocation& invocation) {
  Wanted wanted;
  wanted.connections = invocation.connections;
  wanted.target = invocation.connection;
  wanted.source = invocation.load.source;
  wanted.tiers = invocation.tiers;
  wanted.create = invocation.create;
  wanted.keeps_state = runs_long(invocation.command) || invocation.command == Command::doctor;
  if (!runs_long(invocation.command)) wanted.time = invocation.timeout;
  return wanted;
}

void say_warnings(const Setup& setup) {
  for (const std::string& warning : setup.installation.warnings) log::warning(warning);
}

}  // namespace

int run(const Invocation& invocation) {
  const cli::Terminal terminal = cli::Terminal::detect(invocation.color);
  cli::Interrupts::install();
  if (invocation.command == Command::version) return print_version(invocation.json);
  if (invocation.command == Command::token) return print_token(invocation.token);
  if (invocation.command == Command::docs) {
    cli::write_message(STDOUT_FILENO, tools_page());
    return cli::kOk;
  }
  if (invocation.command == Command::install) return run_install(invocation);
  int client_output = -1;
  if (invocation.command == Command::mcp) {
    auto taken = take_stdout();
    if (!taken) return complain(terminal, taken.error());
    client_output = *taken;
  }
  Config config;
  if (!invocation.no_config) {
    auto loaded = load_config(invocation.config_file);
    if (!loaded) return complain(terminal, loaded.error());
    config = std::move(*loaded);
  }
  set_log_level(config, invocation);
  auto setup = set_up(config, wanted_by(invocation));
  if (!setup) return complain(terminal, setup.error());
  if (runs_long(invocation.command)) {
    say_warnings(*setup);
    auto tracing = tracing_settings(config.tracing);
    if (!tracing) return complain(terminal, tracing.error());
    setup->workspace->tracing().configure(std::move(*tracing));
  }

  if (invocation.command == Command::mcp)
    return run_mcp(*setup, client_output, config, wanted_by(invocation));
  if (invocation.command == Command::serve) {
    if (!invocation.host.empty()) config.server.host = invocation.host;
    if (invocation.port) config.server.port = *invocation.port;
    return run_serve(*setup, config, wanted_by(invocation));
  }
  if (invocation.command == Command::doctor) setup->installation.serving = check_serving(config);
  return run_command(invocation, {*setup->workspace, real_files(), terminal, setup->unusable},
                     *setup);
}

}  // namespace dbops::app
