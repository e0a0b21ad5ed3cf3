// From the configuration and the command line to the connections that a front works with.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "front/cli/commands.h"
#include "ops/inspect.h"
#include "ops/workspace.h"

namespace dbops::app {

struct Wanted {
  std::vector<std::string> connections;  // NAME=URL, or URL or path, as mcp and serve take them.
  std::string target;                    // A configured name, a URL or a path; empty: none.
  std::string source = {};               // The same, and only read from.
  std::vector<std::string> tiers;        // NAME=TIER, or TIER for all that the command line names.
  bool create = false;                   // Of those that the command line names.
  bool keeps_state = false;              // What it remembers outlives it.
  // In place of every connection's limit of time, which is for agents: a person has Ctrl-C.
  std::optional<std::chrono::milliseconds> time = {};
};

struct Setup {
  std::unique_ptr<ops::Workspace> workspace;
  cli::Installation installation;
  std::vector<ops::ConnectionStatus> unusable;  // As in cli::Environment.
  std::string target;                           // The connection that `Wanted::target` names.
  std::string source;
};

// Builds everything; nothing is connected. Code::invalid_config, Code::invalid_argument,
// Code::not_found; the message is whole and names the file and line where there is one.
Result<Setup> set_up(const Config& config, const Wanted& wanted);

// With the values of its headers. Code::invalid_config, and what read_secret() says.
Result<ops::TracingSettings> tracing_settings(const TracingConfig& config);

// The connections alone, checked in the same way: for a configuration that has changed.
Result<Connections> make_connections(const Config& config, const Wanted& wanted);

// "main" of "main=sqlite:x.db"; empty where the text has no name.
std::string name_in(const std::string& text);
// A name for a connection that is given as a URL or a path alone: of its file or database.
std::string name_for(const std::string& url);

}  // namespace dbops::app
