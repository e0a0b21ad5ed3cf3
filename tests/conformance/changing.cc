#include "conformance/fixture.h"

namespace dbops::conformance {

using mcp::Call;
using mcp::ToolOutcome;
using mcp::ToolResult;

std::vector<mcp::Tool> changing_tools(mcp::Server& server) {
  std::vector<mcp::Tool> tools;
  const auto add = [&](std::string_view name, std::string_view description, auto change) {
    tools.push_back(
        tool(name, description, [&server, change](Call&, const Arguments&) -> ToolOutcome {
          change(server);
          return ToolResult{.text = "announced"};
        }));
    tools.back().reads = false;
  };
  add("test_trigger_tool_change", "Announces another list of tools.",
      [](mcp::Server& all) { all.announce_list(mcp::List::tools); });
  add("test_trigger_prompt_change", "Announces another list of prompts.",
      [](mcp::Server& all) { all.announce_list(mcp::List::prompts); });
  add("test_trigger_resource_change", "Announces a change of test://watched-resource.",
      [](mcp::Server& all) { all.announce_resource("test://watched-resource"); });
  return tools;
}

}  // namespace dbops::conformance
