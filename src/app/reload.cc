#include "app/reload.h"

#include <sys/stat.h>

#include <utility>

#include "app/config_file.h"
#include "base/log.h"
#include "base/text.h"
#include "ops/tracing.h"

namespace dbops::app {
namespace {

// Of a file that is missing: nothing, so that it is noticed when it comes back.
std::string state_of(const std::string& file) {
  struct stat found {};
  if (stat(file.c_str(), &found) != 0) return {};
  return std::to_string(found.st_ino) + ' ' + std::to_string(found.st_size) + ' ' +
         std::to_string(found.st_mtim.tv_sec) + ' ' + std::to_string(found.st_mtim.tv_nsec);
}

constexpr std::string_view kUnchanged = "the configuration was not changed: the one before holds";

void refuse(const Error& error) {
  log::error(escape_control(error.message));
  log::error(kUnchanged);
}

}  // namespace

Reloader::Reloader(ops::Workspace& workspace, std::string file, Wanted wanted, Hooks hooks)
    : workspace_(workspace),
      file_(std::move(file)),
      wanted_(std::move(wanted)),
      hooks_(std::move(hooks)),
      seen_(state_of(file_)) {
  thread_ = std::thread([this] { watch(); });
}

Reloader::~Reloader() {
  {
    std::lock_guard lock(mutex_);
    end_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

void Reloader::watch() {
  std::unique_lock lock(mutex_);
  while (!end_) {
    woken_.wait_for(lock, kLookEvery, [this] { return end_ || asked_; });
    if (end_) break;
    const std::string now = state_of(file_);
    const bool changed = now != seen_ && !now.empty();
    if (!std::exchange(asked_, false) && !changed) continue;
    seen_ = now;
    reload();
  }
}

void Reloader::ask() {
  {
    std::lock_guard lock(mutex_);
    asked_ = true;
  }
  woken_.notify_all();
}

void Reloader::reload() {
  const auto config = load_config(file_);
  if (!config) {
    for (const Problem& problem : config.error().problems)
      log::error(format_problem(config.error().file, problem));
    return log::error(kUnchanged);
  }
  auto connections = make_connections(*config, wanted_);
  if (!connections) return refuse(connections.error());
  auto tracing = tracing_settings(config->tracing);
  if (!tracing) return refuse(tracing.error());
  // Tokens first: one that was taken back must not meet the new connections.
  if (auto replaced = hooks_.callers ? hooks_.callers(*config) : Result<void>(); !replaced)
    return refuse(replaced.error());
  workspace_.replace(std::move(*connections));
  log::warning("the connections are those that " + escape_control(file_) + " says now" +
               (hooks_.callers ? ", and so is who may call" : ""));
  hooks_.changed();
  // Last: what waits for the collector of before is sent first.
  workspace_.tracing().configure(std::move(*tracing));
}

}  // namespace dbops::app
