// MCP over stdio: one JSON-RPC message a line, both ways (basic/transports/stdio).
#pragma once

#include <chrono>

#include "mcp/server.h"
#include "net/transport.h"

namespace dbops::stdio {

inline constexpr size_t kLineBytesMax = 16u << 20;  // bytes of one incoming line
// How long calls in flight may go on once the input has ended, so that a script may pipe its
// requests in; then they are stopped, and answered where somebody still reads. At once where the
// output was closed, too.
inline constexpr std::chrono::milliseconds kEndGrace{1000};

// Serves the client at the other end until its stream ends (success), the context is cancelled
// (success: that is how a signal ends it), or reading fails. On return no call is in flight and
// nothing writes to the transport any more. The transport must be the only user of its descriptors:
// nothing else may write to stdout.
Result<void> serve(const Context& context, mcp::Server& server, Transport& transport);

}  // namespace dbops::stdio
