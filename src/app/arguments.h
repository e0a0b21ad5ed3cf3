// The command line, taken apart. Hides CLI11, which is heavy.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/token.h"
#include "front/cli/commands.h"

namespace dbops::app {

enum class Command {
  connections,
  explore,
  query,
  execute,
  explain,
  load,
  search,
  diagnose,
  operations,
  operate,
  doctor,
  shell,
  install,
  mcp,
  serve,
  token,
  version,
  docs,
};

struct InstallOptions {
  std::string client;
  std::string name = "dbops";
  std::string url;  // Of a server that runs; empty: the client starts dbops.
  bool undo = false;
  bool print = false;
  bool yes = false;
};

struct Invocation {
  Command command = Command::version;
  std::string config_file;
  bool no_config = false;
  std::vector<std::string> tiers;  // TIER, or NAME=TIER
  bool create = false;             // A missing database file may be created.
  cli::ColorChoice color = cli::ColorChoice::automatic;
  int verbose = 0;

  std::string connection;                // The one that the command is about; may be empty.
  std::vector<std::string> connections;  // Of mcp and serve: NAME=URL or URL.
  cli::OutputOptions output;
  std::chrono::milliseconds timeout{0};  // 0: none.
  cli::StatementOptions statement;
  cli::ConnectionsOptions list;
  cli::ExploreOptions explore;
  cli::DiagnoseOptions diagnose;
  cli::OperateOptions operate;
  cli::LoadOptions load;
  cli::SearchOptions search;
  InstallOptions install;
  std::string host;
  std::optional<uint16_t> port;
  TokenOptions token;
  std::string topic;  // Of docs.
  bool json = false;  // Of doctor, explain, explore, diagnose and version.
};

// What to do; or what to print (help, or what is wrong) and the exit code.
struct Parsed {
  std::optional<Invocation> invocation;
  std::string text;
  int code = 0;
};
Parsed parse_arguments(int argc, const char* const* argv);

}  // namespace dbops::app
