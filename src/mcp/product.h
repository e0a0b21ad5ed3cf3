// dbops as an MCP server: tools, resources and prompts over ops/, and what it says of itself.
#pragma once

#include <memory>
#include <vector>

#include "mcp/server.h"
#include "mcp/tools.h"
#include "ops/workspace.h"

namespace dbops::mcp {

// The tools list_connections, explore, query, execute, explain, diagnose, operations, operate, load
// and search. `workspace` must outlive them.
std::vector<Tool> product_tools(ops::Workspace& workspace);

// A server with these tools, and with resources and prompts (product_offers.h). `workspace` must
// outlive it. Opens nothing.
std::unique_ptr<Server> make_product_server(ops::Workspace& workspace,
                                            const ServerSettings& settings);

}  // namespace dbops::mcp
