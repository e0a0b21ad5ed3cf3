#include "mcp/product_watches.h"

#include <algorithm>

#include "core/policy.h"
#include "mcp/product_offers.h"
#include "mcp/tools.h"
#include "ops/call.h"

namespace dbops::mcp {
namespace {

using Path = std::vector<std::string>;

struct Document {
  std::string connection;
  Path path;
};

std::optional<Document> read_document(std::string_view uri) {
  const auto variables = match_template(kSchemaTemplate, uri);
  if (!variables) return std::nullopt;
  auto path = parse_path(value_of(*variables, "path"));
  if (!path) return std::nullopt;
  return Document{.connection = std::string(value_of(*variables, "connection")),
                  .path = std::move(*path)};
}

Result<std::shared_ptr<Connection>> find(const ops::Workspace& workspace, const Context& context,
                                         const std::string& name) {
  return workspace.connections().find(name, [&](const ConnectionOptions& options) {
    return effective_tier(context, options).has_value();
  });
}

Access access_of(const Context& context, const Connection& connection) {
  return connection.options().access.with(effective_access(context, connection.options()));
}

Result<void> begin(ops::Workspace& workspace, ops::Watches& watches, const Context& context,
                   const Document& document) {
  DBOPS_ASSIGN(const auto connection, find(workspace, context, document.connection));
  if (!connection->connector().watches())
    return fail(ops::no_capability(*connection, "subscriptions"));
  const Path& path = document.path;
  const Access access = access_of(context, *connection);
  if (!access.operation("explore") || !judge_tool(connection->options(), "explore") ||
      !connection->connector().shows(access, path))
    return fail(Code::forbidden, "the policy of this connection does not show this document",
                "explore without a path lists what may be seen");
  return watches.begin(context, connection->name());
}

bool concerns(const ops::Workspace& workspace, const std::string& connection,
              const std::vector<Watcher::Place>& places, std::string_view uri,
              const Caller& caller) {
  const auto document = read_document(uri);
  if (!document || document->connection != connection) return false;
  Context context;
  context.tier = Tier::admin;  // As of a call: the connection and the grants narrow it.
  context.principal = caller.principal;
  context.grants = caller.grants;
  const auto found = find(workspace, context, connection);
  if (!found) return false;
  const Access access = access_of(context, **found);
  return is_about(document->path, places, [&](std::span<const std::string> path) {
    return (*found)->connector().shows(access, path);
  });
}

bool is_about(const Path& path, const Watcher::Place& place, const Shown& shown) {
  if (!shown(path) || !shown(place)) return false;
  if (place.empty() || path.empty()) return true;
  // A schema, or a table in any schema.
  if (path.size() == 1 && (place.size() == 1 || path[0] == place[1])) return true;
  return std::equal(path.begin(), path.begin() + std::min(path.size(), place.size()),
                    place.begin());
}

}  // namespace

bool is_about(const Path& path, const std::vector<Watcher::Place>& places, const Shown& shown) {
  return std::any_of(places.begin(), places.end(),
                     [&](const Watcher::Place& place) { return is_about(path, place, shown); });
}

std::shared_ptr<ops::Watches> watch_documents(Server& server, ops::Workspace& workspace) {
  return std::make_shared<ops::Watches>(
      workspace, [&server, &workspace](const std::string& connection,
                                       const std::vector<Watcher::Place>& places) {
        server.announce_resources([&](std::string_view uri, const Caller& caller) {
          return concerns(workspace, connection, places, uri, caller);
        });
      });
}

Watching watching_of(ops::Workspace& workspace, ops::Watches& watches) {
  return {.any =
              [&workspace](const Context& context) {
                const auto all = ops::visible_connections(workspace, context);
                return std::any_of(all.begin(), all.end(), [](const auto& connection) {
                  return connection->connector().watches();
                });
              },
          .begin = [&workspace, &watches](const Context& context,
                                          std::string_view uri) -> tl::expected<void, Failure> {
            const auto document = read_document(uri);
            if (!document)
              return refuse(kInvalidParams,
                            "only schema documents (dbops://CONNECTION/PATH) and topics "
                            "(topic://CONNECTION/NAME) can be subscribed to");
            if (const auto begun = mcp::begin(workspace, watches, context, *document); !begun)
              return tl::unexpected(failure_of(begun.error()));
            return {};
          }};
}

void retain_watches(ops::Watches& watches, const Server& server) {
  std::set<std::string> connections;
  for (const auto& [uri, principal] : server.subscribed())
    if (const auto document = read_document(uri)) connections.insert(document->connection);
  watches.retain(connections);
}

}  // namespace dbops::mcp
