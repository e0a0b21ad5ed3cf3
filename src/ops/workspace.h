// What every operation works with: the connections, the held streams, the confirmations and the
// audit log.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/connections.h"
#include "ops/audit.h"
#include "ops/state.h"

namespace dbops::ops {

class Cursors;        // ops/cursors.h
class Confirmations;  // ops/confirmations.h
class Metrics;        // ops/metrics.h
class Scripts;        // ops/scripts.h
class Tracing;        // ops/tracing.h

struct Settings {
  std::chrono::seconds cursor_life{120};  // how long a held stream waits for its next page
  size_t cursors_max = 64;                // held streams in all; the oldest gives way
  std::chrono::seconds confirmation_life{300};
  std::chrono::seconds result_life{3600};   // how long a kept result can be read
  uint64_t result_bytes_max = 64u << 20;    // bytes of one; its rows end there
  size_t results_max = 20;                  // of one principal; the oldest gives way
  uint64_t results_bytes_total = 1u << 30;  // bytes of all; no more are made then
  bool audit_required = false;              // a call that can't be recorded is refused
  // Where files may be loaded from that an agent names; empty: nowhere.
  std::string load_folder = {};
};

// Thread-safe. Every function of ops/ takes one; the front that owns it outlives them.
class Workspace {
 public:
  // `audit` may be nullptr: nothing is recorded.
  Workspace(Connections connections, Settings settings, std::unique_ptr<Audit> audit,
            SharedState shared = make_own_state());
  ~Workspace();

  // Those of the latest replace(). A reference stays good for ever: a call ends with those it began
  // with.
  const Connections& connections() const { return *current_.load(); }
  // Calls that come from now on work with these. Held streams of the old ones are gone (expired).
  void replace(Connections connections);
  const Settings& settings() const { return settings_; }
  const SharedState& shared() const { return shared_; }
  Audit* audit() { return audit_.get(); }
  Cursors& cursors() { return *cursors_; }
  Confirmations& confirmations() { return *confirmations_; }
  Scripts& scripts() { return *scripts_; }
  Metrics& metrics() { return *metrics_; }
  // Off until it is configured.
  Tracing& tracing() { return *tracing_; }
  // Closes what is too old: idle sessions, held streams. Called about once a second by a front that
  // runs long.
  void trim();

 private:
  // Every one there was: what runs may still hold on to an old one.
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<const Connections>> generations_;
  std::atomic<const Connections*> current_;
  Settings settings_;
  std::unique_ptr<Audit> audit_;
  const SharedState shared_;
  std::unique_ptr<Cursors> cursors_;
  std::unique_ptr<Confirmations> confirmations_;
  std::unique_ptr<Scripts> scripts_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Tracing> tracing_;
};

}  // namespace dbops::ops
