#pragma once

#include <memory>

#include "connectors/redis/catalog.h"
#include "connectors/redis/diagnostics.h"
#include "connectors/redis/loader.h"
#include "connectors/redis/queries.h"
#include "connectors/redis/target.h"

namespace dbops::redis {

// One link to a Redis or Valkey server. Used by one thread at a time.
class RedisSession final : public Session {
 public:
  RedisSession(OpenLink open, std::string database, Tier tier)
      : link_(std::move(open.link)),
        transport_(std::move(open.transport)),
        protocol_(open.protocol),
        database_(std::move(database)),
        queries_(*link_, tier),
        catalog_(*link_),
        diagnostics_(*link_),
        loader_(*link_, tier) {}

  Result<ServerInfo> info(const Context& context) override;
  Result<void> ping(const Context& context) override;
  bool broken() const override { return link_->broken(); }
  Queries* queries() override { return &queries_; }
  Catalog* catalog() override { return &catalog_; }
  Diagnostics* diagnostics() override { return &diagnostics_; }
  Loader* loader() override { return &loader_; }

  Link& link() { return *link_; }
  Tier tier() const { return queries_.tier(); }

 private:
  std::unique_ptr<Link> link_;
  const std::string transport_;
  const int protocol_;
  const std::string database_;
  RedisQueries queries_;
  RedisCatalog catalog_;
  RedisDiagnostics diagnostics_;
  RedisLoader loader_;
};

}  // namespace dbops::redis
