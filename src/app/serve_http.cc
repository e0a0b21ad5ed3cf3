// `dbops serve`: agents over HTTP, until a signal comes.
#include <unistd.h>

#include "app/run.h"
#include "front/cli/interrupt.h"
#include "front/cli/report.h"
#include "front/cli/terminal.h"
#include "front/http/listener.h"
#include "mcp/product.h"

namespace dbops::app {

int run_serve(Setup& setup, const ServerConfig& config) {
  Context context;
  context.cancel = cli::Interrupts::arm();
  const auto server = mcp::make_product_server(*setup.workspace, mcp::ServerSettings{});
  http::Settings settings;
  settings.host = config.host;
  settings.port = config.port;
  settings.allow_remote_without_auth = config.allow_remote_without_auth;
  settings.allowed_hosts = config.allowed_hosts;
  settings.allowed_origins = config.allowed_origins;
  const auto listener = http::Listener::start(*server, settings);
  if (!listener) {
    cli::write_message(STDERR_FILENO, cli::format_error(listener.error(), {}, 0, false));
    return listener.error().code == Code::forbidden ? static_cast<int>(cli::kUsage)
                                                    : cli::exit_code(listener.error());
  }
  const bool v6 = config.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + config.host + "]" : config.host;
  cli::write_message(STDERR_FILENO, "dbops serves MCP at http://" + host + ":" +
                                        std::to_string((*listener)->port()) +
                                        "/mcp; Ctrl-C stops it\n");
  static_cast<void>(context.wait(-1, 0));  // Nothing but the signal ends this.
  return cli::kOk;
}

}  // namespace dbops::app
