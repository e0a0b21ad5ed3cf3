// What the members of a replica set have shown this process, so that whichever of them is read from
// next shows no less (MongoDB's driver specification "Causal Consistency").
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "connectors/mongodb/bson.h"

namespace dbops::mongodb {

// A time of a set's log; BSON's own.
struct LogTime {
  uint32_t seconds = 0;
  uint32_t increment = 0;
  friend auto operator<=>(const LogTime&, const LogTime&) = default;  // NOLINT
};

// Of one set, for all links to it. Thread-safe.
class Causal {
 public:
  static constexpr size_t kSetsMax = 256;  // that are remembered; of more the ones used last

  // That of the set of this name that has one of these hosts ("host:port").
  static std::shared_ptr<Causal> of(const std::string& set, std::span<const std::string> hosts);

  // Takes note of a reply. `member`: who sent it.
  void note(const bson_t& reply, const std::string& member);
  struct Wanted {
    LogTime time;
    Bson cluster_time;  // As a server signed it; empty: none did.
  };
  // What a read by `member` has to wait for. nullopt: nothing, since what was seen last was seen
  // there, or nothing was. An empty `member` always waits: it stands for several.
  std::optional<Wanted> wanted_of(const std::string& member) const;

 private:
  mutable std::mutex mutex_;
  LogTime seen_;
  std::string member_;  // That showed it.
  LogTime clock_;
  Bson cluster_time_;
};

// The command with that time in its read concern: its own, or else one of `level` (empty: the
// server's default). nullopt: its own says already when it reads, or has a level for which a server
// takes no time.
std::optional<Bson> after(const bson_t& command, LogTime time, const std::string& level);

}  // namespace dbops::mongodb
