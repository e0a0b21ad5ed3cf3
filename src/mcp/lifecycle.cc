// How a conversation begins, in both eras: initialize, server/discover, ping; and logging/setLevel.
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "mcp/server.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr std::chrono::minutes kDiscoverLife{5};

}  // namespace

void Server::add_lifecycle() {
  add({.name = "initialize",
       .modern = false,
       .quick = true,
       .run = [this](Call& call, JsonWriter& result) { return initialize(call, result); }});
  add({.name = "server/discover",
       .legacy = false,
       .quick = true,
       .cache_life = kDiscoverLife,
       .run = [this](Call& call, JsonWriter& result) { return discover(call, result); }});
  add({.name = "ping", .modern = false, .quick = true, .run = [](Call&, JsonWriter&) -> Outcome {
         return std::nullopt;
       }});
  if (!settings_.logging) return;
  add_capability("logging", "{}");
  add({.name = "logging/setLevel",
       .modern = false,
       .quick = true,
       .run = [](Call& call, JsonWriter&) -> Outcome {
         const json::string* text = text_member(call.params(), "level");
         const auto level = text != nullptr ? parse_log_level(*text) : std::optional<LogLevel>();
         if (!level) return refuse(kInvalidParams, "level is debug ... emergency");
         call.client()->set_log_level(*level);
         return std::nullopt;
       }});
}

Outcome Server::initialize(Call& call, JsonWriter& result) {
  const json::string* requested = text_member(call.params(), "protocolVersion");
  if (requested == nullptr) return refuse(kInvalidParams, "protocolVersion is a text");
  // The client's own if it is spoken here, else ours: it disconnects where it can't go on.
  auto revision = parse_revision(*requested);
  if (!revision || is_modern(*revision)) revision = kLegacyLatest;
  const json::object* capabilities = object_member(call.params(), "capabilities");
  if (!call.client()->revision() && (!settings_.changing.empty() || settings_.subscribing))
    subscriptions_.add(call.client_, settings_.changing);
  call.client()->begin(
      *revision, capabilities != nullptr ? read_capabilities(*capabilities) : ClientCapabilities());
  result.member("protocolVersion", name(*revision)).key("capabilities");
  write_capabilities(call, result, false);
  result.key("serverInfo");
  write_server_info(result, has_structure(*revision));
  write_instructions(call, result);
  return std::nullopt;
}

Outcome Server::discover(Call& call, JsonWriter& result) const {
  result.key("supportedVersions").begin_array().string(name(kModernLatest)).end_array();
  result.key("capabilities");
  write_capabilities(call, result, true);
  write_instructions(call, result);
  return std::nullopt;
}

void Server::write_instructions(const Call& call, JsonWriter& result) const {
  if (instructions_) result.member("instructions", instructions_(call.context()));
}

void Server::write_server_info(JsonWriter& out, bool with_title) const {
  out.begin_object().member("name", settings_.name);
  if (with_title && !settings_.title.empty()) out.member("title", settings_.title);
  out.member("version", settings_.version).end_object();
}

// The tasks of legacy revisions are others than those of the extension.
void Server::write_capabilities(const Call& call, JsonWriter& out, bool with_extensions) const {
  out.begin_object();
  for (const auto& [name, capability] : capabilities_)
    out.key(name).raw(capability(call.context()));
  if (!with_extensions && settings_.tasks &&
      has_legacy_tasks(call.client()->revision().value_or(kLegacyLatest)))
    out.key("tasks").raw(R"({"list":{},"cancel":{},"requests":{"tools":{"call":{}}}})");
  if (with_extensions && settings_.tasks) {
    out.key("extensions").begin_object().key(kTasksExtension);
    out.begin_object().end_object().end_object();
  }
  out.end_object();
}

}  // namespace dbops::mcp
