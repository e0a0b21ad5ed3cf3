#include <algorithm>

#include "core/dialect.h"
#include "mcp/product_offers.h"
#include "mcp/tools.h"
#include "ops/call.h"
#include "ops/explore.h"

namespace dbops::mcp {
namespace {

using Names = tl::expected<std::vector<std::string>, Failure>;

// What stands before the last dot outside quotes.
std::string_view parent_of(std::string_view path) {
  size_t dot = 0;
  bool quoted = false;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '"') quoted = !quoted;
    if (path[i] == '.' && !quoted) dot = i;
  }
  return path.substr(0, dot);
}

// What stands behind it, bare.
std::string name_of(std::string_view path) {
  const std::string_view parent = parent_of(path);
  std::string name(path.substr(parent.empty() ? 0 : parent.size() + 1));
  std::erase(name, '"');
  return name;
}

struct Paths {
  std::vector<std::string> all;
  bool truncated = false;
};

// What can be a resource of its own.
bool is_describable(const Item& item) { return item.kind != "column" && item.kind != "index"; }

Result<Paths> paths_in(ops::Workspace& workspace, const Context& context,
                       ops::ExploreRequest request) {
  request.detail = ops::Detail::names;
  request.limit = ops::kExploreItemsMax;
  DBOPS_ASSIGN(const auto found, ops::explore(workspace, context, std::move(request)));
  Paths paths{.all = {}, .truncated = found.truncated};
  for (const Item& item : found.items)
    if (is_describable(item)) paths.all.push_back(format_path(item.path));
  return paths;
}

// What stands beside the name being typed; where none of it fits, whatever is called so anywhere.
Names complete_path(ops::Workspace& workspace, const Context& context, std::string_view typed,
                    const std::string& connection) {
  const std::string parent(parent_of(typed));
  const std::string name = name_of(typed);
  auto beside = paths_in(workspace, context, {.connection = connection, .path = parent});
  if (beside && beside->truncated && !name.empty())
    beside =
        paths_in(workspace, context, {.connection = connection, .path = parent, .pattern = name});
  // A path that leads nowhere is only half typed.
  if (!beside && beside.error().code != Code::not_found &&
      beside.error().code != Code::invalid_argument)
    return tl::unexpected(failure_of(beside.error()));
  std::vector<std::string> fitting;
  if (beside) fitting = matching(beside->all, typed);
  if (!fitting.empty() || typed.empty()) return fitting;
  auto anywhere =
      paths_in(workspace, context, {.connection = connection, .pattern = std::string(typed)});
  if (anywhere) return std::move(anywhere->all);
  if (anywhere.error().code == Code::not_found || anywhere.error().code == Code::invalid_argument)
    return fitting;
  return tl::unexpected(failure_of(anywhere.error()));
}

}  // namespace

Completer connection_completer(ops::Workspace& workspace) {
  return [&workspace](Call& call, std::string_view typed, const Variables&) -> Names {
    std::vector<std::string> names;
    for (const auto& connection : ops::visible_connections(workspace, call.context()))
      names.push_back(connection->name());
    return matching(names, typed);
  };
}

Completer path_completer(ops::Workspace& workspace) {
  return [&workspace](Call& call, std::string_view typed, const Variables& others) -> Names {
    const std::string connection(value_of(others, "connection"));
    if (connection.empty()) return std::vector<std::string>();
    return complete_path(workspace, call.context(), typed, connection);
  };
}

}  // namespace dbops::mcp
