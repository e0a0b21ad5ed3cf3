#include "mcp/envelope.h"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/text.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};

constexpr size_t kShownBytes = 64;  // of what a message quotes back

const json::object* meta_of(const Message& message) {
  return message.params != nullptr ? object_member(*message.params, "_meta") : nullptr;
}

Failure unsupported_version(std::string_view requested) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object().key("supported").begin_array();
  writer.string(name(kModernLatest)).end_array();
  writer.member("requested", requested).end_object();
  return {.code = kUnsupportedVersion,
          .message = "unsupported protocol version \"" +
                     escape_control(shorten(requested, kShownBytes)) + "\"",
          .data = std::move(data),
          .envelope = true};
}

}  // namespace

std::string_view name(LogLevel level) noexcept { return kLevels[static_cast<size_t>(level)]; }

std::optional<LogLevel> parse_log_level(std::string_view text) noexcept {
  for (size_t i = 0; i < kLevels.size(); ++i)
    if (text == kLevels[i]) return static_cast<LogLevel>(i);
  return std::nullopt;
}

ClientCapabilities read_capabilities(const json::object& declared) {
  ClientCapabilities capabilities;
  if (const json::object* elicitation = object_member(declared, "elicitation")) {
    capabilities.elicitation_url = object_member(*elicitation, "url") != nullptr;
    // {} is how revisions before the URL mode declared forms.
    capabilities.elicitation_form =
        object_member(*elicitation, "form") != nullptr || !capabilities.elicitation_url;
  }
  capabilities.sampling = object_member(declared, "sampling") != nullptr;
  capabilities.roots = object_member(declared, "roots") != nullptr;
  if (const json::object* extensions = object_member(declared, "extensions")) {
    for (const auto& extension : *extensions) {
      if (capabilities.extensions.size() == kExtensionsMax) break;
      capabilities.extensions.emplace_back(extension.key());
    }
  }
  return capabilities;
}

std::optional<std::string_view> claimed_version(const Message& message) {
  const json::object* meta = meta_of(message);
  if (meta == nullptr) return std::nullopt;
  const json::value* version = member(*meta, kVersionKey);
  if (version == nullptr) return std::nullopt;
  // One that is no text is a claim all the same: the reader of the envelope refuses it.
  return version->is_string() ? std::string_view(version->get_string()) : std::string_view();
}

bool has_modern_envelope(const Message& message) {
  const json::object* meta = meta_of(message);
  if (meta == nullptr) return false;
  const json::string* version = text_member(*meta, kVersionKey);
  if (version == nullptr || object_member(*meta, kCapabilitiesKey) == nullptr) return false;
  const auto revision = parse_revision(*version);
  return revision && is_modern(*revision);
}

tl::expected<Envelope, Failure> read_modern_envelope(const Message& message) {
  const json::object* meta = meta_of(message);
  if (meta == nullptr) return tl::unexpected(missing_envelope(message));
  const json::string* version = text_member(*meta, kVersionKey);
  if (version == nullptr) return tl::unexpected(missing_envelope(message));
  // A notification carries no capabilities: nothing is asked of the client on its behalf.
  const json::object* capabilities = object_member(*meta, kCapabilitiesKey);
  if (capabilities == nullptr && message.kind == Message::Kind::request)
    return tl::unexpected(missing_envelope(message));
  const auto revision = parse_revision(*version);
  if (!revision || !is_modern(*revision)) return tl::unexpected(unsupported_version(*version));

  Envelope envelope{.revision = *revision,
                    .client = {},
                    .log_level = std::nullopt,
                    .progress_token = read_progress_token(message)};
  if (capabilities != nullptr) envelope.client = read_capabilities(*capabilities);
  if (const json::value* level = member(*meta, kLogLevelKey)) {
    envelope.log_level =
        level->is_string() ? parse_log_level(level->get_string()) : std::optional<LogLevel>();
    if (!envelope.log_level)
      return refuse(kInvalidParams, std::string(kLogLevelKey) + " is debug ... emergency");
  }
  return envelope;
}

Failure missing_envelope(const Message& message) {
  const json::object* meta = meta_of(message);
  std::string missing;
  if (meta == nullptr || text_member(*meta, kVersionKey) == nullptr) missing = kVersionKey;
  if (meta == nullptr || object_member(*meta, kCapabilitiesKey) == nullptr) {
    if (!missing.empty()) missing += " and ";
    missing += kCapabilitiesKey;
  }
  return {.code = kInvalidParams,
          .message = "params._meta lacks " + missing,
          .data = {},
          .envelope = true};
}

Failure missing_capability(std::string_view capability) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object().key("requiredCapabilities").begin_object().key(capability);
  writer.begin_object().end_object().end_object().end_object();
  return {.code = kMissingCapability,
          .message = "this needs a client with the capability " + std::string(capability),
          .data = std::move(data),
          .envelope = true};
}

Failure missing_extension(std::string_view extension) {
  std::string data;
  JsonWriter writer(data);
  writer.begin_object().key("requiredCapabilities").begin_object().key("extensions").begin_object();
  writer.key(extension).begin_object().end_object();
  writer.end_object().end_object().end_object();
  return {.code = kMissingCapability,
          .message = "this needs a client with the extension " + std::string(extension),
          .data = std::move(data),
          .envelope = true};
}

std::string read_progress_token(const Message& message) {
  const json::object* meta = meta_of(message);
  const json::value* token = meta != nullptr ? member(*meta, "progressToken") : nullptr;
  return token != nullptr ? id_text(*token) : std::string();
}

}  // namespace dbops::mcp
