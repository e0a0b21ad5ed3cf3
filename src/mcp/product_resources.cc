// Schema documents: what explore says in full, by its address.
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <charconv>

#include "core/policy.h"
#include "mcp/export.h"
#include "mcp/product_offers.h"
#include "mcp/tools.h"
#include "ops/call.h"
#include "ops/explore.h"
#include "ops/results.h"

namespace dbops::mcp {
namespace {

constexpr std::string_view kScheme = "dbops://";
constexpr std::string_view kType = "text/markdown";
constexpr std::chrono::seconds kSchemaLife{10};  // how long a client may keep a document

// The text is escaped line by line and none of its lines begins with a fence: it can't leave it.
std::string document(const std::string& connection, const std::string& path,
                     const ops::Exploration& found) {
  std::string text = "# " + connection;
  if (!path.empty()) text += ": " + format_path(found.path);
  return text + "\n\n```\n" + ops::explore_text(found) + "```\n";
}

ReadOutcome read(ops::Workspace& workspace, Call& call, const std::string& connection,
                 const std::string& path) {
  const std::string uri(*text_member(call.params(), "uri"));
  const auto found =
      ops::explore(workspace, call.context(),
                   {.connection = connection, .path = path, .detail = ops::Detail::full});
  if (found)
    return std::vector{ResourceContents{
        .uri = uri, .mime_type = std::string(kType), .data = document(connection, path, *found)}};
  const Error& error = found.error();
  if (!lies_in_request(error.code)) return failure_of(error);
  return resource_not_found(call, uri,
                            error.hint.empty() ? error.message : error.message + "; " + error.hint);
}

// A page of a result that query has kept.
ReadOutcome read_page(ops::Workspace& workspace, Call& call, const Variables& variables) {
  const std::string uri(*text_member(call.params(), "uri"));
  const std::string_view digits = value_of(variables, "page");
  uint64_t page = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), page);
  if (failed != std::errc() || end != digits.data() + digits.size())
    return resource_not_found(call, uri, "a page is a number");
  const std::string_view name = value_of(variables, "name");
  auto found = ops::read_result(workspace, call.context(), name, page);
  if (!found && found.error().code == Code::not_found)
    return resource_not_found(call, uri, found.error().message + "; " + found.error().hint);
  if (!found) return failure_of(found.error());
  return std::vector{
      ResourceContents{.uri = uri,
                       .mime_type = std::string(mime_type_of(name)),
                       .data = std::move(found->text),
                       .next = page < found->pages ? result_uri(name, page + 1) : std::string()}};
}

// A document of each connection that exists for the caller.
std::vector<Resource> roots(ops::Workspace& workspace, const Context& context) {
  std::vector<Resource> resources;
  for (const auto& connection : ops::visible_connections(workspace, context)) {
    const std::string& name = connection->name();
    const auto tier = effective_tier(context, connection->options());
    resources.push_back(
        {.uri = std::string(kScheme) + name + "/",
         .name = name,
         .title = "What is in " + name,
         .description = std::string(connection->connector().name()) + ", tier " +
                        std::string(dbops::name(tier.value_or(Tier::read))),
         .mime_type = std::string(kType),
         .read = [&workspace, name](Call& reading) { return read(workspace, reading, name, {}); }});
  }
  return resources;
}

}  // namespace

ResourceLists product_resources(ops::Workspace& workspace) {
  ResourceLists lists{
      .resources = [&workspace](const Context& context) { return roots(workspace, context); },
      .templates = {},
      .read_life = kSchemaLife};
  lists.templates.push_back(
      {.uri_template = std::string(kSchemaTemplate),
       .name = "schema",
       .title = "Schema document",
       .description = "A schema, table, view or function in full: columns, keys, indexes, "
                      "definition. path as explore takes it.",
       .mime_type = std::string(kType),
       .read =
           [&workspace](Call& call, const Variables& variables) {
             return read(workspace, call, std::string(value_of(variables, "connection")),
                         std::string(value_of(variables, "path")));
           },
       .completers = {{"connection", connection_completer(workspace)},
                      {"path", path_completer(workspace)}}});
  lists.templates.push_back(
      {.uri_template = "result://{name}/{page}",
       .name = "result",
       .title = "Kept result",
       .description = "A page of what query has exported, for who did; _meta names the next.",
       .read = [&workspace](Call& call, const Variables& variables) {
         return read_page(workspace, call, variables);
       }});
  return lists;
}

}  // namespace dbops::mcp
