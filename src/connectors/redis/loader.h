// Rows into keys: a command each, in pipelines; in a cluster one to each node.
#pragma once

#include "connectors/redis/key_rules.h"
#include "connectors/redis/nodes.h"
#include "core/loader.h"

namespace dbops::redis {

// Belongs to one session; borrows its nodes.
//
// A key is the target's path and the row's cells of LoadTarget::key (the first column where none is
// given), joined by ':'. Of one other column called `value` the key holds the text, of any others
// the key is a hash with a field for each cell that isn't NULL. A key that is there is left as it
// is, and the row refused; with LoadTarget::replace a text is replaced, and a hash gets the fields.
class RedisLoader final : public Loader {
 public:
  RedisLoader(Nodes& nodes, const KeyRules& rules, Tier tier)
      : nodes_(nodes), rules_(rules), tier_(tier) {}

  Result<LoadPlan> plan(const Context& context, const LoadTarget& target) override;
  Result<std::unique_ptr<Load>> start(const Context& context, const LoadTarget& target) override;

 private:
  Nodes& nodes_;
  const KeyRules& rules_;
  const Tier tier_;
};

}  // namespace dbops::redis
