#pragma once

#include <optional>
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

// What a caller may do on a connection at most: the lesser of the connection's tier and what was
// granted. nullopt: for this caller there is no such connection.
std::optional<Tier> effective_tier(const Context& context, const ConnectionOptions& connection);

// What the caller may reach there beside what the connection itself says.
Access effective_access(const Context& context, const ConnectionOptions& connection);

// `mode` is what the caller asked for: a read may only read, whatever the connection allows.
// REQUIRES for both: the caller has an effective_tier() there.
Verdict judge(const Context& context, const ConnectionOptions& connection, const Script& script,
              Mode mode);
// For one of dbops' own operations, by the name of its tool; Code::forbidden where the connection's
// rules don't have it.
Result<void> judge_tool(const ConnectionOptions& connection, std::string_view tool);
// For what dbops itself writes, `what` as the end of a sentence: "load writes". Code::forbidden
// where the tier doesn't allow it. REQUIRES: the caller has an effective_tier() there.
Result<void> judge_write(const Context& context, const ConnectionOptions& connection,
                         std::string_view what);
// For an operation that a connector declares.
Verdict judge(const Context& context, const ConnectionOptions& connection,
              const Operation& operation, const Arguments& arguments);

}  // namespace dbops
