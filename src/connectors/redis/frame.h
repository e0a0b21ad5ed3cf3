// A script taken apart into its commands, and the frame that makes a transaction of them:
//   [WATCH key ...]   any number of them
//   [read]            answered before the transaction
//   MULTI
//   command           ...
//   EXEC              the last line
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "connectors/redis/words.h"
#include "core/dialect.h"

namespace dbops::redis {

struct Outline {
  std::vector<Line> commands;        // All but the lines of the frame: the script's statements.
  std::vector<Line> watches = {};    // In front of all commands.
  std::optional<size_t> multi = {};  // How many commands stand in front of the transaction.
};

// Code::syntax as next_line(), and `position` in bytes from 1; Code::invalid_argument where the
// frame is not as above; Code::too_large beyond kStatementsMax lines.
Result<Outline> outline(std::string_view text);

// Whether the script has a frame. REQUIRES: it is made of outline()'s commands.
bool is_transaction(const Script& script);

}  // namespace dbops::redis
