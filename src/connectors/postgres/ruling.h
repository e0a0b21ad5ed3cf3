// The connection's policy, held against what a read names and what the catalogue says of those
// names.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/postgres/link.h"
#include "connectors/postgres/names.h"
#include "core/access.h"

namespace dbops::postgres {

// Not thread-safe.
class Ruling {
 public:
  static constexpr size_t kViewsMax = 100;  // views that a statement goes through

  explicit Ruling(Access access) : access_(std::move(access)) {}
  bool restricts() const { return access_.restricts_data(); }
  // Code::forbidden for a table that the policy hides.
  Result<void> check_table(const std::string& schema, const std::string& table) const;
  bool masked(std::string_view schema, std::string_view table, std::string_view column) const {
    return access_.masked(schema, table, column);
  }
  // Code::forbidden for what is not allowed or can't be told. REQUIRES: nothing is running on the
  // link.
  Result<void> check(const Context& context, Link& link, std::string_view statement) const;

 private:
  Result<void> check_names(const Context& context, Link& link, const Names& names,
                           std::set<std::string>& views) const;
  Result<void> check_functions(const Context& context, Link& link, const Names& names) const;
  const Access access_;
};

}  // namespace dbops::postgres
