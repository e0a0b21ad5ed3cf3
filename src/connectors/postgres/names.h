// Every name in a statement that could reach data, gathered from the whole of libpg_query's tree.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "base/result.h"

namespace dbops::postgres {

struct RelationName {
  std::string schema;  // Empty where it isn't qualified.
  std::string name;
  bool operator<(const RelationName& other) const {
    return std::tie(schema, name) < std::tie(other.schema, other.name);
  }
};

struct Names {
  std::string kind;                   // Of the outermost statement: "SelectStmt".
  std::set<RelationName> relations;   // Also names of CTEs: they look the same.
  std::set<std::string> identifiers;  // All others: columns, aliases, functions, types.
  std::set<std::string> functions;    // The last part of each called name.
  std::set<std::string> aliases;      // What a whole row could be named by.
  std::set<std::string> last_fields;  // Of each column reference, its last name.
  std::set<std::string> attributes;   // ... where it is qualified: `u.f` may be the call f(u).
  bool star = false;                  // `*` or `x.*`
  bool renames = false;               // An alias with names for columns.
  bool natural = false;
};

// REQUIRES: one statement. Code::syntax, Code::too_large.
Result<Names> names_of(std::string_view statement);

}  // namespace dbops::postgres
