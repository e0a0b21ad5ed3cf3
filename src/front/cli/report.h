// Errors as they are said on stderr, and as exit codes.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace dbops::cli {

// Documented in `dbops --help`.
enum Exit : int {
  kOk = 0,
  kFailed = 1,         // the database refused or failed the statement
  kUsage = 2,          // wrong arguments or configuration
  kNoConnection = 3,   // unknown host, refused, wrong password, TLS, broken link
  kRefused = 4,        // dbops' own tier refused it, or nobody confirmed it
  kTimeout = 5,        // the time limit passed
  kFile = 6,           // a local file or pipe couldn't be read or written
  kInterrupted = 130,  // Ctrl-C
  kReaderGone = 141,   // the reader of the pipe went away, as for any program ended by SIGPIPE
  kTerminated = 143,   // SIGTERM
};
int exit_code(const Error& error) noexcept;

// "error [code]: message", the place in the statement with a caret, what the database did, the
// hint; each on its lines. `columns`: of the terminal, 0 where there is none.
std::string format_error(const Error& error, std::string_view statement, size_t columns,
                         bool color);

}  // namespace dbops::cli
