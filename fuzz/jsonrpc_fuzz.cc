// What a client sends: refused as a whole or message by message, each time by a frame that is JSON,
// or taken apart so that it can be written and read again.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/json.h"
#include "fuzz/check.h"
#include "mcp/jsonrpc.h"

using namespace dbops;
using namespace dbops::mcp;

namespace {

void check_failure(std::string_view id, const Failure& failure) {
  check(failure.code == kParseError || failure.code == kInvalidRequest ||
        failure.code == kInvalidParams);
  const auto frame = parse_json(error_frame(id, failure));
  check(frame.has_value());
  const auto& object = frame->as_object();
  check(object.at("error").as_object().at("code").as_int64() == failure.code);
  check(object.contains("id") == !id.empty());
}

void check_id(const std::string& id) {
  check(id.size() <= kIdBytesMax);
  const auto value = parse_json(id);
  check(value && (value->is_string() || value->is_number()));
}

void check_written_again(const Message& message) {
  std::string params;
  JsonWriter(params).json(boost::json::value(*message.params));
  const std::string frame = notification_frame(message.method, params);
  const auto again = parse_incoming(frame);
  check(again && !again->batch && again->slots[0].message.has_value());
  const Message& read = *again->slots[0].message;
  check(read.kind == Message::Kind::notification && read.method == message.method);
  std::string params_again;
  JsonWriter(params_again).json(boost::json::value(*read.params));
  check(params_again == params);
}

void check_message(const Message& message) {
  check(message.document != nullptr);
  check(message.method.size() <= kMethodBytesMax);
  switch (message.kind) {
    case Message::Kind::request:
      check_id(message.id);
      break;
    case Message::Kind::notification:
      check(message.id.empty());
      break;
    case Message::Kind::response:
      check(message.method.empty());
      return;
  }
  check(message.params != nullptr);
  check_written_again(message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto incoming = parse_incoming(as_text(data, size));
  if (!incoming) {
    check_failure({}, incoming.error());
    return 0;
  }
  check(!incoming->slots.empty() && incoming->slots.size() <= kBatchMax);
  check(incoming->batch || incoming->slots.size() == 1);
  for (const Slot& slot : incoming->slots) {
    if (slot.message)
      check_message(*slot.message);
    else
      check_failure(slot.id, slot.message.error());
  }
  return 0;
}
