// Parameters that HTTP headers repeat: `x-mcp-header` in a tool's input schema (2026-07-28,
// basic/transports/streamable-http).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mcp/server.h"

namespace dbops::mcp {

struct Mirror {
  std::string header;             // Without "Mcp-Param-".
  std::vector<std::string> path;  // Of property names, from the arguments down.
};

// Those that a schema declares: on strings, integers and booleans that are reached by `properties`
// alone. Empty for an empty schema.
std::vector<Mirror> read_mirrors(std::string_view schema);
// Their values in one call; `arguments` may be nullptr. A null is as if not given.
std::vector<MirroredParam> find_mirrored(const std::vector<Mirror>& mirrors,
                                         const boost::json::object* arguments);

}  // namespace dbops::mcp
