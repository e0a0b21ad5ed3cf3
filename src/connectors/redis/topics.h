#pragma once

#include <map>

#include "connectors/redis/nodes.h"
#include "core/topics.h"

namespace dbops::redis {

// Channels, of both kinds: what PUBLISH sends is heard on the seed, whichever node it was sent to;
// what SPUBLISH sends (since 7.0), on the node that keeps the channel's slot. The session's links
// are good for nothing else afterwards.
class RedisTopics final : public Topics {
 public:
  static constexpr size_t kMessagesAtOnce = 1000;  // that one next() answers

  explicit RedisTopics(Nodes& nodes) : nodes_(nodes) {}
  Result<void> listen(const Context& context, const std::set<std::string>& topics) override;
  Result<std::vector<Message>> next(const Context& context) override;

 private:
  using Names = std::vector<std::string>;
  Result<void> add(const Context& context, const Names& names);
  Result<void> add_sharded(const Context& context, const std::string& name);
  Result<void> remove(const Context& context, const Names& names);
  Result<void> check_places(const Context& context);
  Result<void> tell(const Context& context, Link& link, const char* verb, const Names& names);
  Result<void> take(const RespReply& said);
  std::vector<Link*> links();

  Nodes& nodes_;
  std::set<std::string> listened_;
  bool sharded_ = true;                  // The server has SSUBSCRIBE, as far as is known.
  std::map<std::string, Link*> shards_;  // By topic, the node that tells of what SPUBLISH sends.
  std::vector<Message> heard_;
};

}  // namespace dbops::redis
