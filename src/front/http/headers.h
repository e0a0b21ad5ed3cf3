// What MCP reads of a request's headers, and whether they agree with the body.
// Streamable HTTP: basic/transports/streamable-http (2026-07-28), basic/transports (earlier).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mcp/envelope.h"
#include "mcp/jsonrpc.h"
#include "mcp/server.h"

namespace dbops::http {

// The headers that matter here, whitespace around them trimmed. They point into the request and
// live as long as it. nullopt: not sent.
struct Headers {
  std::optional<std::string_view> host;
  std::optional<std::string_view> origin;
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> content_length;
  std::optional<std::string_view> transfer_encoding;
  std::optional<std::string_view> preflight;  // Access-Control-Request-Method
  std::optional<std::string_view> accept;
  std::optional<std::string_view> authorization;
  std::optional<std::string_view> session;     // Mcp-Session-Id
  std::optional<std::string_view> last_event;  // Last-Event-ID
  std::optional<std::string_view> version;     // MCP-Protocol-Version
  std::optional<std::string_view> method;      // Mcp-Method
  std::optional<std::string_view> name;        // Mcp-Name
  // W3C Trace Context. A request with two of the first has none; the second may come in parts.
  std::optional<std::string_view> trace_parent;
  std::string trace_state;
  bool trace_parent_twice = false;
  // Those called Mcp-Param-..., by the rest of their names.
  std::vector<std::pair<std::string_view, std::string_view>> params;
  // One of these came twice, any holds a control character or has a name that is none, or body
  // framings contradict each other.
  bool malformed = false;

  // Takes note of one header.
  void take(std::string_view given, std::string_view value);
  // nullptr: it says nothing of a trace, or nothing that is understood.
  std::shared_ptr<const TraceParent> trace() const;
};

// What a client takes as an answer.
struct Acceptable {
  bool json = false;
  bool events = false;
};
// Of an Accept header; a missing one takes everything (RFC 9110, section 12.5.1).
Acceptable read_accept(std::optional<std::string_view> accept);
// "application/json", with whatever parameters.
bool is_json(std::optional<std::string_view> content_type);

// The text of a header that may be written as `=?base64?...?=`. nullopt: it is no plain ASCII, or
// the markers are there, but what stands between them is not strict base64 of UTF-8.
std::optional<std::string> decode_header(std::string_view value);

// Whether the headers say what a modern message says; else kHeaderMismatch.
tl::expected<void, mcp::Failure> check_version_header(const Headers& headers,
                                                      const mcp::Message& message);
tl::expected<void, mcp::Failure> check_method_headers(const Headers& headers,
                                                      const mcp::Message& message);
tl::expected<void, mcp::Failure> check_param_headers(
    const Headers& headers, const std::vector<mcp::MirroredParam>& mirrored);

}  // namespace dbops::http
