// From a command line that was understood to its exit code.
#pragma once

#include "app/arguments.h"
#include "app/workspace.h"

namespace dbops::app {

class Reloader;  // app/reload.h

int run(const Invocation& invocation);

// The two servers; each in a file of its own. Both answer an exit code once they were told to stop.
// `reloader`: what SIGHUP asks beside the certificates; nullptr where there is no configuration.
int run_mcp(Setup& setup, int client_output);
int run_serve(Setup& setup, http::Settings settings, Reloader* reloader);

int run_install(const Invocation& invocation);

// docs/tools.md, made from what the program declares.
std::string tools_page();

}  // namespace dbops::app
