// The answer of a Searcher whose engine searches by statements.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/searcher.h"
#include "core/session.h"

namespace dbops {

// A read of one statement, made by a Searcher. Its columns are: as many as there are `keys`, the
// score, and what the document is made of.
struct SearchStatement {
  std::string sql;
  Parameters parameters;
  size_t keys = 0;
  std::vector<std::string> warnings = {};
};

// Runs it in Mode::read, so that the engine's tier and the connection's policy hold, and shapes its
// rows: a key of one column is the id as it is, of several a JSON object, of none NULL. The stream
// borrows the queries.
Result<std::unique_ptr<Stream>> run_search(const Context& context, Queries& queries,
                                           const Dialect& dialect, SearchStatement statement);

}  // namespace dbops
