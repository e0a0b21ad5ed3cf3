// dbops_conformance --port N: the library of src/mcp behind src/front/http, with what the official
// conformance suite wants to find there. Ends on SIGTERM or SIGINT.
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>

#include "conformance/fixture.h"
#include "front/http/listener.h"

namespace {

namespace mcp = dbops::mcp;

std::unique_ptr<mcp::Server> make_server() {
  auto server = std::make_unique<mcp::Server>(
      mcp::ServerSettings{.name = "dbops-conformance",
                          .title = "dbops under the conformance suite",
                          .logging = true,
                          .changing = {mcp::List::tools, mcp::List::prompts, mcp::List::resources},
                          .subscribing = true,
                          .tasks = true});
  std::vector<mcp::Tool> tools = dbops::conformance::content_tools();
  for (auto& more : {dbops::conformance::asking_tools(), dbops::conformance::tasking_tools(),
                     dbops::conformance::changing_tools(*server)})
    tools.insert(tools.end(), more.begin(), more.end());
  mcp::Completions completions;
  mcp::add_tools(*server, std::move(tools));
  mcp::add_resources(*server, dbops::conformance::resources(), completions);
  mcp::add_prompts(*server, dbops::conformance::prompts(), completions);
  mcp::add_completions(*server, std::move(completions));
  return server;
}

}  // namespace

int main(int count, char** words) {
  dbops::http::Settings settings;
  const std::string_view port = count == 3 ? words[2] : "";
  const auto [stop, error] = std::from_chars(port.begin(), port.end(), settings.port);
  if (count != 3 || std::string_view(words[1]) != "--port" || error != std::errc() ||
      stop != port.end()) {
    std::fputs("usage: dbops_conformance --port N\n", stderr);
    return 2;
  }
  // Before the first thread: all inherit it, and this one waits for the signal.
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  const auto server = make_server();
  const auto listener = dbops::http::Listener::start(*server, settings);
  if (!listener) {
    std::fprintf(stderr, "dbops_conformance: %s\n", listener.error().message.c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&ends, &signal);
  return 0;
}
