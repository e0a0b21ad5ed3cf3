// `dbops mcp`: one agent, over stdin and stdout.
#include <unistd.h>

#include <optional>

#include "app/reload.h"
#include "app/run.h"
#include "front/cli/interrupt.h"
#include "front/cli/report.h"
#include "front/cli/terminal.h"
#include "front/stdio/serve.h"
#include "mcp/product.h"

namespace dbops::app {

int run_mcp(Setup& setup, int client_output, const Config& config, const Wanted& wanted) {
  Context context;
  context.cancel = cli::Interrupts::arm();
  context.principal = "local";
  const auto server = mcp::make_product_server(*setup.workspace, mcp::ServerSettings{});
  std::optional<Reloader> reloader;
  if (!config.file.empty())
    reloader.emplace(
        *setup.workspace, config.file, wanted,
        Reloader::Hooks{.callers = {}, .changed = [&server] { server->look_again(); }});
  if (isatty(STDIN_FILENO) != 0)
    cli::write_message(
        STDERR_FILENO,
        "dbops speaks MCP over stdin and stdout: an agent starts it; Ctrl-C ends it\n");
  const auto transport = fd_transport(STDIN_FILENO, client_output);
  const auto served = stdio::serve(context, *server, *transport);
  if (served) return cli::kOk;
  cli::write_message(STDERR_FILENO, cli::format_error(served.error(), {}, 0, false));
  return cli::exit_code(served.error());
}

}  // namespace dbops::app
