#include "base/grants.h"

#include <algorithm>

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

std::optional<Tier> Grants::on(std::string_view connection) const {
  const auto named = named_.find(connection);
  if (named == named_.end()) return everywhere_;
  return std::max(everywhere_.value_or(named->second), named->second);
}

std::vector<std::string> Grants::connections() const {
  std::vector<std::string> names;
  for (const auto& [name, tier] : named_) names.push_back(name);
  return names;
}

}  // namespace dbops
