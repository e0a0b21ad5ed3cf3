// How a person is asked whether a call may go on, written once for every kind of client.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mcp/tools.h"
#include "ops/query.h"

namespace dbops::mcp {

// What the person has said to the question of an earlier round of this call.
enum class Consent : uint8_t { not_asked, given, refused };
Consent consent(const Call& call);

// What would be done, as the person is shown it.
struct Action {
  std::string text;                     // Without secrets; shortened and escaped where it is shown.
  std::vector<std::string> parameters;  // See show_parameters().
};
// A line for each value that goes with a statement, by its place or name; bounded in number and
// bytes, and it says what it leaves out. Escaped.
std::vector<std::string> show_parameters(const Parameters& parameters);

// Asks: through the client where it can put a form before the person (the token then travels as
// the call's state), else with a token in an error result, for a second call.
ToolOutcome ask_consent(const Call& call, std::string_view tool, const Action& action,
                        const ops::Confirmation& confirmation);
// For Consent::refused. A no uses up the token as a yes does.
ToolResult refused_result(ops::Workspace& workspace, const Call& call);

}  // namespace dbops::mcp
