// Rows into keys: a SET or HSET each, in pipelines.
#pragma once

#include "connectors/redis/link.h"
#include "core/loader.h"

namespace dbops::redis {

// Belongs to one session; borrows the link.
//
// A key is the target's path and the row's cells of LoadTarget::key (the first column where none is
// given), joined by ':'. Of one other column called `value` the key holds the text, of any others
// the key is a hash with a field for each cell that isn't NULL. A text that is there is replaced;
// to a hash that is there the fields are added.
class RedisLoader final : public Loader {
 public:
  RedisLoader(Link& link, Tier tier) : link_(link), tier_(tier) {}

  Result<LoadPlan> plan(const Context& context, const LoadTarget& target) override;
  Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) override;

 private:
  Link& link_;
  const Tier tier_;
};

}  // namespace dbops::redis
