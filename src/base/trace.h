// Which trace of a distributed system a call belongs to (W3C Trace Context, Level 1), and the spans
// that tell of it. Nothing here sends anything: ops/tracing.h does.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace dbops {

inline constexpr size_t kTraceStateBytesMax = 512;  // bytes of a tracestate that is carried
inline constexpr size_t kTraceStateMembersMax = 32;

// What a caller says of the span that it calls from.
struct TraceParent {
  std::string trace_id;  // 32 lower-case hex digits, not all zero.
  std::string span_id;   // 16 of them.
  bool sampled = false;  // The caller records it.
  std::string state = {};
};
// nullptr where `traceparent` is none: it is passed over, whatever else is right about the request.
// A `tracestate` that is none is passed over alone. Baggage is never read.
std::shared_ptr<const TraceParent> read_trace_parent(std::string_view traceparent,
                                                     std::string_view tracestate);

// Unique, not unguessable. Thread-safe.
std::string make_trace_id();
std::string make_span_id();

// What a Context carries of it.
struct Trace {
  std::string id;          // 32 lower-case hex digits.
  std::string span = {};   // The one under way; empty: none is recorded.
  std::string state = {};  // As the caller said it.
};
// " (trace 4bf9...)": what the log lines of a call end with; nothing where there is no trace.
std::string trace_suffix(const std::shared_ptr<const Trace>& trace);

// One piece of work, as OpenTelemetry has it.
struct Span {
  enum class Kind : uint8_t { server = 2, client = 3 };  // The numbers of OTLP.
  struct Link {
    std::string trace_id;
    std::string span_id;
  };
  // Keys have static storage. Values never hold a statement, a cell or a secret.
  using Attribute = std::pair<std::string_view, std::variant<std::string, int64_t>>;

  std::string name;
  Kind kind = Kind::server;
  std::string trace_id;
  std::string id;
  std::string parent = {};  // Empty: the trace begins here.
  std::string state = {};
  std::chrono::system_clock::time_point start = {};
  std::chrono::nanoseconds elapsed{0};
  std::vector<Attribute> attributes = {};
  std::vector<Link> links = {};
  bool failed = false;
};

}  // namespace dbops
