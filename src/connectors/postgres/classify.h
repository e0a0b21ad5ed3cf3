// The verdict on one statement: its verb, the tier it needs and why, and what is dangerous in it.
#pragma once

#include "base/result.h"
#include "connectors/postgres/parse_tree.h"
#include "core/dialect.h"

namespace dbops::postgres {

// Everything of the Statement but offset and size. Code::unsupported, with the way round, for what
// makes no sense when every call is a transaction of its own on a session that others use next
// (BEGIN, SET, PREPARE, LISTEN, cursors) and for COPY to or from the client. What the rules don't
// know needs Tier::admin.
Result<Statement> classify(const Parsed& parsed);

// Whether the statement is carried out: EXPLAIN without ANALYZE only plans, whatever it is of.
bool is_carried_out(const Parsed& parsed);

}  // namespace dbops::postgres
