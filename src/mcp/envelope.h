// What a request says of its client: revision, capabilities, and how the answer may be accompanied.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/jsonrpc.h"
#include "mcp/revision.h"

namespace dbops::mcp {

inline constexpr std::string_view kVersionKey = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kCapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kLogLevelKey = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kServerInfoKey = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kSubscriptionKey = "io.modelcontextprotocol/subscriptionId";

inline constexpr size_t kExtensionsMax = 64;  // extensions that one client may declare

enum class LogLevel : uint8_t {
  debug,
  info,
  notice,
  warning,
  error,
  critical,
  alert,
  emergency,
};
std::string_view name(LogLevel level) noexcept;
std::optional<LogLevel> parse_log_level(std::string_view text) noexcept;

// What a client can be asked for.
struct ClientCapabilities {
  bool elicitation_form = false;
  bool elicitation_url = false;
  bool sampling = false;
  bool roots = false;
  std::vector<std::string> extensions;  // Their identifiers; those beyond kExtensionsMax are left.
};
ClientCapabilities read_capabilities(const boost::json::object& declared);

// What holds for one request. Modern: from its own _meta. Legacy: from the handshake.
struct Envelope {
  Revision revision = kLegacyLatest;
  ClientCapabilities client;
  std::optional<LogLevel> log_level;  // Nothing: no log messages for this request.
  std::string progress_token;         // JSON text; empty: no progress is wanted.
};

// The revision that a message claims for itself, as it wrote it: with one it is modern. nullopt:
// it is legacy, or it needs none.
std::optional<std::string_view> claimed_version(const Message& message);
// Has all that a modern envelope must have, whichever revision it names.
bool has_modern_envelope(const Message& message);

// Of a message that claims a version. Failures: kInvalidParams for what is missing or mistyped,
// kUnsupportedVersion for a revision that is unknown or legacy.
tl::expected<Envelope, Failure> read_modern_envelope(const Message& message);
// The -32602 of a message that should claim a version and does not.
Failure missing_envelope(const Message& message);

// For a request that can't be worked on without a capability its client did not declare:
// "elicitation", "sampling" or "roots".
Failure missing_capability(std::string_view capability);
// ... or without an extension.
Failure missing_extension(std::string_view extension);

// _meta.progressToken as JSON text; empty where there is none that is a string or an integer.
std::string read_progress_token(const Message& message);

}  // namespace dbops::mcp
