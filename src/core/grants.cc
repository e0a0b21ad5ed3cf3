#include "core/grants.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace dbops {

Result<void> Grants::add(std::string_view scope) {
  constexpr std::string_view kDatabase = "db:";
  if (scope == "metrics") {
    metrics_ = true;
    return {};
  }
  std::optional<Tier> tier;
  std::string_view connection;
  if (scope.starts_with(kDatabase) && scope.size() <= kScopeBytesMax) {
    const std::string_view rest = scope.substr(kDatabase.size());
    const size_t colon = rest.find(':');
    tier = parse_tier(rest.substr(0, colon));
    if (colon != std::string_view::npos) {
      connection = rest.substr(colon + 1);
      if (connection.empty()) tier.reset();
    }
  }
  if (!tier)
    return fail(Code::invalid_argument,
                "no such scope: \"" + escape_control(shorten(scope, kScopeBytesMax)) + '"',
                "it is db:read, db:write or db:admin, db:TIER:CONNECTION, or metrics");
  if (connection.empty()) {
    everywhere_ = std::max(everywhere_.value_or(*tier), *tier);
    return {};
  }
  const auto at = named_.emplace(connection, *tier).first;
  at->second = std::max(at->second, *tier);
  return {};
}

void Grants::restrict(const Restrictions& restrictions) {
  for (const auto& [connection, restriction] : restrictions) {
    Restriction& held = restrictions_[connection];
    if (restriction.tier) held.tier = std::min(held.tier.value_or(Tier::admin), *restriction.tier);
    held.access = held.access.with(restriction.access);
  }
}

std::optional<Tier> Grants::granted(std::string_view connection) const {
  const auto named = named_.find(connection);
  if (named == named_.end()) return everywhere_;
  return std::max(everywhere_.value_or(named->second), named->second);
}

std::optional<Tier> Grants::on(std::string_view connection) const {
  auto tier = granted(connection);
  if (!tier) return tier;
  for (const std::string_view each : {std::string_view(), connection})
    if (const auto found = restrictions_.find(each); found != restrictions_.end())
      tier = std::min(*tier, found->second.tier.value_or(Tier::admin));
  return tier;
}

Access Grants::access(std::string_view connection) const {
  Access both;
  for (const std::string_view each : {std::string_view(), connection})
    if (const auto found = restrictions_.find(each); found != restrictions_.end())
      both = both.with(found->second.access);
  return both;
}

std::vector<std::string> Grants::connections() const {
  std::set<std::string> names;
  for (const auto& [name, tier] : named_) names.insert(name);
  for (const auto& [name, restriction] : restrictions_) names.insert(name);
  names.erase("");
  return {names.begin(), names.end()};
}

}  // namespace dbops
