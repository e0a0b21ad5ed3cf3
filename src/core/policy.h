#pragma once

#include <string>

#include "core/connector.h"

namespace dbops {

// What holds for one script on one connection, decided before anything is sent.
struct Verdict {
  bool allowed = false;
  Error refusal;  // Set where it is not allowed: Code::forbidden, what it needs and where to change
                  // it.
  std::vector<std::string> dangers;  // What a person must confirm first, one sentence each.
};

// `mode` is what the caller asked for: a read may only read, whatever the connection allows.
Verdict judge(const ConnectionOptions& connection, const Script& script, Mode mode);
// For one of dbops' own operations, by the name of its tool; Code::forbidden where the connection's
// rules don't have it.
Result<void> judge_tool(const ConnectionOptions& connection, std::string_view tool);
// For an operation that a connector declares.
Verdict judge(const ConnectionOptions& connection, const Operation& operation,
              const Arguments& arguments);

}  // namespace dbops
