#include "mcp/product.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "core/policy.h"
#include "mcp/product_offers.h"
#include "mcp/product_tools.h"
#include "mcp/product_topics.h"
#include "mcp/product_watches.h"
#include "ops/call.h"

namespace dbops::mcp {
namespace {

constexpr size_t kConnectionsShown = 20;    // in the instructions; list_connections shows all
constexpr size_t kInstructionsRoom = 1024;  // bytes; most need no more

// What a model is told before its first call. Short: clients put it into every conversation.
std::string instructions(const ops::Workspace& workspace, const Context& context) {
  std::string text;
  text.reserve(kInstructionsRoom);
  text += "dbops operates databases. Connections (engine, tier):\n";
  const auto all = ops::visible_connections(workspace, context);
  for (size_t i = 0; i < all.size() && i < kConnectionsShown; ++i) {
    const ConnectionOptions& options = all[i]->options();
    text.append("- ").append(options.name).append(" (").append(all[i]->connector().name());
    text.append(", ").append(name(effective_tier(context, options).value_or(Tier::read)));
    text += ")\n";
  }
  if (all.size() > kConnectionsShown)
    text += "- and " + format_count(static_cast<int64_t>(all.size() - kConnectionsShown)) +
            " more: list_connections\n";
  if (all.empty()) text += "- none is configured\n";
  text +=
      "Rules:\n"
      "1. explore before you write a statement: do not guess names.\n"
      "2. query reads; execute writes, and only where the tier is write or admin.\n"
      "3. Put values into params, not into the statement.\n"
      "4. truncated means there is more: continue with cursor, or ask for less.\n"
      "5. An error's hint is the next step. Never confirm for the person.\n";
  return text;
}

Tier top_tier(const ops::Workspace& workspace, const Context& context) {
  Tier top = Tier::read;
  for (const auto& connection : ops::visible_connections(workspace, context))
    top = std::max(top, effective_tier(context, connection->options()).value_or(top));
  return top;
}

}  // namespace

std::vector<Tool> product_tools(ops::Workspace& workspace) {
  return {list_connections_tool(workspace),
          explore_tool(workspace),
          query_tool(workspace),
          execute_tool(workspace),
          explain_tool(workspace),
          diagnose_tool(workspace),
          operations_tool(workspace),
          operate_tool(workspace),
          load_tool(workspace),
          search_tool(workspace)};
}

std::unique_ptr<Server> make_product_server(ops::Workspace& workspace,
                                            const ServerSettings& settings) {
  ServerSettings own = settings;
  if (own.seal_key.empty()) own.seal_key = workspace.shared().key;
  own.tasks = true;
  own.changing.insert({List::tools, List::resources});
  own.subscribing = true;
  own.state = workspace.shared().state;
  own.tracing = &workspace.tracing();
  auto server = std::make_unique<Server>(std::move(own));
  add_tools(*server, product_tools(workspace),
            [&workspace](const Context& context) { return top_tier(workspace, context); });
  Completions completions;
  const auto watches = watch_documents(*server, workspace);
  const auto topics = watch_topics(*server, workspace);
  server->keep(watches);
  server->keep(topics);
  ResourceLists resources = product_resources(workspace);
  resources.templates.push_back(topic_template(workspace, *topics));
  resources.watching = with_topics(workspace, *topics, watching_of(workspace, *watches));
  add_resources(*server, std::move(resources), completions);
  add_prompts(*server, product_prompts(workspace), completions);
  add_completions(*server, std::move(completions));
  server->set_instructions(
      [&workspace](const Context& context) { return instructions(workspace, context); });
  server->set_housekeeping([&workspace] { workspace.trim(); });
  server->set_chores([&workspace, &watches = *watches, &topics = *topics, &all = *server] {
    retain_watches(watches, all);
    retain_topics(topics, all);
    if (const auto trimmed = workspace.shared().state->trim(); !trimmed)
      log::warning(trimmed.error().message);
  });
  return server;
}

}  // namespace dbops::mcp
