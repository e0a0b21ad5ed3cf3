// Subscriptions to schema documents: who may have one, and which of them a change is about.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mcp/resources.h"
#include "ops/watches.h"

namespace dbops::mcp {

// Announces on this server what changed. Both must outlive it.
std::shared_ptr<ops::Watches> watch_documents(Server& server, ops::Workspace& workspace);
// All must outlive it.
Watching watching_of(ops::Workspace& workspace, ops::Watches& watches);
// Ends the watches that nobody is subscribed to any more.
void retain_watches(ops::Watches& watches, const Server& server);

// Whether the document of that path may read otherwise once something changed at one of the places,
// as far as both may be told of.
using Shown = std::function<bool(std::span<const std::string> path)>;
bool is_about(const std::vector<std::string>& path, const std::vector<Watcher::Place>& places,
              const Shown& shown);

}  // namespace dbops::mcp
