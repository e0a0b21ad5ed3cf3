// Which PRAGMAs may run, and in which tier. One table for the two that ask: the dialect, before
// there is a database, and the authorizer, while SQLite compiles the statement.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/context.h"

namespace dbops::sqlite {

struct PragmaRule {
  std::optional<Tier> tier;   // nullopt: never run, whatever the tier.
  bool transactional = true;  // False where SQLite refuses it inside a transaction.
  std::string_view hint = {};
};

// `value`: what stands behind "=" or in parentheses, unquoted; nullopt when the pragma only asks.
PragmaRule pragma_rule(std::string_view name, std::optional<std::string_view> value);

}  // namespace dbops::sqlite
