#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ops/sink.h"
#include "ops/workspace.h"

namespace dbops::ops {

struct QueryRequest {
  std::string connection;
  std::string statement;  // Empty when `cursor` is given.
  Parameters parameters = {};
  std::optional<uint64_t> limit = {};  // Rows; 0: no limit. Without it the connection's own.
  std::string cursor = {};
  std::optional<std::chrono::milliseconds> timeout =
      {};            // 0: none. Without it the connection's own.
  bool hold = true;  // Keep a cut stream open behind a cursor.
};

// Reads, and hands the rows to the sink: begin, rows, end, for each statement in turn. A refusal, a
// wrong statement or a connection that can't be had answers before begin(). Recorded in the audit
// log. The context's principal owns the cursor. Code::expired for a cursor that is unknown, used
// up, too old, or another principal's or connection's. Code::too_large when not even one row fits
// into the sink.
Result<void> query(Workspace& workspace, const Context& context, QueryRequest request, Sink& sink);

struct ExecuteRequest {
  std::string connection;
  std::string statement;
  Parameters parameters = {};
  bool dry_run = false;
  std::string confirm = {};  // The token of an earlier answer.
  bool confirmed =
      false;  // A person has confirmed through the front itself (terminal, elicitation).
  std::optional<uint64_t> limit = {};
  std::optional<std::chrono::milliseconds> timeout = {};
};

// What a person must confirm before the call may run.
struct Confirmation {
  std::vector<std::string> dangers;
  std::string token;  // Single use; bound to connection, statement, parameters and principal.
  std::chrono::seconds life;
  bool can_rehearse = false;  // Whether a dry run would tell what it does.
};

// Writes, or rehearses a write. nullopt: done, and the sink has the rows (of RETURNING, say) and
// what was affected. Rows beyond the limit are read and dropped, for the write must end. A dry run
// needs no confirmation. Code::forbidden where the tier doesn't allow it; Code::expired for a token
// that doesn't fit.
Result<std::optional<Confirmation>> execute(Workspace& workspace, const Context& context,
                                            ExecuteRequest request, Sink& sink);

}  // namespace dbops::ops
