// The declarations of the product's tools, one function each. The workspace must outlive them.
#pragma once

#include "mcp/tools.h"
#include "ops/workspace.h"

namespace dbops::mcp {

// product_look.cc: what looks around.
Tool list_connections_tool(ops::Workspace& workspace);
Tool explore_tool(ops::Workspace& workspace);
Tool explain_tool(ops::Workspace& workspace);
Tool diagnose_tool(ops::Workspace& workspace);
Tool operations_tool(ops::Workspace& workspace);

// product_rows.cc: what answers rows.
Tool query_tool(ops::Workspace& workspace);
Tool execute_tool(ops::Workspace& workspace);
Tool operate_tool(ops::Workspace& workspace);

// product_load.cc
Tool load_tool(ops::Workspace& workspace);

// product_search.cc
Tool search_tool(ops::Workspace& workspace);

// Arguments that several tools share.
Argument connection_argument();
Argument statement_argument(bool required);
Argument params_argument();

}  // namespace dbops::mcp
