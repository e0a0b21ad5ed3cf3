// What a caller was granted, by the scopes of its token.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/context.h"
#include "core/access.h"

namespace dbops {

// What holds for a caller beside the scopes: the stricter of both.
struct Restriction {
  std::optional<Tier> tier = {};  // At most; nullopt: as the scopes say.
  Access access = {};
};

// Each with the connection that it holds on; empty: on every one.
using Restrictions = std::vector<std::pair<std::string, Restriction>>;

// Immutable once built; thread-safe then.
class Grants {
 public:
  static constexpr size_t kScopeBytesMax = 128;

  // "db:read", "db:write", "db:admin": that tier on every connection; "db:write:NAME": on that one.
  // "metrics": /metrics of the HTTP server. Scopes add up. Code::invalid_argument for any other.
  Result<void> add(std::string_view scope);
  // All of them hold.
  void restrict(const Restrictions& restrictions);
  // nullopt: nothing, as if there were no such connection.
  std::optional<Tier> on(std::string_view connection) const;
  // The same by the scopes alone, whatever the restrictions say.
  std::optional<Tier> granted(std::string_view connection) const;
  // What may be reached there, beside what the connection itself says.
  Access access(std::string_view connection) const;
  bool metrics() const { return metrics_; }
  // Those that scopes or restrictions name, in order.
  std::vector<std::string> connections() const;

 private:
  std::optional<Tier> everywhere_;
  std::map<std::string, Tier, std::less<>> named_;
  std::map<std::string, Restriction, std::less<>> restrictions_;  // "": everywhere.
  bool metrics_ = false;
};

// Who asks. Without grants: whoever started dbops, whom only the connections' tiers bound.
struct Caller {
  std::string principal = {};
  std::shared_ptr<const Grants> grants = {};
};

}  // namespace dbops
