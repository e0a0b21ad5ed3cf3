// `dbops serve`: agents over HTTP, until a signal comes.
#include <poll.h>
#include <unistd.h>

#include <optional>

#include "app/hangups.h"
#include "app/reload.h"
#include "app/run.h"
#include "base/log.h"
#include "front/cli/interrupt.h"
#include "front/cli/report.h"
#include "front/cli/terminal.h"
#include "front/http/guard.h"
#include "front/http/listener.h"
#include "mcp/product.h"
#include "ops/metrics.h"

namespace dbops::app {
namespace {

void say_where(const http::Settings& settings, uint16_t port) {
  const bool tls = !settings.tls_certificate.empty();
  const bool v6 = settings.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + settings.host + "]" : settings.host;
  cli::write_message(STDERR_FILENO, "dbops serves MCP at " +
                                        std::string(tls ? "https://" : "http://") + host + ":" +
                                        std::to_string(port) + "/mcp; Ctrl-C stops it\n");
  const bool takes_tokens = !settings.tokens.empty() || settings.oauth.used();
  if (!tls && takes_tokens && !http::is_loopback(settings.host))
    log::warning("tokens and data cross the network in the clear: set tls_certificate and tls_key");
}

void reload_certificates(http::Listener& listener) {
  const auto reloaded = listener.reload_certificates();
  if (reloaded)
    log::info("the TLS certificate was read again");
  else
    log::error("the former TLS certificate stays: " + reloaded.error().message);
}

}  // namespace

int run_serve(Setup& setup, const Config& config, const Wanted& wanted) {
  http::Settings settings = config.server;
  Context context;
  context.cancel = cli::Interrupts::arm();
  const auto server = mcp::make_product_server(
      *setup.workspace, mcp::ServerSettings{.listeners_max = settings.streams_max});
  settings.metrics = [&setup] { return ops::metrics_text(*setup.workspace); };
  const auto listener = http::Listener::start(*server, settings);
  if (!listener) {
    cli::write_message(STDERR_FILENO, cli::format_error(listener.error(), {}, 0, false));
    // No database was asked yet, and no tier refused anything.
    const int code = cli::exit_code(listener.error());
    return code == cli::kFailed || code == cli::kRefused ? static_cast<int>(cli::kUsage) : code;
  }
  const bool tls = !settings.tls_certificate.empty();
  std::optional<Reloader> reloader;
  if (!config.file.empty())
    reloader.emplace(*setup.workspace, config.file, wanted,
                     Reloader::Hooks{.callers =
                                         [&listener](const Config& now) {
                                           return (*listener)->replace_callers(now.server);
                                         },
                                     .changed = [&server] { server->look_again(); }});
  // Where there is nothing to read again the signal ends the server, as it ends any program.
  const int hangups = tls || reloader ? Hangups::arm() : -1;
  say_where(settings, (*listener)->port());
  while (context.wait(hangups, POLLIN)) {
    if (!Hangups::take()) continue;
    if (tls) reload_certificates(**listener);
    if (reloader) reloader->ask();
  }
  return cli::kOk;
}

}  // namespace dbops::app
