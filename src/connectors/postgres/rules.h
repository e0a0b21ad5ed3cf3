// The closed table of what each kind of statement is. Names are those of PostgreSQL's parse nodes.
#pragma once

#include <string>
#include <string_view>

#include "base/context.h"

namespace dbops::postgres {

struct StatementRule {
  std::string_view node;  // "DeleteStmt"
  Tier tier = Tier::admin;
  std::string_view reason;        // "changes data"; what follows the verb in "refused: DELETE ...".
  std::string_view refusal = {};  // Never run, and why; empty: it may run.
  std::string_view way_round = {};
  bool transactional = true;
};

// The rule of a node type; one of Tier::admin for what the table doesn't know. `SelectStmt` and
// `ExplainStmt` alone are reads, as far as what they contain is.
const StatementRule& statement_rule(std::string_view node) noexcept;

// "CREATE TABLE" for "CreateStmt" ... made from the node's name where SQL says the same.
std::string default_verb(std::string_view node);

// "MATERIALIZED VIEW" for "OBJECT_MATVIEW".
std::string object_words(std::string_view object_type);

}  // namespace dbops::postgres
