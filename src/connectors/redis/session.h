#pragma once

#include <memory>

#include "connectors/redis/catalog.h"
#include "connectors/redis/diagnostics.h"
#include "connectors/redis/key_rules.h"
#include "connectors/redis/loader.h"
#include "connectors/redis/nodes.h"
#include "connectors/redis/queries.h"
#include "connectors/redis/topics.h"
#include "connectors/redis/watcher.h"

namespace dbops::redis {

// A link to a Redis or Valkey server, and to the other nodes of its cluster. Used by one thread at
// a time.
class RedisSession final : public Session {
 public:
  RedisSession(OpenLink open, const Target& target, const ConnectionOptions& options)
      : transport_(open.transport),
        protocol_(open.protocol),
        database_(target.database),
        nodes_(std::move(open), target, options.connect_timeout),
        rules_(options.access),
        queries_(nodes_, rules_, options.tier),
        catalog_(nodes_, rules_),
        diagnostics_(nodes_.seed()),
        loader_(nodes_, rules_, options.tier),
        watcher_(nodes_, protocol_, database_),
        topics_(nodes_) {}

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override { return nodes_.seed().broken(); }
  bool hung_up() const override { return nodes_.seed().hung_up(); }
  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }
  Watcher* watcher() override { return &watcher_; }
  Topics* topics() override { return &topics_; }

  const KeyRules& rules() const { return rules_; }
  Nodes& nodes() { return nodes_; }
  Link& link() { return nodes_.seed(); }
  Tier tier() const { return queries_.tier(); }

 private:
  const std::string transport_;
  const int protocol_;
  const std::string database_;
  Nodes nodes_;
  const KeyRules rules_;
  RedisQueries queries_;
  RedisCatalog catalog_;
  RedisDiagnostics diagnostics_;
  RedisLoader loader_;
  RedisWatcher watcher_;
  RedisTopics topics_;
};

}  // namespace dbops::redis
