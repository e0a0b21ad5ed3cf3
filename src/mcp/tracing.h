// The trace that a request belongs to, and its span.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.h"
#include "base/trace.h"
#include "mcp/jsonrpc.h"
#include "mcp/outlet.h"
#include "mcp/revision.h"
#include "ops/tracing.h"

namespace dbops::mcp {

// What _meta says of the caller ("traceparent" and "tracestate", in every revision); where it says
// nothing that is understood, what the transport does. nullptr: the trace begins here.
std::shared_ptr<const TraceParent> trace_parent(const Message& request);

// The span of one request, from its arrival to its answer, as OpenTelemetry has it for MCP.
class RequestSpan {
 public:
  RequestSpan(ops::Tracing& tracing, Span span) : tracing_(tracing), span_(std::move(span)) {}
  const std::string& id() const { return span_.id; }
  void set_target(std::string_view name);
  // Hands it on; the first time alone.
  void end(const Reply& reply);

 private:
  ops::Tracing& tracing_;
  Span span_;
  Stopwatch time_;
  bool has_target_ = false;
  bool ended_ = false;
};

// What a request begins with. `tracing` may be nullptr.
struct RequestTrace {
  std::shared_ptr<const Trace> trace;  // Of its Context.
  std::unique_ptr<RequestSpan> span;   // nullptr: nobody records it.
};
RequestTrace begin_trace(const Message& request, Revision revision, ops::Tracing* tracing);

}  // namespace dbops::mcp
