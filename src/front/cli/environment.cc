#include "front/cli/environment.h"

#include <signal.h>
#include <unistd.h>

#include "base/trace.h"
#include "front/cli/interrupt.h"
#include "front/cli/report.h"

namespace dbops::cli {

Context local_context() {
  Context context;
  context.cancel = Interrupts::arm();
  context.tier = Tier::admin;  // The connection's own tier decides.
  context.limits = {.rows = 0, .bytes = 0, .time = std::chrono::milliseconds(0)};
  context.trace = std::make_shared<const Trace>(Trace{.id = make_trace_id()});
  context.principal = "local";
  return context;
}

int report(const Environment& environment, const Error& error, std::string_view statement) {
  const Terminal& terminal = environment.terminal;
  write_message(STDERR_FILENO,
                format_error(error, statement, terminal.size().columns, terminal.color_error));
  if (error.code == Code::cancelled && Interrupts::received() == SIGTERM) return kTerminated;
  return exit_code(error);
}

int report_file(const Environment& environment, const Error& error) {
  const int code = report(environment, error);
  return code == kFailed ? static_cast<int>(kFile) : code;
}

}  // namespace dbops::cli
