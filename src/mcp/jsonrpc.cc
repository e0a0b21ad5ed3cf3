#include "mcp/jsonrpc.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/json/array.hpp>
#include <boost/json/memory_resource.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <functional>
#include <memory_resource>

#include "wire/json_view.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr size_t kResultRoom = 1024;  // bytes; most results need no more

const json::object kNoParams;

// The memory of one document: most fit into the room, which is one allocation in place of thirty.
// The rest goes to the heap, at one alignment: Boost frees a key with another than it asked for.
// Thread-safe, for a copy of a part takes its memory where that one did.
class Room final : public json::memory_resource {
 private:
  // With what stands around it less than the 1,032 bytes that glibc still keeps for its threads.
  static constexpr size_t kBytes = 976;

  void* do_allocate(size_t bytes, size_t alignment) override {
    const size_t size = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    size_t at = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > kBytes || size > kBytes - at || alignment > kAlignment)
        return std::pmr::new_delete_resource()->allocate(bytes, std::max(alignment, kAlignment));
    } while (!used_.compare_exchange_weak(at, at + size, std::memory_order_relaxed));
    return room_.data() + at;
  }
  void do_deallocate(void* memory, size_t bytes, size_t alignment) override {
    const std::less<const void*> before;
    if (before(memory, room_.data()) || !before(memory, room_.data() + kBytes))
      std::pmr::new_delete_resource()->deallocate(memory, bytes, std::max(alignment, kAlignment));
  }
  bool do_is_equal(const json::memory_resource& other) const noexcept override {
    return this == &other;
  }

  static constexpr size_t kAlignment = alignof(std::max_align_t);
  alignas(kAlignment) std::array<std::byte, kBytes> room_;
  std::atomic<size_t> used_ = 0;
};

Slot invalid(std::string id, std::string message) {
  return {.message = refuse_envelope(kInvalidRequest, std::move(message)), .id = std::move(id)};
}

Slot read_response(Message message, const json::object& object) {
  message.kind = Message::Kind::response;
  message.result = member(object, "result");
  const json::object* error = object_member(object, "error");
  if (message.result != nullptr && error != nullptr)
    return invalid({}, "a response has either a result or an error");
  if (message.result == nullptr && error == nullptr)
    return invalid({}, "a message has a method, a result or an error");
  return {.message = std::move(message)};
}

Slot read_message(const std::shared_ptr<const json::value>& document, const json::value& value) {
  const json::object* object = value.if_object();
  if (object == nullptr) return invalid({}, "a message is a JSON object");
  Message message;
  message.document = document;
  const json::value* id = member(*object, "id");
  if (id != nullptr) {
    message.id = id_text(*id);
    if (message.id.empty())
      return invalid({}, "id is a string or an integer, of at most 256 bytes");
  }
  const json::string* version = text_member(*object, "jsonrpc");
  if (version == nullptr || *version != "2.0") return invalid(message.id, "jsonrpc is \"2.0\"");

  const json::value* method = member(*object, "method");
  if (method == nullptr) {
    if (id == nullptr) return invalid({}, "a message has a method, or an id that it answers");
    return read_response(std::move(message), *object);
  }
  if (!method->is_string()) return invalid(message.id, "method is a string");
  message.method = method->get_string();
  if (message.method.size() > kMethodBytesMax)
    return invalid(message.id, "method is longer than 128 bytes");
  const json::value* params = member(*object, "params");
  if (params != nullptr && !params->is_object()) return invalid(message.id, "params is an object");
  message.params = params != nullptr ? &params->get_object() : &kNoParams;
  message.kind = id != nullptr ? Message::Kind::request : Message::Kind::notification;
  return {.message = std::move(message)};
}

}  // namespace

std::string id_text(const json::value& value) {
  std::string text;
  JsonWriter writer(text);
  if (const auto integer = json_integer(value))
    writer.integer(*integer);
  else if (value.is_uint64())
    writer.unsigned_integer(value.get_uint64());
  else if (value.is_string())
    writer.string(value.get_string());
  return text.size() <= kIdBytesMax ? text : std::string();
}

namespace {

// The id of what is JSON by its grammar, but not taken for what it holds: its sender waits for an
// answer. Empty where it can't be told.
std::string id_of_refused(std::string_view text) {
  const auto document = JsonView::parse(text);
  if (!document) return {};
  const auto id = parse_json((*document)["id"].text());
  return id ? id_text(*id) : std::string();
}

tl::expected<Incoming, Failure> refuse_text(std::string_view text, const Error& why) {
  auto failure = why.code == Code::invalid_argument
                     ? refuse_envelope(kInvalidRequest, why.message + ": " + why.hint)
                     : refuse_envelope(kParseError, "parse error: " + why.message);
  std::string id = id_of_refused(text);
  if (id.empty()) return failure;
  Incoming refused;
  refused.slots.push_back({.message = std::move(failure), .id = std::move(id)});
  return refused;
}

}  // namespace

tl::expected<Incoming, Failure> parse_incoming(std::string_view text) {
  auto parsed = parse_exact_json(text, json::make_shared_resource<Room>());
  if (!parsed) return refuse_text(text, parsed.error());
  const auto document = std::make_shared<const json::value>(std::move(*parsed));
  Incoming incoming;
  const json::array* batch = document->if_array();
  if (batch == nullptr) {
    incoming.slots.push_back(read_message(document, *document));
    if (auto& message = incoming.slots.front().message) message->bytes = text.size();
    return incoming;
  }
  if (batch->empty()) return refuse_envelope(kInvalidRequest, "an empty batch");
  if (batch->size() > kBatchMax)
    return refuse_envelope(kInvalidRequest, "a batch of more than 100 messages");
  incoming.batch = true;
  incoming.slots.reserve(batch->size());
  for (const json::value& value : *batch) incoming.slots.push_back(read_message(document, value));
  return incoming;
}

const json::value* member(const json::object& object, std::string_view name) {
  return object.if_contains(name);
}

const json::string* text_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->if_string() : nullptr;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr ? value->if_object() : nullptr;
}

std::string error_frame(std::string_view id, const Failure& failure) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().member("jsonrpc", "2.0");
  if (!id.empty()) writer.key("id").raw(id);
  writer.key("error").begin_object();
  writer.member("code", failure.code).member("message", failure.message);
  if (!failure.data.empty()) writer.key("data").raw(failure.data);
  writer.end_object().end_object();
  return out;
}

void open_result_frame(std::string& out, std::string_view id) {
  out.reserve(out.size() + kResultRoom);
  out += R"({"jsonrpc":"2.0","id":)";
  out += id;
  out += R"(,"result":{)";
}

std::string request_frame(int64_t id, std::string_view method, std::string_view params) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().member("jsonrpc", "2.0").member("id", id).member("method", method);
  writer.key("params").raw(params).end_object();
  return out;
}

std::string notification_frame(std::string_view method, std::string_view params) {
  std::string out;
  JsonWriter writer(out);
  writer.begin_object().member("jsonrpc", "2.0").member("method", method);
  writer.key("params").raw(params).end_object();
  return out;
}

}  // namespace dbops::mcp
