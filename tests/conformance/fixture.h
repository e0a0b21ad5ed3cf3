// What the official conformance suite expects a server under test to offer: tools, prompts and
// resources of fixed names. Its scenarios describe each (`conformance list`).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "mcp/tools.h"

namespace dbops::conformance {

// content.cc: what answers with fixed content, logs or reports progress.
std::vector<mcp::Tool> content_tools();
// asking.cc: what asks its client. One function makes each question, for tools and prompts alike.
std::vector<mcp::Tool> asking_tools();
mcp::Question elicitation(std::string_view key, std::string_view message, std::string_view schema);
// The text that the person gave for a field; empty: none.
std::string field_of(const boost::json::object& answer, std::string_view field);
// tasking.cc: what goes on as a task.
std::vector<mcp::Tool> tasking_tools();
// changing.cc: what changes lists and resources. The server must outlive them.
std::vector<mcp::Tool> changing_tools(mcp::Server& server);

mcp::ResourceLists resources();
std::vector<mcp::Prompt> prompts();

// A PNG of one pixel, and a WAV of no sound.
std::string tiny_png();
std::string tiny_wav();

mcp::Tool tool(std::string_view name, std::string_view description,
               std::function<mcp::ToolOutcome(mcp::Call&, Arguments)> run);

}  // namespace dbops::conformance
