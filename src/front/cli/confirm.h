#pragma once

#include <string>
#include <vector>

#include "base/context.h"
#include "base/result.h"

namespace dbops::cli {

// Asks the person at the terminal whether the dangers are meant; "yes" alone is a yes. Talks to
// /dev/tty, so stdin and stdout may be files. Code::confirmation_required, with `how_else` as its
// hint, where there is no terminal; Code::cancelled after Ctrl-C.
Result<bool> ask_to_confirm(const Context& context, const std::vector<std::string>& dangers,
                            const std::string& how_else);

}  // namespace dbops::cli
