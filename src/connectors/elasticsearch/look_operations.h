// What can be looked at beside indices and documents.
#pragma once

#include "connectors/elasticsearch/operation_parts.h"

namespace dbops::elasticsearch {

Rows analyze(const Context& context, Session& session, Arguments arguments);
Rows list_snapshots(const Context& context, Session& session, Arguments arguments);
Rows simulate_pipeline(const Context& context, Session& session, Arguments arguments);
Rows field_values(const Context& context, Session& session, Arguments arguments);

// Objects of one kind, a row each: its name and its definition.
Rows list(const Context& context, Session& session, Arguments arguments);
std::vector<std::string_view> listed_kinds();

Rows esql_help(const Context& context, Session& session, Arguments arguments);

}  // namespace dbops::elasticsearch
