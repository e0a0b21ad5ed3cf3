#pragma once

#include <string>

#include "connectors/postgres/parse_tree.h"

namespace dbops::postgres {

// What a person must confirm before the statement runs, as one sentence that names the object;
// empty when nothing.
std::string danger_of(const Node& statement);

// A name as the tree holds it, joined with dots: of a RangeVar's fields, a list of String, a List,
// an ObjectWithArgs, a TypeName or a RoleSpec. For people only.
std::string name_of(const Node& node);

}  // namespace dbops::postgres
