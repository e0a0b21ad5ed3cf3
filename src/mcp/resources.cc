#include "mcp/resources.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <memory>

#include "base/text.h"
#include "mcp/paging.h"

namespace dbops::mcp {
namespace {

namespace json = boost::json;

constexpr int kLegacyNotFound = -32002;  // Up to 2025-11-25; later it is kInvalidParams.
constexpr size_t kShownBytes = 200;      // of what a message quotes back

using Shared = std::shared_ptr<const ResourceLists>;

template <class Declared>
void write_declared(const Declared& declared, std::string_view uri_key, std::string_view uri,
                    Revision revision, JsonWriter& out) {
  out.begin_object().member(uri_key, uri).member("name", declared.name);
  if (has_structure(revision) && !declared.title.empty()) out.member("title", declared.title);
  if (!declared.description.empty()) out.member("description", declared.description);
  if (!declared.mime_type.empty()) out.member("mimeType", declared.mime_type);
  if constexpr (std::is_same_v<Declared, Resource>)
    if (declared.size) out.member("size", *declared.size);
  out.end_object();
}

tl::expected<std::string_view, Failure> read_uri(const Call& call) {
  const json::string* uri = text_member(call.params(), "uri");
  if (uri == nullptr || uri->empty() || uri->size() > kUriBytesMax)
    return refuse(kInvalidParams, "params.uri is a URI of at most 8 KiB");
  return std::string_view(*uri);
}

ReadOutcome read_one(const ResourceLists& lists, Call& call, std::string_view uri) {
  for (const Resource& resource : lists.resources(call.context()))
    if (resource.uri == uri) return resource.read(call);
  for (const ResourceTemplate& declared : lists.templates)
    if (const auto variables = match_template(declared.uri_template, uri))
      return declared.read(call, *variables);
  return resource_not_found(call, uri);
}

Outcome read(const ResourceLists& lists, Call& call, JsonWriter& result) {
  const auto uri = read_uri(call);
  if (!uri) return tl::unexpected(uri.error());
  ReadOutcome outcome = read_one(lists, call, *uri);
  if (auto* failure = std::get_if<Failure>(&outcome)) return tl::unexpected(std::move(*failure));
  if (auto* questions = std::get_if<Questions>(&outcome)) return std::move(*questions);
  result.key("contents").begin_array();
  for (const ResourceContents& contents : std::get<std::vector<ResourceContents>>(outcome))
    write_contents(contents, result);
  result.end_array();
  return std::nullopt;
}

Outcome subscribe(const Server& server, Call& call) {
  const auto uri = read_uri(call);
  if (!uri) return tl::unexpected(uri.error());
  if (auto watched = server.watch(call.context(), *uri); !watched)
    return tl::unexpected(std::move(watched.error()));
  if (!server.has_room(call.context().principal, 1) || !call.client()->watch(*uri))
    return refuse(kInvalidParams, "too many resources are subscribed to: end some of them first");
  return std::nullopt;
}

void add_subscribing(Server& server) {
  server.add({.name = "resources/subscribe",
              .modern = false,
              .run = [&server](Call& call, JsonWriter&) { return subscribe(server, call); }});
  server.add({.name = "resources/unsubscribe",
              .modern = false,
              .quick = true,
              .run = [](Call& call, JsonWriter&) -> Outcome {
                const auto uri = read_uri(call);
                if (!uri) return tl::unexpected(uri.error());
                call.client()->unwatch(*uri);
                return std::nullopt;
              }});
}

std::string capability(const ServerSettings& settings, const Watching& watching,
                       const Context& context) {
  std::string json;
  JsonWriter writer(json);
  writer.begin_object();
  if (settings.subscribing && (!watching.any || watching.any(context)))
    writer.member("subscribe", true);
  if (settings.changing.contains(List::resources)) writer.member("listChanged", true);
  writer.end_object();
  return json;
}

}  // namespace

void add_resources(Server& server, ResourceLists lists, Completions& completions) {
  for (const ResourceTemplate& declared : lists.templates)
    for (const std::string& variable : variables_of(declared.uri_template)) {
      const auto found = declared.completers.find(variable);
      completions.add_template(declared.uri_template, variable,
                               found != declared.completers.end() ? found->second : Completer());
    }
  const Shared shared = std::make_shared<const ResourceLists>(std::move(lists));
  server.add(
      {.name = "resources/list",
       .quick = true,
       .cache_life = kListsLife,
       .run = [shared](Call& call, JsonWriter& out) {
         const std::vector<Resource> all = shared->resources(call.context());
         return write_page(
             call, "resources", all.size(),
             [&](size_t i) { write_declared(all[i], "uri", all[i].uri, call.revision(), out); },
             out);
       }});
  server.add({.name = "resources/templates/list",
              .quick = true,
              .cache_life = kListsLife,
              .run = [shared](Call& call, JsonWriter& out) {
                const auto& all = shared->templates;
                return write_page(
                    call, "resourceTemplates", all.size(),
                    [&](size_t i) {
                      write_declared(all[i], "uriTemplate", all[i].uri_template, call.revision(),
                                     out);
                    },
                    out);
              }});
  server.add({.name = "resources/read",
              .asks = true,
              .cache_life = shared->read_life,
              .run = [shared](Call& call, JsonWriter& out) { return read(*shared, call, out); }});
  server.set_shown(List::resources, [shared](const Context& context, JsonWriter& out) {
    out.begin_array();
    for (const Resource& resource : shared->resources(context))
      write_declared(resource, "uri", resource.uri, kModernLatest, out);
    out.end_array();
  });
  server.add_capability("resources", [&server, shared](const Context& context) {
    return capability(server.settings(), shared->watching, context);
  });
  if (!server.settings().subscribing) return;
  server.set_watch(shared->watching.begin);
  add_subscribing(server);
}

Failure resource_not_found(const Call& call, std::string_view uri, std::string_view why) {
  std::string data;
  JsonWriter(data).begin_object().member("uri", uri).end_object();
  std::string message = "no resource \"" + escape_control(shorten(uri, kShownBytes)) + "\" here";
  if (!why.empty()) message.append(": ").append(why);
  return {.code = is_modern(call.revision()) ? int{kInvalidParams} : kLegacyNotFound,
          .message = std::move(message),
          .data = std::move(data)};
}

}  // namespace dbops::mcp
