#include "mcp/tracing.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace dbops::mcp {
namespace {

std::string_view target_key(std::string_view method) {
  return method == "prompts/get" ? "gen_ai.prompt.name" : "gen_ai.tool.name";
}

// The id as its text says it: 7 and "7" are both 7.
std::string plain_id(std::string_view json) {
  const bool quoted = json.size() >= 2 && json.front() == '"';
  return std::string(quoted ? json.substr(1, json.size() - 2) : json);
}

// The session is not named: its id is half of what lets one into it.
Span describe(const Message& request, Revision revision, const Trace& trace,
              const TraceParent* parent) {
  Span span{.name = std::string(request.method),
            .kind = Span::Kind::server,
            .trace_id = trace.id,
            .id = trace.span,
            .parent = parent != nullptr ? parent->span_id : std::string(),
            .state = trace.state,
            .start = std::chrono::system_clock::now()};
  span.attributes = {{"mcp.method.name", std::string(request.method)},
                     {"mcp.protocol.version", std::string(name(revision))},
                     {"jsonrpc.request.id", plain_id(request.id)}};
  if (request.method == "tools/call")
    span.attributes.emplace_back("gen_ai.operation.name", "execute_tool");
  if (request.carried && request.carried.get() != parent)
    span.links.push_back({request.carried->trace_id, request.carried->span_id});
  return span;
}

}  // namespace

std::shared_ptr<const TraceParent> trace_parent(const Message& request) {
  const auto* meta = object_member(*request.params, "_meta");
  const auto* parent = meta != nullptr ? text_member(*meta, "traceparent") : nullptr;
  if (parent == nullptr) return request.carried;
  const auto* state = text_member(*meta, "tracestate");
  auto read = read_trace_parent(*parent, state != nullptr ? std::string_view(*state) : "");
  return read ? read : request.carried;
}

void RequestSpan::set_target(std::string_view name) {
  if (std::exchange(has_target_, true)) return;  // Calls are entered again.
  span_.attributes.emplace_back(target_key(span_.name), std::string(name));
  span_.name.append(" ").append(name);
}

void RequestSpan::end(const Reply& reply) {
  if (std::exchange(ended_, true)) return;
  span_.elapsed = time_.elapsed();
  std::string why;
  if (reply.failure != 0) {
    why = std::to_string(reply.failure);
    span_.attributes.emplace_back("rpc.response.status_code", why);
  } else if (reply.body.empty()) {
    why = "cancelled";
  } else if (reply.tool_failed) {
    why = "tool_error";
  }
  span_.failed = !why.empty();
  if (span_.failed) span_.attributes.emplace_back("error.type", std::move(why));
  tracing_.take(std::move(span_));
}

RequestTrace begin_trace(const Message& request, Revision revision, ops::Tracing* tracing) {
  const auto parent = trace_parent(request);
  Trace trace =
      parent ? Trace{.id = parent->trace_id, .state = parent->state} : Trace{.id = make_trace_id()};
  std::unique_ptr<RequestSpan> span;
  if (tracing != nullptr && tracing->records(parent.get(), trace.id)) {
    trace.span = make_span_id();
    span =
        std::make_unique<RequestSpan>(*tracing, describe(request, revision, trace, parent.get()));
  }
  return {std::make_shared<const Trace>(std::move(trace)), std::move(span)};
}

}  // namespace dbops::mcp
