// Where a statement and its parameters come from: the arguments, a file, stdin.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "core/parameters.h"
#include "front/cli/terminal.h"

namespace dbops::cli {

struct StatementSource {
  std::optional<std::string> argument;  // "-": stdin.
  std::string file;                     // Of `-f`; empty: none, "-": stdin.
};

// The statement's text, without a byte order mark: of the argument, of the file, else of stdin when
// that is no terminal. Code::invalid_argument for none or two of them, Code::too_large beyond
// kScriptBytesMax, Code::not_found, Code::io.
Result<std::string> read_statement(const StatementSource& source, Files& files,
                                   const Terminal& terminal);

// `texts`: of each `-p`. NAME=VALUE is a named parameter, where NAME is a plain word; what follows
// a leading '=' is a value whatever it looks like. A value that is an integer of 64 bits or a
// decimal number in plain spelling is one; every other is text. `json`: an array of values, or an
// object of named ones, with their types; empty: none. Code::invalid_argument for both or bad JSON.
Result<Parameters> read_parameters(const std::vector<std::string>& texts, const std::string& json);

}  // namespace dbops::cli
