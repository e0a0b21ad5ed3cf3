// What strangers say of a trace, and collectors of spans. The input is a traceparent, and after a
// line break a tracestate; as a whole it is an answer too.
#include <boost/json/value.hpp>

#include "base/json.h"
#include "base/trace.h"
#include "fuzz/check.h"
#include "wire/otlp.h"

using namespace dbops;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto text = as_text(data, size);
  static_cast<void>(read_rejected_spans(text));
  const size_t end = text.find('\n');
  const std::string_view state = end == std::string_view::npos ? "" : text.substr(end + 1);
  const auto parent = read_trace_parent(text.substr(0, end), state);
  if (!parent) return 0;
  check(parent->trace_id.size() == 32 && parent->span_id.size() == 16);
  check(parent->state.size() <= kTraceStateBytesMax);
  // What is carried on reads as it was read.
  const std::string again =
      "00-" + parent->trace_id + "-" + parent->span_id + (parent->sampled ? "-01" : "-00");
  const auto read = read_trace_parent(again, parent->state);
  check(read && read->trace_id == parent->trace_id && read->span_id == parent->span_id &&
        read->sampled == parent->sampled && read->state == parent->state);
  const Span span{.name = std::string(text),
                  .trace_id = parent->trace_id,
                  .id = parent->span_id,
                  .state = parent->state,
                  .attributes = {{"text", std::string(state)}}};
  check(parse_json(write_spans({}, std::span(&span, 1))).has_value());
  return 0;
}
