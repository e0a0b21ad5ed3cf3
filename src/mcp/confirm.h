// How a person is asked whether a call may go on, written once for every kind of client.
#pragma once

#include <string>
#include <string_view>

#include "mcp/tools.h"
#include "ops/query.h"

namespace dbops::mcp {

// What the person has said to the question of an earlier round of this call.
enum class Consent : uint8_t { not_asked, given, refused };
Consent consent(const Call& call);

// Asks: through the client where it can put a form before the person (the token then travels as
// the call's state), else with a token in an error result, for a second call. `action` names what
// would be done, in one line and without secrets.
ToolOutcome ask_consent(const Call& call, std::string_view tool, std::string_view action,
                        const ops::Confirmation& confirmation);
// For Consent::refused.
ToolResult refused_result();

}  // namespace dbops::mcp
