// Where the configuration stands.
#pragma once

#include <optional>
#include <string>

#include "app/config.h"
#include "base/result.h"

namespace dbops::app {

// What went wrong, and in which file.
struct ConfigFailure {
  std::string file;
  std::vector<Problem> problems;
};

// Reads `chosen`, or where that is empty ./dbops.toml, else
// ${XDG_CONFIG_HOME:-~/.config}/dbops/dbops.toml; without any of them the defaults. A file that
// others may change, or that belongs to somebody else, is refused: it may name programs to run.
tl::expected<Config, ConfigFailure> load_config(const std::string& chosen);

// ${XDG_STATE_HOME:-~/.local/state}/dbops/NAME: for what dbops itself writes. Code::not_found where
// the environment names no home, as a system service's may.
Result<std::string> state_file(const std::string& name);

}  // namespace dbops::app
