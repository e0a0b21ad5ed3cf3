#include "ops/workspace.h"

#include <utility>

#include "ops/confirmations.h"
#include "ops/cursors.h"
#include "ops/metrics.h"
#include "ops/scripts.h"

namespace dbops::ops {

Workspace::Workspace(Connections connections, Settings settings, std::unique_ptr<Audit> audit)
    : connections_(std::move(connections)),
      settings_(settings),
      audit_(std::move(audit)),
      cursors_(std::make_unique<Cursors>(settings.cursors_max, settings.cursor_life)),
      confirmations_(std::make_unique<Confirmations>(settings.confirmation_life)),
      scripts_(std::make_unique<Scripts>()),
      metrics_(std::make_unique<Metrics>()) {}

// The held streams go before the connections whose sessions they have: members die in reverse.
Workspace::~Workspace() = default;

void Workspace::trim() {
  cursors_->trim();
  for (const auto& connection : connections_.all()) connection->pool().trim();
}

}  // namespace dbops::ops
