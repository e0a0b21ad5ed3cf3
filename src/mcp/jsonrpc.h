// JSON-RPC 2.0 messages as MCP uses them: taking one apart, and writing the frames of answers.
#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/json.h"
#include "base/trace.h"

namespace dbops::mcp {

inline constexpr size_t kBatchMax = 100;        // messages in one batch (2025-03-26 only)
inline constexpr size_t kIdBytesMax = 256;      // bytes of an id's JSON text
inline constexpr size_t kMethodBytesMax = 128;  // bytes of a method's name

// Codes of JSON-RPC, and those that MCP adds to it.
enum : int {
  kParseError = -32700,
  kInvalidRequest = -32600,
  kMethodNotFound = -32601,
  kInvalidParams = -32602,
  kInternalError = -32603,
  kHeaderMismatch = -32020,      // 2026-07-28, Streamable HTTP only
  kMissingCapability = -32021,   // 2026-07-28
  kUnsupportedVersion = -32022,  // 2026-07-28
};

// Why a request has no result.
struct Failure {
  int code = kInternalError;
  std::string message;
  std::string data = {};  // One JSON value, or empty.
  // The request itself is malformed, as opposed to what it asks for: HTTP answers 400, not 200.
  bool envelope = false;
};
inline tl::unexpected<Failure> refuse(int code, std::string message, std::string data = {}) {
  return tl::unexpected<Failure>(Failure{code, std::move(message), std::move(data)});
}
inline tl::unexpected<Failure> refuse_envelope(int code, std::string message,
                                               std::string data = {}) {
  return tl::unexpected<Failure>(Failure{code, std::move(message), std::move(data), true});
}

// One message. Owns what it points to: copies share the document it came from. Immutable.
struct Message {
  enum class Kind : uint8_t { request, notification, response };
  Kind kind = Kind::notification;
  std::string id;           // Its JSON text, `7` or `"7"`, to be answered as it is; empty: none.
  std::string_view method;  // Empty for a response.
  const boost::json::object* params = nullptr;  // Never nullptr but for a response.
  const boost::json::value* result = nullptr;   // Of a response; nullptr: it carries an error.
  std::shared_ptr<const boost::json::value> document;
  size_t bytes = 0;  // Of the text it came in.
  // What the transport says of the caller; nullptr: nothing.
  std::shared_ptr<const TraceParent> carried = nullptr;
};

// What stands in the place of one message: it, or the failure to answer with and the id when that
// much could be read.
struct Slot {
  tl::expected<Message, Failure> message;
  std::string id = {};
};

struct Incoming {
  bool batch = false;
  std::vector<Slot> slots;  // Exactly one unless it is a batch; at least one, at most kBatchMax.
};

// Takes apart what one line or one request body holds. Fails with kParseError (not JSON, not UTF-8,
// duplicate keys, beyond the bounds of parse_json) or kInvalidRequest (numbers that would lose
// digits, an empty or oversized batch): as a whole, or, where its id can be told, in its only slot.
tl::expected<Incoming, Failure> parse_incoming(std::string_view text);

// The JSON text of what is a string or an integer, as ids and progress tokens are; 1.0 is the
// integer 1, as JSON Schema has it. Empty for anything else, and beyond kIdBytesMax.
std::string id_text(const boost::json::value& value);

// The member of an object, nullptr where it is missing. `text_member` also where it is no string.
const boost::json::value* member(const boost::json::object& object, std::string_view name);
const boost::json::string* text_member(const boost::json::object& object, std::string_view name);
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);

// {"jsonrpc":"2.0","id":ID,"error":{...}}; without an id where that could not be read, as the
// schemas from 2025-11-25 on want it.
std::string error_frame(std::string_view id, const Failure& failure);
// Opens a result frame in `out`, up to and with the brace of the result object: the caller writes
// its members and closes with "}}".
void open_result_frame(std::string& out, std::string_view id);
// `params` is a JSON object's text.
std::string request_frame(int64_t id, std::string_view method, std::string_view params);
std::string notification_frame(std::string_view method, std::string_view params);

}  // namespace dbops::mcp
