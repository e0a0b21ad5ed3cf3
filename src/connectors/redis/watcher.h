#pragma once

#include "connectors/redis/nodes.h"
#include "core/access.h"
#include "core/watcher.h"

namespace dbops::redis {

// Hears which keys change, by the server's keyspace notifications, where they are switched on; of a
// cluster, at each of its primaries. The session's links are good for nothing else afterwards.
class RedisWatcher final : public Watcher {
 public:
  static constexpr size_t kPlacesMax = 1000;       // that one next() answers; more: anywhere
  static constexpr size_t kEventsMax = 1'000'000;  // heard for one next()

  RedisWatcher(Nodes& nodes, int protocol, const std::string& database)
      : nodes_(nodes), protocol_(protocol), prefix_("__keyspace@" + database + "__:") {}
  Result<void> begin(const Context& context) override;
  Result<std::vector<Place>> next(const Context& context) override;

 private:
  Result<void> begin_at(const Context& context, Link& link) const;

  Nodes& nodes_;
  const int protocol_;
  const std::string prefix_;
  std::vector<Link*> links_;  // That listen.
};

// Where a key stands: user:7 in {"user", "7"}.
Watcher::Place place_of_key(std::string_view key);
// Whether the rules allow the key that stands there.
bool shows_place(const Access& access, std::span<const std::string> place);
// Of the setting notify-keyspace-events: "AKE".
bool tells_of_keys(std::string_view events);

}  // namespace dbops::redis
