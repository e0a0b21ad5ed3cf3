#pragma once

#include "connectors/elasticsearch/operation_parts.h"

namespace dbops::elasticsearch {

// Every document that matches, page by page from one point in time.
Rows scan(const Context& context, Session& session, Arguments arguments);

}  // namespace dbops::elasticsearch
