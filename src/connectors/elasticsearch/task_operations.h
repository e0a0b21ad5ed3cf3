// Work that the server goes on with by itself: its tasks, and ES|QL queries that it keeps the
// answer of.
#pragma once

#include "connectors/elasticsearch/operation_parts.h"

namespace dbops::elasticsearch {

Rows reindex(const Context& context, Session& session, Arguments arguments);
Rows update_by_query(const Context& context, Session& session, Arguments arguments);
Rows delete_by_query(const Context& context, Session& session, Arguments arguments);
Rows task(const Context& context, Session& session, Arguments arguments);
Rows cancel_task(const Context& context, Session& session, Arguments arguments);
// A row each time that the task has come further, the last one at its end.
Rows follow_task(const Context& context, Session& session, Arguments arguments);

Rows start_query(const Context& context, Session& session, Arguments arguments);
Rows query_result(const Context& context, Session& session, Arguments arguments);
Rows stop_query(const Context& context, Session& session, Arguments arguments);

}  // namespace dbops::elasticsearch
