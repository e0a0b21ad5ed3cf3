// OpenTelemetry's protocol in its JSON form (OTLP/HTTP 1.x): the body of a request to /v1/traces,
// and what its answer says.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/trace.h"

namespace dbops {

// Who the spans are from.
struct OtlpResource {
  std::string service_name;
  std::string service_version;
};

// One ExportTraceServiceRequest. Ids are hex, 64-bit numbers are strings, as the mapping wants it.
std::string write_spans(const OtlpResource& resource, std::span<const Span> spans);

// How many spans the answer of a request that went well says were refused; nullopt where it is no
// such answer.
std::optional<uint64_t> read_rejected_spans(std::string_view body);

}  // namespace dbops
