// What every command of the command line works with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/context.h"
#include "base/file.h"
#include "front/cli/format.h"
#include "front/cli/terminal.h"
#include "ops/inspect.h"
#include "ops/workspace.h"

namespace dbops::cli {

inline constexpr uint64_t kTerminalRows = 1000;  // rows shown on a terminal where nobody said more

// The parts belong to app/, which outlives the commands.
struct Environment {
  ops::Workspace& workspace;
  Files& files;
  Terminal terminal;
  // Connections that can't even be set up, for those who list all: name, tier and error.
  std::vector<ops::ConnectionStatus> unusable;
};

// Where a command's rows go and how they look.
struct OutputOptions {
  std::optional<Format> format = {};  // Without it: a table on a terminal, else by `file`'s name.
  std::string file = {};              // Empty: stdout.
  std::optional<uint64_t> limit = {};
  bool header = true;  // Of CSV and TSV.
  bool expand = true;  // A table that doesn't fit the terminal is shown a line a cell.
  // How to see what was cut, in the words of whoever asks. Static storage.
  std::string_view limit_hint = "--limit 0 gives all rows, --limit N gives N";
  std::string_view expand_hint = "--format expanded shows all";
};

// The circumstances of a call by the person at this terminal, interrupted by Ctrl-C. How long it
// may take, the connection says.
Context local_context();

// Says an error on stderr, and answers the exit code: that of the signal when one interrupted it.
int report(const Environment& environment, const Error& error, std::string_view statement = {});
// The same of a local file or pipe: kFile where it is no matter of the arguments or an interrupt.
int report_file(const Environment& environment, const Error& error);

}  // namespace dbops::cli
