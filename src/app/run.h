// From a command line that was understood to its exit code.
#pragma once

#include "app/arguments.h"
#include "app/workspace.h"

namespace dbops::app {

int run(const Invocation& invocation);

// The two servers; each in a file of its own. Both answer an exit code once they were told to stop.
// `wanted`: for when the configuration is read again.
int run_mcp(Setup& setup, int client_output, const Config& config, const Wanted& wanted);
int run_serve(Setup& setup, const Config& config, const Wanted& wanted);

int run_install(const Invocation& invocation);

// docs/tools.md, made from what the program declares.
std::string tools_page();

}  // namespace dbops::app
