// What is known of functions by their names alone. A read may call what cannot change anything:
// the server's READ ONLY transaction does not stop a function that reads its files, ends other
// sessions, takes locks, advances a sequence or runs a text as SQL.
#pragma once

#include <string_view>

#include "base/context.h"

namespace dbops::postgres {

struct FunctionRule {
  std::string_view name;
  Tier tier = Tier::read;
  std::string_view reason;       // "reads the server's files"; empty for a read.
  std::string_view danger = {};  // What a person must confirm; empty when nothing.
  bool commits = false;          // A procedure that commits by itself: it can't run in a block.
};

// The rule for a function of that name in any schema, the server's own word on its volatility
// notwithstanding; nullptr when there is none. A rule of Tier::read is for functions of pg_catalog
// (or a known extension) that are declared volatile and yet harmless.
const FunctionRule* function_rule(std::string_view name) noexcept;

}  // namespace dbops::postgres
