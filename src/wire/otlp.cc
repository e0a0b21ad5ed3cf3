#include "wire/otlp.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "base/json.h"

namespace dbops {
namespace {

namespace json = boost::json;

constexpr int kStatusError = 2;

std::string nanoseconds(std::chrono::system_clock::time_point at, std::chrono::nanoseconds more) {
  return std::to_string((at.time_since_epoch() + more).count());
}

void write_attribute(std::string_view key, std::string_view text, JsonWriter& out) {
  out.begin_object().member("key", key).key("value");
  out.begin_object().member("stringValue", text).end_object().end_object();
}

void write_attribute(std::string_view key, int64_t number, JsonWriter& out) {
  out.begin_object().member("key", key).key("value");
  out.begin_object().member("intValue", std::to_string(number)).end_object().end_object();
}

void write_resource(const OtlpResource& resource, JsonWriter& out) {
  out.key("resource").begin_object().key("attributes").begin_array();
  write_attribute("service.name", resource.service_name, out);
  write_attribute("service.version", resource.service_version, out);
  out.end_array().end_object();
}

void write_links(const Span& span, JsonWriter& out) {
  if (span.links.empty()) return;
  out.key("links").begin_array();
  for (const Span::Link& link : span.links)
    out.begin_object().member("traceId", link.trace_id).member("spanId", link.span_id).end_object();
  out.end_array();
}

void write_span(const Span& span, JsonWriter& out) {
  out.begin_object().member("traceId", span.trace_id).member("spanId", span.id);
  if (!span.state.empty()) out.member("traceState", span.state);
  if (!span.parent.empty()) out.member("parentSpanId", span.parent);
  out.member("name", span.name).member("kind", static_cast<int>(span.kind));
  out.member("startTimeUnixNano", nanoseconds(span.start, {}));
  out.member("endTimeUnixNano", nanoseconds(span.start, span.elapsed));
  out.key("attributes").begin_array();
  for (const auto& [key, value] : span.attributes)
    std::visit([&, &name = key](const auto& held) { write_attribute(name, held, out); }, value);
  out.end_array();
  write_links(span, out);
  out.key("status").begin_object();
  if (span.failed) out.member("code", kStatusError);
  out.end_object().end_object();
}

}  // namespace

std::string write_spans(const OtlpResource& resource, std::span<const Span> spans) {
  std::string body;
  JsonWriter out(body);
  out.begin_object().key("resourceSpans").begin_array().begin_object();
  write_resource(resource, out);
  out.key("scopeSpans").begin_array().begin_object();
  out.key("scope").begin_object().member("name", "dbops").end_object();
  out.key("spans").begin_array();
  for (const Span& span : spans) write_span(span, out);
  out.end_array().end_object().end_array();
  out.end_object().end_array().end_object();
  return body;
}

// {"partialSuccess": {"rejectedSpans": "3"}}, in which either may be missing and the number be one.
std::optional<uint64_t> read_rejected_spans(std::string_view body) {
  if (body.empty()) return 0;
  const auto document = parse_json(body);
  const json::object* answer = document ? document->if_object() : nullptr;
  if (answer == nullptr) return std::nullopt;
  const json::value* partial = answer->if_contains("partialSuccess");
  if (partial == nullptr || partial->is_null()) return 0;
  if (!partial->is_object()) return std::nullopt;
  const json::value* rejected = partial->get_object().if_contains("rejectedSpans");
  if (rejected == nullptr) return 0;
  if (const int64_t* number = rejected->if_int64(); number != nullptr && *number >= 0)
    return static_cast<uint64_t>(*number);
  const json::string* text = rejected->if_string();
  if (text == nullptr) return std::nullopt;
  uint64_t count = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, count);
  if (error != std::errc() || stop != end) return std::nullopt;
  return count;
}

}  // namespace dbops
