#include "ops/workspace.h"

#include <utility>

#include "ops/confirmations.h"
#include "ops/cursors.h"
#include "ops/metrics.h"
#include "ops/scripts.h"
#include "ops/tracing.h"

namespace dbops::ops {

Workspace::Workspace(Connections connections, Settings settings, std::unique_ptr<Audit> audit,
                     SharedState shared)
    : settings_(std::move(settings)),
      audit_(std::move(audit)),
      shared_(std::move(shared)),
      cursors_(std::make_unique<Cursors>(settings_.cursors_max, settings_.cursor_life)),
      confirmations_(std::make_unique<Confirmations>(settings_.confirmation_life, shared_)),
      scripts_(std::make_unique<Scripts>()),
      metrics_(std::make_unique<Metrics>()),
      tracing_(std::make_unique<Tracing>()) {
  replace(std::move(connections));
}

// The held streams go before the connections whose sessions they have: members die in reverse.
Workspace::~Workspace() = default;

void Workspace::replace(Connections connections) {
  std::lock_guard lock(mutex_);
  generations_.push_back(std::make_unique<const Connections>(std::move(connections)));
  current_ = generations_.back().get();
}

void Workspace::trim() {
  cursors_->trim();
  std::lock_guard lock(mutex_);
  for (const auto& generation : generations_)
    for (const auto& connection : generation->all()) connection->trim();
}

}  // namespace dbops::ops
