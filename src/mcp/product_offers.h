// The declarations of the product's resources and prompts. The workspace must outlive them.
#pragma once

#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "ops/workspace.h"

namespace dbops::mcp {

inline constexpr std::string_view kSchemaTemplate = "dbops://{connection}/{+path}";

// product_resources.cc
ResourceLists product_resources(ops::Workspace& workspace);
// product_prompts.cc
std::vector<Prompt> product_prompts(ops::Workspace& workspace);

// product_names.cc: names as people begin to type them.
Completer connection_completer(ops::Workspace& workspace);
// Paths of the connection that was chosen before; none where it was not.
Completer path_completer(ops::Workspace& workspace);

}  // namespace dbops::mcp
