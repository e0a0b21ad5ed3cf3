// What a caller was granted, by the scopes of its token.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/context.h"

namespace dbops {

// Immutable once built; thread-safe then.
class Grants {
 public:
  static constexpr size_t kScopeBytesMax = 128;

  // "db:read", "db:write", "db:admin": that tier on every connection; "db:write:NAME": on that one.
  // "metrics": /metrics of the HTTP server. Scopes add up. Code::invalid_argument for any other.
  Result<void> add(std::string_view scope);
  // nullopt: nothing, as if there were no such connection.
  std::optional<Tier> on(std::string_view connection) const;
  bool metrics() const { return metrics_; }
  // Those that scopes name, in order.
  std::vector<std::string> connections() const;

 private:
  std::optional<Tier> everywhere_;
  std::map<std::string, Tier, std::less<>> named_;
  bool metrics_ = false;
};

// Who asks. Without grants: whoever started dbops, whom only the connections' tiers bound.
struct Caller {
  std::string principal = {};
  std::shared_ptr<const Grants> grants = {};
};

}  // namespace dbops
